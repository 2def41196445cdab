// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
	"github.com/spect-tools/spect-go/convert/internal/memory"
	"github.com/spect-tools/spect-go/convert/llm"
)

// few is how many attributes are looked through for a key. More are indexed.
const few = 24

// index makes the source ready to be read by decoders.
func (s *Source) index() {
	s.used = slices.Grow(s.used[:0], len(s.Attributes))[:len(s.Attributes)]
	clear(s.used)
	s.at = memory.Emptied(s.at)
	s.keys = 0
	if len(s.Attributes) <= few {
		for i := range s.Attributes {
			bit := keyBit(s.Attributes[i].Key)
			if s.keys&bit != 0 {
				first, _ := s.find(s.Attributes[i].Key)
				s.used[i] = first < i // the first one counts
			}
			s.keys |= bit
		}
		return
	}
	if s.at == nil {
		s.at = make(map[attribute.Key]int, len(s.Attributes))
	}
	for i := range s.Attributes {
		key := s.Attributes[i].Key
		if _, again := s.at[key]; again {
			s.used[i] = true
			continue
		}
		s.at[key] = i
	}
}

// find is where the first attribute with a key is.
func (s *Source) find(key attribute.Key) (i int, ok bool) {
	if len(s.Attributes) > few {
		i, ok = s.at[key]
		return i, ok
	}
	if s.keys&keyBit(key) == 0 {
		return 0, false
	}
	for i := range s.Attributes {
		if s.Attributes[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

// keyBit is a bit that tells most keys from each other.
func keyBit(key attribute.Key) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n) + 5*uint(key[n-1]) + 17*uint(key[n/2])) % 64)
}

// look is the value of an attribute. The attribute stays unused: it is still
// somebody else's to tell.
func (s *Source) look(key attribute.Key) (v attribute.Value, ok bool) {
	i, ok := s.find(key)
	if !ok {
		return v, false
	}
	return s.Attributes[i].Value, true
}

// get is the value of an attribute, which counts as used from now on.
func (s *Source) get(key attribute.Key) (v attribute.Value, ok bool) {
	i, ok := s.find(key)
	if !ok {
		return v, false
	}
	s.used[i] = true
	return s.Attributes[i].Value, true
}

// drop marks attributes as used that say nothing a person would miss.
func (s *Source) drop(keys ...attribute.Key) {
	for _, key := range keys {
		if i, ok := s.find(key); ok {
			s.used[i] = true
		}
	}
}

// text is the first of the attributes that has a text. All of them count as
// used.
func (s *Source) text(keys ...attribute.Key) (text string) {
	for _, key := range keys {
		if v, ok := s.get(key); ok && text == "" {
			text = attr.Text(v)
		}
	}
	return text
}

// count is the first of the attributes that is a number of tokens. Those that
// are count as used.
func (s *Source) count(keys ...attribute.Key) (count llm.Count) {
	for _, key := range keys {
		v, ok := s.look(key)
		if !ok {
			continue
		}
		if n := toCount(v); n.Known {
			s.drop(key)
			count = count.Or(n)
		}
	}
	return count
}

// json is the first of the attributes that is there, as JSON. All of them count
// as used. whole is false where it is a text that is no JSON.
func (s *Source) json(keys ...attribute.Key) (j contracts.JSON, whole bool) {
	for _, key := range keys {
		if v, ok := s.get(key); ok && j == "" {
			j, whole = toJSON(v)
		}
	}
	return j, whole
}
