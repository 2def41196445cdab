// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"cmp"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// A stream is folded to the JSON of the answer in one piece, which is then read
// as any other. This file holds what both streams fold with.

// fields are the members of an object to be.
type fields struct{ shape.Fields }

// set gives a member its value, but for an empty text: a later chunk may leave
// out so what an earlier one says.
func (f *fields) set(name string, value contracts.JSON) {
	if value != `""` {
		f.Set(name, value)
	}
}

// text is a text that comes in pieces.
type text []byte

// add adds a piece: a JSON string. Anything else is passed over, and ok is false.
func (t *text) add(piece contracts.JSON) (ok bool) {
	s, ok := piece.Text()
	*t = append(*t, s...)
	return ok
}

// append appends the text as a member, where there is any.
func (t text) append(dst []byte, name string) []byte {
	if len(t) == 0 {
		return dst
	}
	return jsonscan.AppendString(shape.AppendName(dst, name), string(t))
}

// arrays are arrays under names, which come in several pieces each.
type arrays struct {
	list []namedArray
	at   map[string]int
}

type namedArray struct {
	name string
	list shape.List
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
	a.list[i].list.AddAll(elements)
}

// append appends an object of the arrays as a member, where any has elements.
func (a *arrays) append(dst []byte, name string) []byte {
	object := []byte{'{'}
	for i := range a.list {
		object = a.list[i].list.Append(object, a.list[i].name)
	}
	if len(object) == 1 {
		return dst
	}
	dst = append(shape.AppendName(dst, name), object...)
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
	dst = append(shape.AppendName(dst, name), '[')
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
