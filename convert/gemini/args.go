// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// maxSteps bounds how deep the path of a partial argument leads.
const maxSteps = 100

// arguments puts together the arguments of a call that came in pieces: each a
// path ($.place.name, $.days[0]) and a value, of a string perhaps a piece. What
// has no path that leads somewhere stands under the path as its name.
func arguments(partial contracts.JSON) contracts.JSON {
	root := &node{kind: '{'}
	var o shape.Object
	for piece := range partial.Elements() {
		o.ReadCamel(piece)
		path := o.Text("jsonPath")
		steps, ok := parsePath(path)
		if !ok || !root.set(steps, &o) {
			root.set([]pathStep{{name: path}}, &o)
		}
	}
	return contracts.JSON(root.append(nil))
}

// node is a value that grows. Kind is '{', '[', '"', or 0 for any other value
// and for one that has not come yet.
type node struct {
	kind     byte
	text     []byte
	value    contracts.JSON
	names    []string
	children []*node
	byName   map[string]*node
}

// pathStep leads to a member of an object, or to an element of an array.
type pathStep struct {
	name    string
	element bool
	index   int
}

// parsePath takes a path apart: $.a.b[0]['c'].
func parsePath(path string) (steps []pathStep, ok bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, false
	}
	for rest != "" {
		if len(steps) == maxSteps {
			return nil, false
		}
		var s pathStep
		switch rest[0] {
		case '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			s.name, rest = rest[1:1+end], rest[1+end:]
		case '[':
			inner, after, found := strings.Cut(rest[1:], "]")
			if !found || inner == "" {
				return nil, false
			}
			rest = after
			if q := inner[0]; q == '\'' || q == '"' {
				if len(inner) < 2 || inner[len(inner)-1] != q {
					return nil, false
				}
				s.name = inner[1 : len(inner)-1]
				break
			}
			n, err := strconv.Atoi(inner)
			if err != nil || n < 0 {
				return nil, false
			}
			s.element, s.index = true, n
		default:
			return nil, false
		}
		steps = append(steps, s)
	}
	return steps, len(steps) > 0
}

// set puts a piece where the steps lead, and reports whether they do: not where
// there is a value of another kind already.
func (n *node) set(steps []pathStep, piece *shape.Object) bool {
	for _, s := range steps {
		if n = n.child(s); n == nil {
			return false
		}
	}
	if text, ok := piece.Get("stringValue").Text(); ok {
		if n.kind == 0 && n.value == "" {
			n.kind = '"'
		}
		n.text = append(n.text, text...)
		return n.kind == '"'
	}
	if n.kind != 0 {
		return false
	}
	for _, name := range [...]string{"numberValue", "boolValue"} {
		if value := piece.Get(name); value != "" {
			n.value = value
			return true
		}
	}
	n.value = "null"
	return true
}

// child is where a step leads from n: there it is made where it was not. An
// element behind the end is the next one, whatever its index.
func (n *node) child(s pathStep) *node {
	kind := byte('{')
	if s.element {
		kind = '['
	}
	if n.kind == 0 && n.value == "" {
		n.kind = kind
	}
	switch {
	case n.kind != kind:
		return nil
	case s.element && s.index < len(n.children):
		return n.children[s.index]
	case !s.element && n.byName[s.name] != nil:
		return n.byName[s.name]
	}
	child := new(node)
	n.children = append(n.children, child)
	if !s.element {
		if n.byName == nil {
			n.byName = make(map[string]*node)
		}
		n.byName[s.name] = child
		n.names = append(n.names, s.name)
	}
	return child
}

func (n *node) append(dst []byte) []byte {
	switch n.kind {
	case '"':
		return jsonscan.AppendString(dst, string(n.text))
	case '{', '[':
		dst = append(dst, n.kind)
		for i, child := range n.children {
			if i > 0 {
				dst = append(dst, ',')
			}
			if n.kind == '{' {
				dst = jsonscan.AppendString(dst, n.names[i])
				dst = append(dst, ':')
			}
			dst = child.append(dst)
		}
		return append(dst, n.kind+2) // } and ] come two after { and [
	}
	if n.value == "" {
		return append(dst, "null"...)
	}
	return append(dst, n.value...)
}
