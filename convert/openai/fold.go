// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"cmp"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// A stream is folded to the JSON of the answer in one piece, which is then read
// as any other. This file holds what both streams fold with.

// members are the members of an object to be, each with the last value that was
// given. The zero members has none.
type members struct {
	list contracts.Members
	at   map[string]int
}

// set gives a member its value. What is absent, null or an empty text changes
// nothing: a later chunk may leave out what an earlier one says, and how.
func (m *members) set(name string, value contracts.JSON) {
	if value == "" || value == "null" || value == `""` {
		return
	}
	if i, ok := m.at[name]; ok {
		m.list[i].Value = value
		return
	}
	if m.at == nil {
		m.at = make(map[string]int)
	}
	m.at[name] = len(m.list)
	m.list = append(m.list, contracts.Member{Name: name, Value: value})
}

// append appends the members to an object that is open.
func (m *members) append(dst []byte) []byte {
	for i := range m.list {
		dst = append(appendName(dst, m.list[i].Name), m.list[i].Value...)
	}
	return dst
}

// appendName appends the name of a member to an object that is open.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = jsonscan.AppendString(dst, name)
	return append(dst, ':')
}

// text is a text that comes in pieces.
type text []byte

// add adds a piece: a JSON string. Anything else is passed over.
func (t *text) add(piece contracts.JSON) {
	if s, ok := piece.Text(); ok {
		*t = append(*t, s...)
	}
}

// append appends the text as a member, where there is any.
func (t text) append(dst []byte, name string) []byte {
	if len(t) == 0 {
		return dst
	}
	return jsonscan.AppendString(appendName(dst, name), string(t))
}

// array is an array whose elements come one by one or in several arrays.
type array []byte

func (a *array) add(element contracts.JSON) {
	if len(*a) == 0 {
		*a = append(*a, '[')
	} else {
		*a = append(*a, ',')
	}
	*a = append(*a, element...)
}

// addAll adds the elements of an array.
func (a *array) addAll(elements contracts.JSON) {
	for e := range elements.Elements() {
		a.add(e)
	}
}

// append appends the array as a member, where it has elements.
func (a array) append(dst []byte, name string) []byte {
	if len(a) == 0 {
		return dst
	}
	dst = append(appendName(dst, name), a...)
	return append(dst, ']')
}

// arrays are arrays under names, which come in several pieces each.
type arrays struct {
	list []namedArray
	at   map[string]int
}

type namedArray struct {
	name  string
	array array
}

func (a *arrays) addAll(name string, elements contracts.JSON) {
	i, ok := a.at[name]
	if !ok {
		if a.at == nil {
			a.at = make(map[string]int)
		}
		i = len(a.list)
		a.at[name] = i
		a.list = append(a.list, namedArray{name: name})
	}
	a.list[i].array.addAll(elements)
}

// append appends an object of the arrays as a member, where any has elements.
func (a *arrays) append(dst []byte, name string) []byte {
	object := []byte{'{'}
	for i := range a.list {
		object = a.list[i].array.append(object, a.list[i].name)
	}
	if len(object) == 1 {
		return dst
	}
	dst = append(appendName(dst, name), object...)
	return append(dst, '}')
}

// numbered holds what a stream numbers: choices, calls, items, parts. A number
// may be any. The zero numbered holds nothing.
type numbered[T any] struct {
	all []entry[T]
	at  map[int64]*T
}

type entry[T any] struct {
	number int64
	value  *T
}

// get is what has the number, and new where nothing has.
func (n *numbered[T]) get(number int64) *T {
	if v, ok := n.at[number]; ok {
		return v
	}
	return n.add(number)
}

// add is new, and has the number from now on.
func (n *numbered[T]) add(number int64) *T {
	if n.at == nil {
		n.at = make(map[int64]*T)
	}
	v := new(T)
	n.at[number] = v
	n.all = append(n.all, entry[T]{number, v})
	return v
}

// append appends an array of all, in the order of their numbers.
func (n *numbered[T]) append(dst []byte, name string, one func(v *T, dst []byte) []byte) []byte {
	if len(n.all) == 0 {
		return dst
	}
	sorted := slices.Clone(n.all)
	slices.SortStableFunc(sorted, func(a, b entry[T]) int { return cmp.Compare(a.number, b.number) })
	dst = append(appendName(dst, name), '[')
	for i, e := range sorted {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(e.value, dst)
	}
	return append(dst, ']')
}

// numberOf reads the number of a thing; 0 where there is none.
func numberOf(j contracts.JSON) int64 {
	n, _ := jsonscan.Int64(string(j))
	return n
}
