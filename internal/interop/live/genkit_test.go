// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Genkit and Anthropic's SDK cannot be built together: the one has not followed
// a change of the types of github.com/invopop/jsonschema that the other needs. So
// Genkit's test is in a module of its own, which is not of the workspace.
func TestGenkit(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", ".")
	cmd.Dir = filepath.Join("testdata", "genkit")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
