// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"path/filepath"
	"testing"

	"github.com/spect-tools/spect-go/convert/internal/otlptest"
)

// RoleOf is asked of every span of an application that ends.
func TestRoleOfDoesNotAllocate(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "traces", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, file := range files {
		for _, span := range otlptest.Spans(t, file) {
			if n := testing.AllocsPerRun(10, func() { RoleOf(span.Attributes) }); n > 0 {
				t.Errorf("%s: %s: %v allocations", file, span.Name, n)
			}
		}
	}
}
