// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"strconv"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file finds what may be cut. Raw JSON is trusted to be valid: what is not is
// looked at no further.

// finder finds the parts of a payload that may be cut.
type finder struct {
	pieces []piece
	what   what
	least  int
	unit   int
	// in is where the value in hand is held.
	in *string
	skimmer
	// path leads to the value in hand, paths are those of the pieces.
	path, paths []byte
	label       bool
	spect       bool
	// copied tells that metadata.spect is the copy of request.spect.
	copied bool
	// hashing is set where all files are looked for, also the small ones; urls is
	// the size that data: URLs may have.
	hashing bool
	urls    int
}

type what uint8

const (
	findFiles what = iota
	findTexts
	findURLs // data: URLs within texts, which are hashed right away
)

// piece is a part that may be cut.
type piece struct {
	// in is the place that holds it, at start to end.
	in         *string
	start, end int
	// size is what it takes on the wire.
	size int
	kind pieceKind
	unit int
	// outputType is where the type of a tool's output stands that this is the value of.
	outputType int
	// path is in finder.paths.
	path, pathEnd int
	// label is for what says in short what happened: a name, an error's message. It is cut, never emptied.
	label bool
	// spect is for what is in request.spect and in its copy.
	spect bool

	chosen, emptied bool
}

type pieceKind uint8

const (
	plainText pieceKind = iota // a Go string
	jsonText                   // a JSON string, to remain one
	jsonValue                  // a JSON value of any type
	fileData                   // the data of a file part
	fileValue                  // a string that is a file, within another value
)

// leastBlob is the shortest string in a JSON value that is taken for a file.
const leastBlob = 1024

// find adds the pieces of a unit that are at least so large.
func (f *finder) find(p *contracts.CollectorTracePayload, unit int, what what, least int) {
	f.unit, f.what, f.least = unit, what, least
	if unit == sessionUnit {
		f.session(p)
	} else {
		f.span(&p.Metadata.Result.Spans[unit-1])
	}
}

func (f *finder) session(p *contracts.CollectorTracePayload) {
	f.labels(func() {
		f.plain("name", &p.Name)
		f.plain("operation.id", &p.Operation.ID)
		f.plain("operation.name", &p.Operation.Name)
	})
	f.extra("", p.Extra)
	f.extra("model", p.Model.Extra)
	f.extra("operation", p.Operation.Extra)

	m := &p.Metadata
	f.object("metadata.request", &m.Request)
	if !f.copied { // else it is cut with the original
		f.object("metadata.spect", &m.Spect)
	}
	f.object("metadata.otel", &m.OTel)
	f.extra("metadata", m.Extra)
	if r := m.Result; r != nil {
		f.extra("metadata.result", r.Extra)
		f.error("metadata.result.error", r.Error)
	}

	f.messages("prompt.messages", &p.Prompt.Messages)
	f.extra("prompt", p.Prompt.Extra)
	if p.Response.Text != nil {
		f.plain("response.text", p.Response.Text)
	}
	f.json("response.object", &p.Response.Object)
	f.extra("response", p.Response.Extra)
	f.json("attributes.request.input", &p.Attributes.RequestInput)
	f.extra("attributes", p.Attributes.Extra)
}

func (f *finder) span(r *contracts.SpanRecord) {
	f.labels(func() { f.plain("name", &r.Name) })
	f.object("metadata", &r.Metadata)
	f.messages("messages", &r.Messages)
	if r.Model != nil {
		f.extra("model", r.Model.Extra)
	}
	f.error("error", r.Error)
	if t := r.Tool; t != nil {
		f.json("tool.parameters", &t.Parameters)
		f.json("tool.result", &t.Result)
		f.extra("tool", t.Extra)
	}
	if a := r.Subagent; a != nil {
		f.json("subagent.input", &a.Input)
		f.extra("subagent", a.Extra)
	}
	f.extra("", r.Extra)
}

func (f *finder) error(path string, e *contracts.NormalizedError) {
	if e == nil {
		return
	}
	f.labels(func() { f.plain(path+".message", &e.Message) })
	f.plain(path+".stack", &e.Stack)
	f.extra(path, e.Extra)
}

// labels finds labels.
func (f *finder) labels(find func()) {
	outer := f.label
	f.label = true
	find()
	f.label = outer
}

// plain is for a Go string.
func (f *finder) plain(path string, s *string) {
	if f.inURLs(s) || f.what == findFiles || len(`""`)+6*len(*s) < f.least {
		return
	}
	size := quotedSize(*s)
	if size < f.least {
		return
	}
	f.enter(s, path)
	f.add(piece{kind: plainText, end: len(*s), size: size})
}

// json is for a place that holds any JSON value.
func (f *finder) json(path string, j *contracts.JSON) {
	if len(*j) < f.least || f.inURLs((*string)(j)) {
		return
	}
	f.enter((*string)(j), path)
	f.value(f.whole())
}

func (f *finder) extra(path string, extra contracts.Members) {
	for i := range extra {
		e := &extra[i]
		if len(e.Value) < f.least || f.inURLs((*string)(&e.Value)) {
			continue
		}
		if path == "metadata.result" && e.Name == partialKey {
			if e.Value.IsObject() {
				f.labels(func() { f.object(path+"."+partialKey, &e.Value) })
				continue
			} else if f.what == findFiles { // which would make an object of it
				continue
			}
		}
		f.enter((*string)(&e.Value), path)
		f.step(e.Name)
		f.value(f.whole())
	}
}

// object is for a place that holds an object, which must remain one.
func (f *finder) object(path string, j *contracts.JSON) {
	if len(*j) < f.least || f.inURLs((*string)(j)) {
		return
	}
	f.enter((*string)(j), path)
	f.members(f.whole())
}

// messages is for a place that holds a transcript.
func (f *finder) messages(path string, m *contracts.Messages) {
	if len(*m) < f.least || f.inURLs((*string)(m)) {
		return
	}
	f.enter((*string)(m), path)
	start, end := f.whole()
	if start == end || f.text[start] != '[' {
		f.value(start, end)
		return
	}
	f.eachElement(start, func(i, start, end int) {
		if end-start >= f.least {
			at := f.index(i)
			f.message(start, end)
			f.path = f.path[:at]
		}
	})
}

func (f *finder) message(start, end int) {
	f.each(start, end, func(name string, start, end int) {
		switch c := f.text[start]; {
		case name == "id", name == "role", name == "toolCallId":
		case name == "name" && c == '"':
			f.labels(func() { f.string(start, end) })
		case name == "content" && c == '"':
			f.string(start, end)
		case name == "content" && c == '[':
			f.eachElement(start, func(i, start, end int) {
				if end-start >= f.least {
					at := f.index(i)
					f.part(start, end)
					f.path = f.path[:at]
				}
			})
		default:
			f.value(start, end)
		}
	})
}

func (f *finder) part(start, end int) {
	kind := f.textOf(f.last(start, "type"))
	f.each(start, end, func(name string, start, end int) {
		isText := f.text[start] == '"'
		switch {
		case name == "type", name == "id", name == "toolCallId", name == "toolName":
		case name == "providerOptions":
			f.members(start, end)
		case (kind == contracts.PartText || kind == contracts.PartReasoning) && name == "text" && isText:
			f.string(start, end)
		case kind == contracts.PartFile && (name == "mediaType" || name == "filename"):
		case kind == contracts.PartFile && name == "data":
			f.fileData(start, end)
		case kind == contracts.PartToolResult && name == "output":
			f.output(start, end)
		default:
			f.value(start, end)
		}
	})
}

// output is the output of a tool. Its type must tell its value's.
func (f *finder) output(start, end int) {
	kindStart, kindEnd := f.last(start, "type")
	kind := contracts.ToolResultOutputType(f.textOf(kindStart, kindEnd))
	valueStart, _ := f.last(start, "value")
	f.each(start, end, func(name string, start, end int) {
		switch {
		case name == "type":
		case start != valueStart:
			f.value(start, end)
		case (kind == contracts.OutputText || kind == contracts.OutputErrorText) && f.text[start] == '"':
			f.string(start, end)
		case f.what == findTexts && f.text[start] != '"' && kind.Valid() && !isHashed(f.text[start:end]):
			f.add(piece{kind: jsonValue, start: start, end: end, size: end - start, outputType: kindStart})
		default:
			f.value(start, end)
		}
	})
}

// members is for an object that must remain one, at start to end.
func (f *finder) members(start, end int) {
	if start == end || f.text[start] != '{' {
		f.value(start, end)
		return
	}
	path := string(f.path)
	deeper := -1 // a member that must remain an object too, or had better
	notes := false
	switch path {
	case "metadata.request":
		deeper, _ = f.last(start, "spect")
	case "metadata.otel":
		deeper, _ = f.last(start, "resource")
	case "metadata": // of a span
		deeper, _ = f.last(start, partialKey)
		notes = true
	}
	f.each(start, end, func(_ string, start, end int) {
		switch {
		case start != deeper:
			f.value(start, end)
		case f.text[start] == '{':
			f.label, f.spect = notes, f.copied && path == "metadata.request"
			f.members(start, end)
			f.label, f.spect = false, false
		case f.what == findTexts: // a file would make an object of it
			f.value(start, end)
		}
	})
}

// value is for a JSON value of any type, at start to end.
func (f *finder) value(start, end int) {
	switch {
	case end-start < f.least:
	case f.what == findFiles:
		f.blobs(start, end)
	case f.text[start] == '"':
		f.string(start, end)
	case isHashed(f.text[start:end]):
	default:
		f.add(piece{kind: jsonValue, start: start, end: end, size: end - start})
	}
}

// string is for a JSON string that must remain one.
func (f *finder) string(start, end int) {
	if f.what == findTexts {
		f.add(piece{kind: jsonText, start: start, end: end, size: end - start})
	}
}

// blobs finds the strings in a JSON value that are files.
func (f *finder) blobs(start, end int) {
	at := len(f.path)
	f.eachString(start, end, func(w *walk, start, end int) {
		if end-start < f.least || !f.isBlob(w, f.text[start+1:end-1]) {
			return
		}
		switch w.name() {
		case "text", "message", "stack", "type", "code": // where a string is expected
			return
		}
		f.path = w.appendPath(f.path)
		f.add(piece{kind: fileValue, start: start, end: end, size: end - start})
		f.path = f.path[:at]
	})
}

func (f *finder) add(p piece) {
	if p.size < f.least {
		return
	}
	p.in, p.unit, p.label, p.spect = f.in, f.unit, f.label, f.spect
	p.path = len(f.paths)
	f.paths = append(f.paths, f.path...)
	p.pathEnd = len(f.paths)
	f.pieces = append(f.pieces, p)
}

// enter begins with another place.
func (f *finder) enter(in *string, path string) {
	f.in = in
	f.skim(*in)
	f.path = append(f.path[:0], path...)
}

// whole is where the value in hand begins and ends without white space.
func (f *finder) whole() (start, end int) {
	start = skipSpace(f.text, 0)
	return start, start + len(jsonscan.TrimSpace(f.text))
}

// each calls do for the members of an object that are large enough to matter; for
// what is no object it looks for a value.
func (f *finder) each(start, end int, do func(name string, start, end int)) {
	if f.text[start] != '{' {
		f.value(start, end)
		return
	}
	f.eachMember(start, func(quoted string, start, end int) {
		if end-start < f.least {
			return
		}
		at := len(f.path)
		name := unquoted(quoted)
		f.step(name)
		do(name, start, end)
		f.path = f.path[:at]
	})
}

// last is where the value of an object's member stands; of a repeated one the
// last counts.
func (f *finder) last(object int, name string) (start, end int) {
	start, end = -1, -1
	if f.text[object] != '{' {
		return start, end
	}
	f.eachMember(object, func(quoted string, from, to int) {
		if unquoted(quoted) == name {
			start, end = from, to
		}
	})
	return start, end
}

func (f *finder) textOf(start, end int) string {
	if start < 0 || f.text[start] != '"' {
		return ""
	}
	return unquoted(f.text[start:end])
}

func (f *finder) step(name string) { f.path = appendStep(f.path, name) }

func (f *finder) index(i int) (before int) {
	before = len(f.path)
	f.path = appendIndex(f.path, i)
	return before
}

// maxStep bounds a name in a path, and maxPath a path.
const (
	maxStep = 48
	maxPath = 96
)

func appendStep(path []byte, name string) []byte {
	if len(path) > 0 {
		path = append(path, '.')
	}
	if len(name) > maxStep {
		name = strings.ToValidUTF8(name[:maxStep], "") + ellipsis
	}
	return append(path, name...)
}

func appendIndex(path []byte, i int) []byte {
	path = append(path, '[')
	path = strconv.AppendInt(path, int64(i), 10)
	return append(path, ']')
}
