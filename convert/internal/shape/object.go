// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"iter"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Object is a JSON object that was walked once. A reader takes the members that
// it knows; what nobody took is the rest, so that nothing is lost:
//
//	o.Read(j)
//	part.Text = o.Text("text")
//	options.Rest(&o)
//
// The zero Object has no members. One Object may read many texts, one after the
// other, and keeps its memory.
type Object struct{ members []member }

type member struct {
	contracts.Member
	taken bool
	at    int // on a tape
}

// usual is how many members most objects have room in.
const usual = 8

// reset begins to read another object.
func (o *Object) reset() {
	if o.members == nil {
		o.members = make([]member, 0, usual)
	}
	o.members = o.members[:0]
}

// Read walks j. Members that are null are passed over: they say nothing.
func (o *Object) Read(j contracts.JSON) {
	o.reset()
	for name, value := range j.Members() {
		if value != "null" {
			o.members = append(o.members, member{Member: contracts.Member{Name: name, Value: value}})
		}
	}
}

// ReadValid is Read for text that is known to be valid.
func (o *Object) ReadValid(j contracts.JSON) {
	o.reset()
	for name, value := range jsonscan.ValidMembers(string(j)) {
		o.add(name, value)
	}
}

// ReadTape reads a value on a tape, which has no members where it is no object.
func (o *Object) ReadTape(t *jsonscan.Tape, i int) {
	o.reset()
	if t.Kind(i) != '{' {
		return
	}
	for name, ok := t.First(i); ok; {
		value, _ := t.Next(name, i)
		if text := t.Text(value); text != "null" {
			o.members = append(o.members, member{Member: contracts.Member{Name: t.String(name), Value: contracts.JSON(text)}, at: value})
		}
		name, ok = t.Next(value, i)
	}
}

// At is where the value of a member is on the tape that the object was read from,
// the last where there are several; 0 where there is none.
func (o *Object) At(name string) (at int) {
	for i := range o.members {
		if m := &o.members[i]; m.Name == name {
			at = m.at
		}
	}
	return at
}

func (o *Object) add(name, value string) {
	if value != "null" {
		o.members = append(o.members, member{Member: contracts.Member{Name: name, Value: contracts.JSON(value)}})
	}
}

// Elements are the elements of an array that is known to be valid.
func Elements(j contracts.JSON) iter.Seq[contracts.JSON] {
	return func(yield func(contracts.JSON) bool) {
		for e := range jsonscan.ValidElements(string(j)) {
			if !yield(contracts.JSON(e)) {
				return
			}
		}
	}
}

// ReadCamel is Read for a provider that writes camelCase, some of whose SDKs
// write snake_case: all names become camelCase.
func (o *Object) ReadCamel(j contracts.JSON) {
	o.Read(j)
	for i := range o.members {
		o.members[i].Name = camel(o.members[i].Name)
	}
}

// Get is the value of a member, the last where there are several; absent where
// there is none. The member is not taken.
func (o *Object) Get(name string) (value contracts.JSON) {
	for i := range o.members {
		if m := &o.members[i]; m.Name == name {
			value = m.Value
		}
	}
	return value
}

// Take is Get, and takes the member.
func (o *Object) Take(name string) (value contracts.JSON) {
	for i := range o.members {
		if m := &o.members[i]; m.Name == name {
			value, m.taken = m.Value, true
		}
	}
	return value
}

// Text takes a member that is a string, or a number or boolean, which it spells
// out. It leaves an object or an array alone, and is empty then.
func (o *Object) Text(name string) string {
	if j := o.Get(name); j == "" || j.IsObject() || j.IsArray() {
		return ""
	}
	return Text(o.Take(name))
}

// Rest are the members that nobody took, under their own names.
func (o *Object) Rest() (rest contracts.Members) {
	for i := range o.members {
		if m := &o.members[i]; !m.taken {
			rest = append(rest, m.Member)
		}
	}
	return rest
}

// RestJSON is an object of the members that nobody took; absent where there are
// none.
func (o *Object) RestJSON() contracts.JSON {
	b := []byte{'{'}
	for i := range o.members {
		if m := &o.members[i]; !m.taken {
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = jsonscan.AppendString(b, m.Name)
			b = append(b, ':')
			b = append(b, m.Value...)
		}
	}
	if len(b) == 1 {
		return ""
	}
	return contracts.JSON(append(b, '}'))
}

// IsText reports whether j is a JSON string. Only its start is looked at.
func IsText(j contracts.JSON) bool { return jsonscan.Kind(string(j)) == '"' }

// IsEmpty reports whether j is absent, or an array or object with nothing in it.
func IsEmpty(j contracts.JSON) bool {
	if !j.IsArray() && !j.IsObject() {
		return j == ""
	}
	whole := jsonscan.TrimSpace(string(j))
	return len(whole) > 1 && jsonscan.TrimSpace(whole[1:len(whole)-1]) == ""
}

// NotEmpty is j, and absent where j is empty.
func NotEmpty(j contracts.JSON) contracts.JSON {
	if IsEmpty(j) {
		return ""
	}
	return j
}

// ValidText is [Text] of what is known to be valid.
func ValidText(j contracts.JSON) string {
	if text, ok := jsonscan.ValidText(string(j)); ok {
		return text
	}
	return jsonscan.TrimSpace(string(j))
}

// Text is the text of a JSON string, and the JSON of anything else.
func Text(j contracts.JSON) string {
	if text, ok := j.Text(); ok {
		return text
	}
	return jsonscan.TrimSpace(string(j))
}
