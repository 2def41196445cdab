// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reference

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed testdata/scenarios/*.json testdata/captured/*.json
var files embed.FS

// Vector is a scenario and the request that the reference client made for it.
type Vector struct {
	// Name is the file's name without its extension, such as "01-basic-send".
	Name string
	// Scenario is the input; [ParseScenario] reads it.
	Scenario []byte
	// Captured is the request: {"method", "path", "headers", "body"}.
	Captured []byte
}

// Vectors returns every vector, in the order of their names. Each call returns
// bytes of its own.
func Vectors() []Vector {
	entries, err := files.ReadDir("testdata/scenarios")
	if err != nil {
		panic(fmt.Sprintf("reference: embedded files: %v", err))
	}
	vectors := make([]Vector, 0, len(entries))
	for _, e := range entries {
		vectors = append(vectors, Vector{
			Name:     strings.TrimSuffix(e.Name(), ".json"),
			Scenario: read("testdata/scenarios/" + e.Name()),
			Captured: read("testdata/captured/" + e.Name()),
		})
	}
	return vectors
}

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("reference: every scenario has a capture: %v", err))
	}
	return b
}
