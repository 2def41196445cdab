// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// Lists stand flattened in the attributes of some conventions, since attributes
// do not nest: llm.input_messages.0.message.role. They are read in steps, a
// list at a time: the attributes under a prefix become elements in the order of
// their indices, and lists inside an element are read from its fields in the
// same way. Indices may start anywhere and have gaps.

// element is one element of a flattened list.
type element struct {
	index  int
	fields []field
}

// field is one attribute of an element.
type field struct {
	// key is what the attribute's key has after the element's index; empty
	// where the element itself is the attribute.
	key string
	// at is the attribute's place in the source.
	at int
}

// elements reads the list under a prefix that ends with a dot.
func (s *Source) elements(prefix string) []element {
	var found []indexed
	for i := range s.Attributes {
		found = appendIndexed(found, string(s.Attributes[i].Key), prefix, i)
	}
	return group(found)
}

// elements reads a list inside an element.
func (e *element) elements(prefix string) []element {
	var found []indexed
	for _, f := range e.fields {
		found = appendIndexed(found, f.key, prefix, f.at)
	}
	return group(found)
}

type indexed struct {
	index int
	field field
}

func appendIndexed(found []indexed, key, prefix string, at int) []indexed {
	rest, ok := strings.CutPrefix(key, prefix)
	if !ok {
		return found
	}
	digits, rest, dotted := strings.Cut(rest, ".")
	index, ok := parseIndex(digits)
	if !ok || dotted && rest == "" {
		return found
	}
	return append(found, indexed{index, field{rest, at}})
}

// parseIndex reads an index of at most nine digits.
func parseIndex(digits string) (n int, ok bool) {
	if digits == "" || len(digits) > 9 {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// group puts the fields of each element together. Fields keep their order.
func group(found []indexed) []element {
	if len(found) == 0 {
		return nil
	}
	slices.SortStableFunc(found, func(a, b indexed) int { return cmp.Compare(a.index, b.index) })
	fields := make([]field, len(found))
	var out []element
	start := 0
	for i := range found {
		fields[i] = found[i].field
		if i+1 == len(found) || found[i+1].index != found[i].index {
			out = append(out, element{found[i].index, fields[start : i+1 : i+1]})
			start = i + 1
		}
	}
	return out
}

// take is the value of an attribute, which counts as used from now on.
func (s *Source) take(f field) attribute.Value {
	s.used[f.at] = true
	return s.Attributes[f.at].Value
}

// takeText is the value of an attribute as text.
func (s *Source) takeText(f field) string { return attr.Text(s.take(f)) }

// takeAll marks all attributes under a prefix as used.
func (s *Source) takeAll(prefix string) {
	for i := range s.Attributes {
		if strings.HasPrefix(string(s.Attributes[i].Key), prefix) {
			s.used[i] = true
		}
	}
}

// hasEvent reports whether the span has an event of this name.
func (s *Source) hasEvent(name string) bool {
	for i := range s.Events {
		if s.Events[i].Name == name {
			return true
		}
	}
	return false
}
