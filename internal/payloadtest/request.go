// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Request is one request to a collector, in the form of the captures of package
// reference.
type Request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // with the query, as sent
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// ParseRequest reads a capture.
func ParseRequest(captured []byte) (Request, error) {
	var r Request
	if err := json.Unmarshal(captured, &r); err != nil {
		return Request{}, fmt.Errorf("payloadtest: captured request: %w", err)
	}
	return r, nil
}

// DiffRequests compares method, path, the decoded query, every header that the
// first names, and the payloads ([Diff]).
func DiffRequests(a, b Request) []string {
	var out []string
	if a.Method != b.Method {
		out = append(out, fmt.Sprintf("method: %s != %s", a.Method, b.Method))
	}
	pathA, queryA := splitPath(a.Path)
	pathB, queryB := splitPath(b.Path)
	if pathA != pathB || !reflect.DeepEqual(queryA, queryB) {
		out = append(out, fmt.Sprintf("path: %s != %s", a.Path, b.Path))
	}
	have := make(map[string]string, len(b.Headers))
	for name, value := range b.Headers {
		have[strings.ToLower(name)] = value
	}
	for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
		value, ok := have[strings.ToLower(name)]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("header %s: only in the first", name))
		case value != a.Headers[name]:
			out = append(out, fmt.Sprintf("header %s: %s != %s", name, a.Headers[name], value))
		}
	}
	return append(out, Diff(a.Body, b.Body)...)
}

// splitPath returns the path as it is and the decoded query, without its empty
// values; nothing in a query is an error, as Python has it.
func splitPath(s string) (path string, query map[string][]string) {
	s, _, _ = strings.Cut(s, "#")
	path, rest, _ := strings.Cut(s, "?")
	query = map[string][]string{}
	for field := range strings.SplitSeq(rest, "&") {
		if name, value, _ := strings.Cut(field, "="); value != "" {
			name = unescapeQuery(name)
			query[name] = append(query[name], unescapeQuery(value))
		}
	}
	return path, query
}

// unescapeQuery leaves an escape that is none as it is.
func unescapeQuery(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			b.WriteByte(byte(unhex(s[i+1])<<4 | unhex(s[i+2])))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return string([]rune(b.String())) // invalid UTF-8 becomes U+FFFD
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
