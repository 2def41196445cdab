// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/ids"
)

// UpdateGolden is the environment variable that has [RequireGolden] write its
// files anew, when it is set to anything.
const UpdateGolden = "SPECT_UPDATE_GOLDEN"

// RequireGolden compares sessions with those in a file, and ends the test when
// they differ. With the variable [UpdateGolden] set it writes the file instead.
//
// What differs from run to run is left out of both: UUIDs, wherever they stand,
// are numbered in the order in which they come; the contract's times, durations and
// stacks are replaced by a word; OpenTelemetry's ids and resource are gone. What
// the program itself says stays. Sessions that are sent at the same time arrive in
// any order; it is the caller's to sort them.
func RequireGolden(t testing.TB, path string, sessions ...contracts.CollectorTracePayload) {
	t.Helper()
	have, err := golden(sessions)
	if err != nil {
		t.Fatalf("exportertest: %v", err)
		return
	}
	if os.Getenv(UpdateGolden) != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatalf("exportertest: %v", err)
			return
		}
		if err := os.WriteFile(path, have, 0o600); err != nil {
			t.Fatalf("exportertest: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path) // #nosec G304 -- the test's own file
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Fatalf("exportertest: there is no %s: run the test with %s=1 to write it", path, UpdateGolden)
	case err != nil:
		t.Fatalf("exportertest: %v", err)
	default:
		want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
		if line, a, b := firstDifference(string(want), string(have)); line > 0 {
			t.Fatalf("the sessions are not those of %s (run with %s=1 to write it anew); line %d:\nwant %s\nhave %s",
				path, UpdateGolden, line, a, b)
		}
	}
}

// golden writes sessions as a golden file has them.
func golden(sessions []contracts.CollectorTracePayload) ([]byte, error) {
	var all []any
	n := names{}
	for i := range sessions {
		dec := json.NewDecoder(bytes.NewReader(sessions[i].AppendJSON(nil)))
		dec.UseNumber()
		var v map[string]any
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("session %q: %w", sessions[i].Name, err)
		}
		timeless(v)
		// What an id is called goes by where it stands first.
		for _, key := range [...]string{"id", "traceId", "parentId"} {
			if id, ok := v[key].(string); ok {
				n.of(id)
			}
		}
		for span := range spansOf(v) { // in their order, whatever they refer to
			if id, ok := span["id"].(string); ok {
				n.of(id)
			}
		}
		all = append(all, n.settle(v))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(all); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// names are the numbers that ids were given.
type names map[string]string

func (n names) of(id string) string {
	if n[id] == "" {
		n[id] = "id-" + strconv.Itoa(len(n)+1)
	}
	return n[id]
}

// settle replaces ids by their names.
func (n names) settle(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = n.settle(v[k])
		}
	case []any:
		for i, e := range v {
			v[i] = n.settle(e)
		}
	case string:
		if ids.IsUUID(v) {
			return n.of(v)
		}
	}
	return v
}

// timeless takes out of a session what the contract says of when and where it was.
func timeless(session map[string]any) {
	substitute(session, "time", "startTime", "endTime", "duration")
	substitute(member(session, "response"), "time", "startTime", "duration", "timestamp")
	metadata := member(session, "metadata")
	delete(metadata, "otel")
	substitute(member(member(metadata, "result"), "error"), "stack", "stack")
	for span := range spansOf(session) {
		substitute(span, "time", "startTime", "endTime", "durationMs")
		substitute(member(span, "error"), "stack", "stack")
		substitute(member(span, "metadata"), "time", "timeToFirstTokenMs")
		delete(member(span, "metadata"), "otel")
	}
}

// substitute puts a word in the place of members that are there.
func substitute(object map[string]any, word string, names ...string) {
	for _, name := range names {
		if _, ok := object[name]; ok {
			object[name] = word
		}
	}
}

// member is the object that a member of an object is; nil where it is none.
func member(object map[string]any, name string) map[string]any {
	m, _ := object[name].(map[string]any)
	return m
}

// spansOf iterates over the spans of a session.
func spansOf(session map[string]any) iter.Seq[map[string]any] {
	return func(yield func(map[string]any) bool) {
		spans, _ := member(member(session, "metadata"), "result")["spans"].([]any)
		for _, s := range spans {
			if span, ok := s.(map[string]any); ok && !yield(span) {
				return
			}
		}
	}
}

// firstDifference is the first line in which two texts differ, 0 where none is.
func firstDifference(a, b string) (line int, inA, inB string) {
	for line = 1; a != b; line++ {
		var x, y string
		x, a, _ = strings.Cut(a, "\n")
		y, b, _ = strings.Cut(b, "\n")
		if x != y {
			return line, x, y
		}
	}
	return 0, "", ""
}
