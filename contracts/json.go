// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// JSON is one JSON text, held as it was given: white space, key order, number
// spelling and null entries included. The empty string is an absent value.
//
// A JSON that came out of decoding is valid. One that a program converts from
// a string is what the program says it is: [JSON.Valid] tells.
type JSON string

// MakeJSON encodes v. JSON and json.RawMessage keep their bytes where they are
// valid and become a JSON string where they are not; everything else goes
// through encoding/json, without HTML escaping. It never fails: a value that
// cannot be encoded becomes {"spect.error": "the reason"}. A nil v is absent.
func MakeJSON(v any) JSON {
	switch v := v.(type) {
	case nil:
		return ""
	case JSON:
		return v.orText()
	case json.RawMessage:
		return JSON(v).orText()
	case string:
		return QuoteJSON(v)
	}
	return encodeAny(v)
}

// encodeAny runs the caller's own MarshalJSON methods, hence the recover.
func encodeAny(v any) (j JSON) {
	defer func() {
		if r := recover(); r != nil {
			j = unencodable(fmt.Errorf("panic: %v", r))
		}
	}()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return unencodable(err)
	}
	b := bytes.TrimRight(buf.Bytes(), "\n")
	return JSON(bytes.ToValidUTF8(b, []byte("\uFFFD"))) // a MarshalJSON may write what it likes into strings
}

func unencodable(err error) JSON {
	b := append([]byte(nil), `{"spect.error":`...)
	b = jsonscan.AppendString(b, err.Error())
	return JSON(append(b, '}'))
}

// QuoteJSON encodes s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func QuoteJSON(s string) JSON {
	return JSON(jsonscan.AppendString(make([]byte, 0, len(s)+len(s)/16+2), s))
}

// Valid reports whether j is exactly one JSON value (RFC 8259, valid UTF-8) that
// nests at most 9,900 deep: what stands in a payload, which may nest 10,000 deep,
// leaves it valid.
func (j JSON) Valid() bool { return jsonscan.ValidPart(string(j)) }

// Decode decodes j into v as encoding/json does.
func (j JSON) Decode(v any) error {
	if j == "" {
		return errors.New("contracts: no JSON value to decode: the value is absent")
	}
	if err := json.Unmarshal([]byte(j), v); err != nil {
		return fmt.Errorf("contracts: %w", err)
	}
	return nil
}

// Members iterates over the members of a JSON object in their order, and over
// nothing when j is no object.
func (j JSON) Members() iter.Seq2[string, JSON] {
	return func(yield func(string, JSON) bool) {
		for k, v := range jsonscan.Members(string(j)) {
			if !yield(k, JSON(v)) {
				return
			}
		}
	}
}

// Elements iterates over the elements of a JSON array, and over nothing when j
// is no array.
func (j JSON) Elements() iter.Seq[JSON] {
	return func(yield func(JSON) bool) {
		for v := range jsonscan.Elements(string(j)) {
			if !yield(JSON(v)) {
				return
			}
		}
	}
}

// Member returns the value of a JSON object's member; it is absent when there
// is none.
func (j JSON) Member(name string) JSON {
	v, _ := jsonscan.Lookup(string(j), name)
	return JSON(v)
}

// Text returns the string that j spells, and false when j is no JSON string.
func (j JSON) Text() (string, bool) { return jsonscan.Unquote(string(j)) }

// IsObject reports whether j spells an object. Only its start is looked at.
func (j JSON) IsObject() bool { return jsonscan.Kind(string(j)) == '{' }

// IsArray reports whether j spells an array. Only its start is looked at.
func (j JSON) IsArray() bool { return jsonscan.Kind(string(j)) == '[' }

// MarshalJSON implements [json.Marshaler]. An absent value is null.
func (j JSON) MarshalJSON() ([]byte, error) { return j.append(nil), nil }

// UnmarshalJSON implements [json.Unmarshaler] and keeps the bytes, except that
// invalid UTF-8, which encoding/json lets through, becomes U+FFFD.
func (j *JSON) UnmarshalJSON(b []byte) error {
	*j = JSON(bytes.ToValidUTF8(b, []byte("\uFFFD")))
	return nil
}

// orText keeps valid JSON and makes a JSON string of anything else.
func (j JSON) orText() JSON {
	if j == "" || j.Valid() {
		return j
	}
	return QuoteJSON(string(j))
}

func (j JSON) append(dst []byte) []byte {
	if j == "" {
		return append(dst, "null"...)
	}
	return append(dst, j...)
}

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value JSON
}

// Members are the members of an object that the contract does not name, in
// their order. Decoding keeps them and encoding writes them again, so that a
// payload of a later version of the contract passes through unharmed.
type Members []Member

func (m Members) append(dst []byte) []byte {
	for _, e := range m {
		dst = appendKey(dst, e.Name)
		dst = e.Value.append(dst)
	}
	return dst
}

func (m Members) appendChecked(dst []byte) []byte {
	for _, e := range m {
		dst = appendKey(dst, e.Name)
		dst = e.Value.orText().append(dst)
	}
	return dst
}
