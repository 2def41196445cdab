// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// attributeKeys are the keys that the package declares.
func attributeKeys(t *testing.T) (keys []attribute.Key) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "attributes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if key, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(key, "spect.") {
				keys = append(keys, attribute.Key(key))
			}
		}
		return true
	})
	return keys
}

// public are the keys that hold no content. A new key belongs here, or to
// ContentOf and into the table of docs/privacy.md.
var public = strings.Fields(`
	spect.kind spect.seq spect.status spect.content.policy spect.content.aside
	spect.session.id spect.session.trace_id spect.session.parent_id spect.prompt.format spect.function.id spect.provider
	spect.model.id spect.model.provider spect.tool.call_id spect.tool.name
	spect.subagent.tool_call_id spect.subagent.type spect.subagent.source
	spect.response.model spect.response.id spect.response.timestamp spect.response.usage spect.response.finish_reasons
	spect.response.start_time spect.response.duration spect.error.type spect.error.code`)

// Every attribute is said to hold content, or to hold none, here and in the docs.
func TestContentOf(t *testing.T) {
	doc, err := os.ReadFile("../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	holds := make(map[string]bool)
	for _, key := range public {
		holds[key] = false
	}
	for _, key := range attributeKeys(t) {
		isPublic := contracts.ContentOf(key) == 0
		if _, listed := holds[string(key)]; listed != isPublic {
			t.Errorf("%s: holds no content: %v, is listed as such: %v", key, isPublic, listed)
		}
		if !isPublic && !strings.Contains(string(doc), "`"+string(key)+"`") {
			t.Errorf("docs/privacy.md does not say that %s holds content", key)
		}
	}
	for _, other := range []attribute.Key{"gen_ai.prompt", "http.route", "", "spect.unheard.of"} {
		if contracts.ContentOf(other) != 0 {
			t.Errorf("%q is no key of the package", other)
		}
	}
}

func TestParseContentPolicy(t *testing.T) {
	for name, want := range map[string]contracts.ContentPolicy{
		"full": contracts.ContentFull, "NO_TOOL_VALUES": contracts.ContentNoToolValues, " metadata-only ": contracts.ContentMetadataOnly, "None": contracts.ContentNone,
	} {
		if got, ok := contracts.ParseContentPolicy(name); got != want || !ok {
			t.Errorf("%q is %v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "metadata", "all", "fu ll"} {
		if got, ok := contracts.ParseContentPolicy(name); got != contracts.ContentNone || ok {
			t.Errorf("%q is %v, %v", name, got, ok)
		}
	}
	for p := range contracts.ContentNone + 1 {
		if got, ok := contracts.ParseContentPolicy(p.String()); got != p || !ok {
			t.Errorf("%v is not read as it is written", p)
		}
		if p > 0 && (p.Withholds()&(p-1).Withholds() != (p-1).Withholds() || p.Withholds() == (p-1).Withholds()) {
			t.Errorf("%v is not stricter than the one before", p)
		}
	}
	if contracts.ContentPolicy(9).Withholds() != contracts.ContentAll || contracts.ContentPolicy(9).String() != "none" {
		t.Error("a policy that nobody knows is lenient")
	}
}
