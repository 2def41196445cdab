// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs: what the documentation names is there: files, sections of pages,
// identifiers, environment variables, and the tests that prove a promise.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	pages = append(pages, "../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "../SECURITY.md", "README.md")
	declared, source := sources(t)
	for _, page := range pages {
		text := read(t, page)
		for _, m := range regexp.MustCompile(`\]\(([^)#]*)#?([^)]*)\)`).FindAllStringSubmatch(text, -1) {
			file, section := m[1], m[2]
			if strings.HasPrefix(file, "http") {
				continue
			}
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, file, err)
			} else if section != "" && !sections(read(t, target))[section] {
				t.Errorf("%s links to %s, which has no section %s", page, target, section)
			}
		}
		for _, m := range regexp.MustCompile(`\b(?:exporter|tracer|contracts|convert|redact|exportertest|logs|openai)\.([A-Z]\w*)`).FindAllStringSubmatch(text, -1) {
			if !declared[m[1]] {
				t.Errorf("%s names %s, which is not there", page, m[0])
			}
		}
		for _, name := range regexp.MustCompile("`(?:With|Test|Fuzz|Benchmark)[A-Z]\\w*").FindAllString(text, -1) {
			if name = name[1:]; !declared[name] && name != "WithBatcher" { // the SDK's
				t.Errorf("%s names %s, which is not there", page, name)
			}
		}
		for _, name := range regexp.MustCompile(`\bSPECT_[A-Z_]+`).FindAllString(text, -1) {
			if !strings.Contains(source, `"`+name+`"`) {
				t.Errorf("%s names %s, which nothing reads", page, name)
			}
		}
	}
}

// sources are the Go files of the repository: what they declare, and their text.
func sources(t *testing.T) (declared map[string]bool, text string) {
	t.Helper()
	declared = make(map[string]bool)
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		src := read(t, path)
		all.WriteString(src)
		file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				declared[n.Name.Name] = true
				return false
			case *ast.TypeSpec:
				declared[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, name := range n.Names {
					declared[name.Name] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return declared, all.String()
}

// sections are the anchors of a page's headings.
func sections(page string) map[string]bool {
	anchors := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		plain := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return anchors
}
