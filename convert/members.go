// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/memory"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// members are the members of a record's metadata while they are put together:
// each name once, the first counts.
type members struct {
	json  []byte // an object without its end
	names []string
	many  map[string]bool // of names, where they are more than a few
}

// few is how many names are compared one by one.
const few = 32

// members begins metadata. It is used up before the next begins.
func (l *landing) members() *members {
	m := &l.c.landed
	m.json, m.names = append(m.json[:0], '{'), m.names[:0]
	m.many = memory.Emptied(m.many)
	return m
}

// name begins a member, and reports whether there is none of that name yet. The
// names of a record's notes and ids are theirs.
func (m *members) name(name string) bool {
	switch {
	case name == partialKey || name == "otel", m.many[name], len(m.names) <= few && slices.Contains(m.names, name):
		return false
	case len(m.names) > 0:
		m.json = append(m.json, ',')
	}
	m.names = append(m.names, name)
	if len(m.names) > few {
		if m.many == nil {
			m.many = make(map[string]bool)
		}
		for _, n := range m.names[len(m.many):] {
			m.many[n] = true
		}
	}
	m.json = jsonscan.AppendString(m.json, name)
	m.json = append(m.json, ':')
	return true
}

// add adds a member; one that is absent is none.
func (m *members) add(name string, value contracts.JSON) {
	if value != "" && m.name(name) {
		m.json = append(m.json, value...)
	}
}

// text adds a text; an empty one is none.
func (m *members) text(name, text string) {
	if text != "" && m.name(name) {
		m.json = jsonscan.AppendString(m.json, text)
	}
}

func (m *members) int(name string, n int64) {
	if m.name(name) {
		m.json = strconv.AppendInt(m.json, n, 10)
	}
}

func (m *members) usage(u *llm.Usage) {
	if u.Known() && m.name("usage") {
		m.json = u.AppendJSON(m.json)
	}
}

// finishReasons adds why a model stopped, and where that is not what it said,
// what it said.
func (m *members) finishReasons(said, reasons []string) {
	m.texts("finishReasons", reasons)
	if !slices.Equal(reasons, said) {
		m.texts("finishReasonsNative", said)
	}
}

func (m *members) texts(name string, texts []string) {
	if len(texts) == 0 || !m.name(name) {
		return
	}
	for i, text := range texts {
		m.json = append(m.json, "[,"[min(i, 1)])
		m.json = jsonscan.AppendString(m.json, text)
	}
	m.json = append(m.json, ']')
}
