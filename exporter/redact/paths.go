// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// JSONPaths replaces members of JSON values by the marker [REDACTED:path]: in what
// tools are called with and answer, in input, structured responses and metadata,
// and in texts there that are JSON themselves. A path begins with $, the value,
// and goes on with
//
//	.name  ["name"]  ['name']   the member of that name
//	[0]                         the element of that index
//	.*  [*]                     every member or element
//	..name  ..*                 at any depth below
//
// such as $.user.email, $.rows[*].ssn, $..password. A name behind a dot is of
// letters, digits, _ and -. What is replaced may be anything: a string, a number,
// an object. All paths are looked for in one pass, in linear time.
//
// A path that cannot be read is an error of exporter.New; a redactor that is used
// all the same withholds everything.
func JSONPaths(paths ...string) Redactor {
	r := &jsonPaths{}
	var errs []error
	for _, text := range paths {
		p, err := parsePath(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("redact.JSONPaths: path %q: %w", text, err))
		}
		r.paths = append(r.paths, p)
	}
	r.err = errors.Join(errs...)
	return r
}

type jsonPaths struct {
	paths []path
	err   error
	key   []byte
}

// path is the steps of a path.
type path []step

// step leads to a member or an element.
type step struct {
	name  string
	index int // of an element; -1 for a member
	any   bool
	// deep is set where there may be others between.
	deep bool
}

// maxSteps is how many a path may have: the states of a path are bits of a word.
const maxSteps = 63

// parsePath reads a path.
func parsePath(text string) (path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, errors.New("it must begin with $")
	}
	var p path
	for rest != "" {
		s := step{index: -1}
		switch {
		case strings.HasPrefix(rest, ".."):
			s.deep = true
			rest = rest[2:]
		case rest[0] == '.':
			rest = rest[1:]
		case rest[0] != '[':
			return nil, fmt.Errorf("want . or [ before %q", rest)
		}
		var err error
		if rest, err = s.parse(rest); err != nil {
			return nil, err
		}
		if p = append(p, s); len(p) > maxSteps {
			return nil, fmt.Errorf("it has more than %d steps", maxSteps)
		}
	}
	return p, nil
}

// parse reads what a step leads to, and returns what is behind it.
func (s *step) parse(text string) (rest string, err error) {
	if after, ok := strings.CutPrefix(text, "["); ok {
		if after != "" && (after[0] == '"' || after[0] == '\'') {
			end := strings.Index(after[1:], after[:1]+"]")
			if end < 0 {
				return "", errors.New("a name in brackets is not closed")
			}
			s.name = after[1 : 1+end]
			return after[1+end+2:], nil
		}
		inside, rest, ok := strings.Cut(after, "]")
		if !ok {
			return "", errors.New("a bracket is not closed")
		}
		if inside == "*" {
			s.any = true
			return rest, nil
		}
		if s.index, err = strconv.Atoi(inside); err != nil || s.index < 0 {
			return "", fmt.Errorf("want an index, * or a quoted name in the brackets, not %q", inside)
		}
		return rest, nil
	}
	if rest, ok := strings.CutPrefix(text, "*"); ok {
		s.any = true
		return rest, nil
	}
	n := 0
	for n < len(text) && isPlainName(text[n:n+1]) {
		n++
	}
	if n == 0 {
		return "", errors.New("a name is missing")
	}
	s.name = text[:n]
	return text[n:], nil
}

// Check implements [Checker].
func (r *jsonPaths) Check() error { return r.err }

func (r *jsonPaths) withKey(key []byte) Redactor { return &jsonPaths{r.paths, r.err, key} }

// Redact implements [Redactor]. It reads the JSON that is in a text.
func (r *jsonPaths) Redact(p Place, text string) (string, error) {
	if r.err != nil {
		return "", r.err
	}
	if p.IsName || !isJSON(p.Kind) {
		return text, nil
	}
	if k := jsonscan.Kind(text); k != '{' && k != '[' || !jsonscan.Valid(text) {
		return text, nil
	}
	return r.redact(text)
}

// RedactJSON implements [JSONRedactor].
func (r *jsonPaths) RedactJSON(_ Place, value contracts.JSON) (contracts.JSON, error) {
	if r.err != nil {
		return "", r.err
	}
	text, err := r.redact(string(value))
	return contracts.JSON(text), err
}

// node is an object or an array on the way to a value.
type node struct {
	array      bool
	index      int
	name       string
	expectName bool
}

var errNotJSON = errors.New("not JSON")

// redact replaces what the paths lead to in a valid text.
func (r *jsonPaths) redact(text string) (string, error) {
	var (
		b      []byte
		at     int
		tokens = jsonscan.MakeTokens(text, 0)

		nodeBuf       [16]node
		firstBuf      [16]uint64
		stateBuf      [64]uint64
		nodes         = nodeBuf[:0]
		first, states = firstBuf[:0], stateBuf[:0] // of each path, for each node: bit n is set where n steps lead to it
	)
	for range r.paths {
		first = append(first, 1)
	}
	for {
		token := tokens.Next()
		if len(nodes) > 0 {
			top := &nodes[len(nodes)-1]
			switch {
			case token.Kind == '}' || token.Kind == ']':
				nodes = nodes[:len(nodes)-1]
				states = states[:len(states)-len(r.paths)]
				continue
			case token.Kind == ',':
				top.index++
				top.expectName = !top.array
				continue
			case token.Kind == ':':
				continue
			case token.Kind == '"' && top.expectName:
				top.name, _ = jsonscan.ValidText(text[token.Start:token.End])
				top.expectName = false
				continue
			}
		}
		switch token.Kind {
		case 0:
			if at == 0 {
				return text, nil
			}
			return string(append(b, text[at:]...)), nil
		case jsonscan.TokenFault, '}', ']', ',', ':':
			return "", errNotJSON
		}
		now := first
		if len(nodes) > 0 {
			states = r.step(states, &nodes[len(nodes)-1])
			now = states[len(states)-len(r.paths):]
		} else if token.Kind == '{' || token.Kind == '[' {
			states = append(states, first...)
		}
		isContainer := token.Kind == '{' || token.Kind == '['
		hit, live := r.reached(now)
		switch {
		case hit:
			end := tokens.Skip(token)
			if value := text[token.Start:end]; !isMarkedJSON(value) {
				b = append(b, text[at:token.Start]...)
				b = append(b, '"')
				b = appendMarker(b, r.key, "path", canonicalJSON(value))
				b = append(b, '"')
				at = end
			}
		case isContainer && live:
			nodes = append(nodes, node{array: token.Kind == '[', expectName: token.Kind == '{'})
			continue // the states stay
		case isContainer:
			tokens.Skip(token)
		}
		if len(nodes) > 0 || isContainer {
			states = states[:len(states)-len(r.paths)]
		}
	}
}

// step appends the states of the value in hand of a node.
func (r *jsonPaths) step(states []uint64, in *node) []uint64 {
	from := len(states) - len(r.paths)
	for i, p := range r.paths {
		var next uint64
		for n, bits := 0, states[from+i]; bits != 0 && n < len(p); n, bits = n+1, bits>>1 {
			if bits&1 == 0 {
				continue
			}
			s := &p[n]
			if s.any || in.array && s.index == in.index || !in.array && s.index < 0 && s.name == in.name {
				next |= 1 << (n + 1)
			}
			if s.deep {
				next |= 1 << n
			}
		}
		states = append(states, next)
	}
	return states
}

// reached reports whether a path leads to states, and whether one goes on.
func (r *jsonPaths) reached(states []uint64) (hit, live bool) {
	for i, p := range r.paths {
		hit = hit || states[i]>>len(p)&1 != 0
		live = live || states[i] != 0
	}
	return hit, live
}

// isMarkedJSON reports whether a value is a marker already.
func isMarkedJSON(value string) bool {
	return value[0] == '"' && isMarked(value[1:len(value)-1])
}

// canonicalJSON is a string's text, and another value as it is written.
func canonicalJSON(value string) string {
	if text, ok := jsonscan.ValidText(value); ok {
		return text
	}
	return value
}
