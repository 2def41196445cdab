// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest_test

import (
	"testing"

	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// The tests that the examples are pass: nobody else would run them.
func TestExamples(t *testing.T) {
	before := run
	t.Cleanup(func() { run = before })
	for name, example := range map[string]func(){
		"NewCollector": ExampleNewCollector, "Sink": ExampleSink, "Collector_Respond": ExampleCollector_Respond,
		"NewMemoryCollector": ExampleNewMemoryCollector, "RequireGolden": ExampleRequireGolden,
	} {
		ran := false
		run = func(test func(*testing.T)) { ran = t.Run(name, test) }
		if name == "RequireGolden" {
			t.Chdir(t.TempDir())
			t.Setenv(exportertest.UpdateGolden, "1") // there is no file yet
		}
		if example(); !ran {
			t.Errorf("%s did not pass", name)
		}
	}
}
