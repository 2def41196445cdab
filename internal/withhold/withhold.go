// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package withhold takes content out of contract values and leaves their
// structure: roles, types of parts, ids, names of tools, sizes. Where a value
// stood there is a mark with its size. What the contract does not name is
// withheld with whatever it stands beside, since nobody knows what it holds.
package withhold

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
)

// Withholder withholds kinds of content.
type Withholder struct {
	// Kinds are withheld.
	Kinds contracts.ContentKinds
	// Withheld are those of them that there was something of.
	Withheld contracts.ContentKinds
}

const (
	markStart = "[withheld, "
	markEnd   = " bytes]"
)

// Mark stands in the place of so many bytes of content.
func Mark(size int) string { return markStart + strconv.Itoa(size) + markEnd }

func isMark(text string) bool {
	text, starts := strings.CutPrefix(text, markStart)
	text, ends := strings.CutSuffix(text, markEnd)
	_, err := strconv.ParseUint(text, 10, 63)
	return starts && ends && err == nil
}

// Holds reports whether something of these kinds is withheld, and notes that
// there was something of them.
func (w *Withholder) Holds(kinds contracts.ContentKinds) bool {
	w.Withheld |= w.Kinds & kinds
	return w.Kinds&kinds != 0
}

// Text withholds a text of these kinds; an empty one says nothing.
func (w *Withholder) Text(kinds contracts.ContentKinds, text string) string {
	if text == "" || !w.Holds(kinds) || isMark(text) {
		return text
	}
	return Mark(len(text))
}

// JSON withholds a value of these kinds; an empty one says nothing.
func (w *Withholder) JSON(kinds contracts.ContentKinds, j contracts.JSON) contracts.JSON {
	switch j {
	case "", "null", "{}", "[]", `""`:
		return j
	}
	if !w.Holds(kinds) {
		return j
	}
	if text, ok := j.Text(); ok && isMark(text) {
		return j
	}
	return contracts.QuoteJSON(Mark(len(j)))
}

// Members withholds members that the contract does not name, but for those that
// say that something is empty.
func (w *Withholder) Members(kinds contracts.ContentKinds, members contracts.Members) contracts.Members {
	if len(members) == 0 || w.Kinds&kinds == 0 {
		return members
	}
	var left contracts.Members
	for _, m := range members {
		if m.Value == `""` && isOptional(m.Name) {
			left = append(left, m)
			continue
		}
		w.Holds(kinds)
	}
	return left
}

// isOptional reports whether the contract has a member of that name that is
// written among the unknown ones where it was given as empty.
func isOptional(name string) bool {
	switch name {
	case "id", "name", "type", "stack", "modelId", "provider", "toolCallId", "toolName", "subagentType", "source":
		return true
	}
	return false
}

// Error withholds what an error says; its type and code stay.
func (w *Withholder) Error(kinds contracts.ContentKinds, e *contracts.NormalizedError) {
	if w.Kinds&kinds == 0 {
		return
	}
	if e.Message != e.Type { // where there was no message, the type stands there
		e.Message = w.Text(kinds, e.Message)
	}
	e.Stack, e.Extra = w.Text(kinds, e.Stack), w.Members(kinds, e.Extra)
}

// Calls withholds the inputs of a list of calls of tools, and a structured
// answer that is no list.
func (w *Withholder) Calls(j contracts.JSON) contracts.JSON {
	if w.Kinds&contracts.ContentOutputText != 0 || !j.IsArray() {
		return w.JSON(contracts.ContentOutputText, j)
	}
	if w.Kinds&contracts.ContentToolValues == 0 {
		return j
	}
	b, some := []byte{'['}, false
	for e := range j.Elements() {
		if some {
			b = append(b, ',')
		}
		some = true
		b = append(b, w.call(e)...)
	}
	return contracts.JSON(append(b, ']'))
}

func (w *Withholder) call(e contracts.JSON) contracts.JSON {
	if !e.IsObject() {
		return w.JSON(contracts.ContentToolValues, e)
	}
	b := []byte{'{'}
	for name, value := range e.Members() {
		if len(b) > 1 {
			b = append(b, ',')
		}
		switch name {
		case "toolCallId", "toolName", "type", "id":
		default:
			value = w.JSON(contracts.ContentToolValues, value)
		}
		b = append(append(append(b, contracts.QuoteJSON(name)...), ':'), value...)
	}
	return contracts.JSON(append(b, '}'))
}

// Attribute withholds the value of an attribute of package contracts that holds
// content of kinds that are withheld; ok is false where nothing is left of it.
func (w *Withholder) Attribute(kv attribute.KeyValue) (_ attribute.KeyValue, ok bool) {
	kinds := KindsOf(kv)
	if w.Kinds&kinds == 0 {
		return kv, true
	}
	switch kv.Key {
	case contracts.ResponseUsageKey:
		if j := contracts.JSON(kv.Value.AsString()); kv.Value.Type() == attribute.STRING && j.Valid() {
			return kv.Key.String(string(w.Usage(j))), true
		}
	case contracts.MessagesKey:
		if kv.Value.Type() == attribute.STRING {
			return kv.Key.String(string(w.Messages(contracts.Messages(kv.Value.AsString())))), true
		}
	case contracts.ResponseTextKey, contracts.ErrorMessageKey:
		if kv.Value.Type() == attribute.STRING {
			return kv.Key.String(w.Text(kinds, kv.Value.AsString())), true
		}
	case contracts.ResponseObjectKey:
		if j := contracts.JSON(kv.Value.AsString()); kv.Value.Type() == attribute.STRING && j.Valid() {
			return kv.Key.String(string(w.Calls(j))), true
		}
	case contracts.RequestInputKey, contracts.SubagentInputKey, contracts.ToolParametersKey, contracts.ToolResultKey:
		if j := contracts.JSON(kv.Value.AsString()); kv.Value.Type() == attribute.STRING {
			if !j.Valid() {
				j = contracts.QuoteJSON(kv.Value.AsString())
			}
			return kv.Key.String(string(w.JSON(kinds, j))), true
		}
	}
	w.Holds(kinds)
	return kv, false
}
