// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package examples

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the README's quick start is what the quickstart program runs, and
// short.
func TestReadme(t *testing.T) {
	_, rest, ok := strings.Cut(read(t, "../README.md"), "```go\n")
	shown, _, ends := strings.Cut(rest, "\n```")
	if !ok || !ends {
		t.Fatal("the README has no Go code")
	}
	_, rest, ok = strings.Cut(read(t, "quickstart/main.go"), "// region quick start")
	region, _, ends := strings.Cut(rest, "\n// endregion")
	if !ok || !ends {
		t.Fatal("quickstart/main.go has no region for the README")
	}
	_, region, _ = strings.Cut(region, "\n\n")
	if region = strings.TrimSpace(region); shown != region {
		t.Errorf("the README shows\n%s\n\nquickstart/main.go has\n%s", shown, region)
	}
	lines := 0
	for line := range strings.Lines(shown) {
		if strings.TrimSpace(line) != "" {
			lines++
		}
	}
	if lines > 25 {
		t.Errorf("the quick start has %d lines, more than 25", lines)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
