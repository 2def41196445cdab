// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"cmp"
	"iter"
	"slices"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// A stream is folded to the JSON that the provider would have sent in one piece,
// which is then read as any other. This file holds what streams fold with.

// Fields are the members of an object to be, each with the last value that was
// given. The zero Fields has none.
type Fields struct {
	list contracts.Members
	at   map[string]int
}

// Set gives a member its value. One that is absent or null changes nothing.
func (f *Fields) Set(name string, value contracts.JSON) {
	if value == "" || value == "null" {
		return
	}
	if i, ok := f.at[name]; ok {
		f.list[i].Value = value
		return
	}
	if f.at == nil {
		f.at = make(map[string]int)
	}
	f.at[name] = len(f.list)
	f.list = append(f.list, contracts.Member{Name: name, Value: value})
}

// SetAll sets the members of an object.
func (f *Fields) SetAll(object contracts.JSON) {
	for name, value := range object.Members() {
		f.Set(name, value)
	}
}

// SetRest sets the members that nobody took.
func (f *Fields) SetRest(o *Object) {
	for i := range o.members {
		if m := &o.members[i]; !m.taken {
			f.Set(m.Name, m.Value)
		}
	}
}

// Get is the value of a member, absent where there is none.
func (f *Fields) Get(name string) contracts.JSON {
	if i, ok := f.at[name]; ok {
		return f.list[i].Value
	}
	return ""
}

// Members are the members in the order in which they were first set.
func (f *Fields) Members() contracts.Members { return f.list }

// Empty reports whether nothing was set.
func (f *Fields) Empty() bool { return len(f.list) == 0 }

// Append appends the members to an object that is open.
func (f *Fields) Append(dst []byte) []byte {
	for i := range f.list {
		dst = append(AppendName(dst, f.list[i].Name), f.list[i].Value...)
	}
	return dst
}

// AppendName appends the name of a member to an object that is open.
func AppendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = jsonscan.AppendString(dst, name)
	return append(dst, ':')
}

// List is an array whose elements come one by one or in several arrays.
type List []byte

// Add adds an element.
func (l *List) Add(element contracts.JSON) {
	if len(*l) == 0 {
		*l = append(*l, '[')
	} else {
		*l = append(*l, ',')
	}
	*l = append(*l, element...)
}

// AddAll adds the elements of an array.
func (l *List) AddAll(elements contracts.JSON) {
	for e := range elements.Elements() {
		l.Add(e)
	}
}

// Append appends the array as a member to an object that is open, where it has
// elements.
func (l List) Append(dst []byte, name string) []byte {
	if len(l) == 0 {
		return dst
	}
	dst = append(AppendName(dst, name), l...)
	return append(dst, ']')
}

// Pieces are a text that comes in pieces.
type Pieces []byte

// Add adds a piece: a JSON string. Anything else is passed over.
func (p *Pieces) Add(piece contracts.JSON) {
	if text, ok := piece.Text(); ok {
		*p = append(*p, text...)
	}
}

// JSON is the text as a JSON string.
func (p Pieces) JSON() contracts.JSON { return contracts.QuoteJSON(string(p)) }

// Numbered holds what a stream numbers: candidates, blocks, steps. A number may
// be any. The zero Numbered holds nothing.
type Numbered[T any] struct {
	all []numbered[T]
	at  map[int64]*T
}

type numbered[T any] struct {
	number int64
	value  *T
}

// Number reads the number of a thing; 0 where there is none.
func Number(j contracts.JSON) int64 {
	n, _ := jsonscan.Int64(string(j))
	return n
}

// Get is what has the number, and new where nothing has.
func (n *Numbered[T]) Get(number int64) *T {
	v := n.at[number]
	if v == nil {
		v = new(T)
		if n.at == nil {
			n.at = make(map[int64]*T)
		}
		n.at[number] = v
		n.all = append(n.all, numbered[T]{number, v})
	}
	return v
}

// Empty reports whether there is nothing.
func (n *Numbered[T]) Empty() bool { return len(n.all) == 0 }

// All iterates over all in the order of their numbers.
func (n *Numbered[T]) All() iter.Seq[*T] {
	slices.SortFunc(n.all, func(a, b numbered[T]) int { return cmp.Compare(a.number, b.number) })
	return func(yield func(*T) bool) {
		for _, e := range n.all {
			if !yield(e.value) {
				return
			}
		}
	}
}
