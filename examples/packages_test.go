// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package examples

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackageExamples: each example in the documentation of a package is a whole
// program there, to be copied, with all that it uses. It is where that is
// declared in the example's own file.
func TestPackageExamples(t *testing.T) {
	fset, count := token.NewFileSet(), 0
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "internal" || name == "testdata" || strings.HasPrefix(name, ".") && name != ".."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, path, source, parser.ParseComments)
		dir := filepath.Dir(path)
		packages[dir] = append(packages[dir], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, files := range packages {
		for _, example := range doc.Examples(files...) {
			if count++; example.Play == nil {
				t.Errorf("%s: Example%s uses what other files declare", dir, example.Name)
			}
		}
	}
	if count == 0 {
		t.Error("there are no examples")
	}
}
