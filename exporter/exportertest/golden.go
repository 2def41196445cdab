// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exportertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/spect-tools/spect-go/contracts"
)

// UpdateGolden is the environment variable that has [RequireGolden] write its
// files anew, when it is set to anything.
const UpdateGolden = "SPECT_UPDATE_GOLDEN"

// RequireGolden compares sessions with those in a file, and ends the test when
// they differ. With the variable [UpdateGolden] set it writes the file instead.
//
// What differs from run to run is left out of both: ids are numbered in the
// order in which they come, and times, durations, stacks and OpenTelemetry's ids
// and resource are replaced by a word. Sessions that are sent at the same time
// arrive in any order; it is the caller's to sort them.
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
		// What an id is called goes by where it stands first.
		for _, key := range [...]string{"id", "traceId", "parentId"} {
			if id, ok := v[key].(string); ok {
				n.of(id)
			}
		}
		all = append(all, n.settle(v, ""))
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

// settle replaces what differs from run to run.
func (n names) settle(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "otel")
		if spans, ok := v["spans"].([]any); ok {
			for _, s := range spans { // in their order, whatever they refer to
				if span, ok := s.(map[string]any); ok {
					if id, ok := span["id"].(string); ok {
						n.of(id)
					}
				}
			}
		}
		for k, e := range v {
			v[k] = n.settle(e, k)
		}
	case []any:
		for i, e := range v {
			v[i] = n.settle(e, "")
		}
	case string:
		switch {
		case key == "startTime", key == "endTime", key == "timestamp":
			return "time"
		case key == "stack":
			return "stack"
		case len(v) == 36 && uuid.Validate(v) == nil:
			return n.of(v)
		}
	case json.Number:
		switch key {
		case "startTime", "duration", "durationMs", "timeToFirstTokenMs":
			return "time"
		}
	}
	return v
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
