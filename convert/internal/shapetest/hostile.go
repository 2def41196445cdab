// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shapetest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hostile"
)

// Hostile reads the recordings of a folder, and seeds, in other spellings, of
// which it says the same, and mutated: what comes out is as the contract wants
// it.
func (s Shape) Hostile(t *testing.T, folder string, seeds ...contracts.JSON) {
	t.Helper()
	const spellings, mutations, large = 4, 12, 8 << 10
	names, err := filepath.Glob(filepath.Join(folder, "*.json*"))
	if err != nil || len(names) == 0 {
		t.Fatal("no recordings", err)
	}
	texts := make([]string, 0, len(names)+len(seeds))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < large {
			texts = append(texts, string(b))
		}
	}
	for _, seed := range seeds {
		texts = append(texts, string(seed))
	}
	for i, text := range texts {
		r := rand.New(rand.NewPCG(uint64(i), uint64(len(text))))
		lines := []string{text}
		if !contracts.JSON(text).Valid() { // a stream, or no JSON
			lines = strings.Split(strings.TrimSpace(text), "\n")
		}
		lines = slices.DeleteFunc(lines, func(line string) bool { return !contracts.JSON(line).Valid() })
		if len(lines) == 0 {
			continue
		}
		for range spellings {
			s.checkSpelling(t, lines, each(lines, func(line string) string { return hostile.Respell(r, line) }))
		}
		for range mutations {
			changed := slices.Clone(lines)
			for range 1 + r.IntN(3) {
				k := r.IntN(len(changed))
				changed[k] = hostile.Mutate(r, changed[k])
				if !contracts.JSON(changed[k]).Valid() {
					break // cut
				}
			}
			s.Check(t, strings.Join(each(changed, oneLine), "\n"))
		}
	}
}

func each(lines []string, change func(string) string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = change(line)
	}
	return out
}

// oneLine is JSON without line breaks, which stand between its values only.
func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }

// checkSpelling checks that the same values, spelled in two ways, say the same.
func (s Shape) checkSpelling(t *testing.T, was, is []string) {
	t.Helper()
	streams := [2]contracts.JSON{}
	for i, events := range [][]string{was, is} {
		stream := s.NewStream()
		for _, e := range events {
			stream.Add(contracts.JSON(e))
		}
		streams[i] = Response(stream.Response())
	}
	sameValue(t, is, streams[0], streams[1])
	for i := range was {
		a, b := contracts.JSON(was[i]), contracts.JSON(is[i])
		sameValue(t, is, Request(s.Request(a)), Request(s.Request(b)))
		sameValue(t, is, Response(s.Response(a)), Response(s.Response(b)))
		sameValue(t, is, Messages(s.Messages(a)), Messages(s.Messages(b)))
		sameValue(t, is, Error(s.Error(a)), Error(s.Error(b)))
	}
}

func sameValue(t *testing.T, of []string, was, is contracts.JSON) {
	t.Helper()
	if was != is && !reflect.DeepEqual(plain(t, was), plain(t, is)) {
		t.Fatalf("of another spelling of the same is read\n%s\nand not\n%s\n%s", is, was, strings.Join(of, "\n"))
	}
}

// plain is a value without the spelling of JSON that stands in texts.
func plain(t *testing.T, j contracts.JSON) any {
	t.Helper()
	if j == "" {
		return nil
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for name := range v {
				v[name] = walk(v[name])
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case string:
			if inner := contracts.JSON(v); inner.Valid() {
				return []any{"JSON", walk(decode(t, inner))}
			}
		}
		return v
	}
	return walk(decode(t, j))
}
