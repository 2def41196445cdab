// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unsafe"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/file"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// walker is the visitor that redacts. In JSON it goes from token to token, knows
// what each stands for, and replaces strings and numbers: everything else stays
// byte for byte.
type walker struct {
	chain   *Chain
	failure WithheldError

	src    string
	tokens jsonscan.Tokens
	frames []frame
	// base is the frame at which the value in hand begins that Place.Path is
	// within.
	base int
	role contracts.Role
	// seen is set where JSON redactors have seen the value.
	seen bool

	edits []edit
	// arena holds the texts of edits; scratch a string without its escapes.
	arena, scratch []byte
	// inner walks over what a JSONRedactor made.
	inner *walker
}

// frame is an object or an array that the walk is in.
type frame struct {
	what  what
	kind  Kind   // of what is in a frame of raw JSON
	tool  string // the tool that it is of
	part  string // the type of a part or of an output
	media string // the media type of a file part, and of its data
	array bool
	// index counts the elements of an array; name to nameEnd is the name of the
	// member in hand, quoted; expectName tells that one must come.
	index         int
	name, nameEnd int
	expectName    bool
	// said to saidEnd is the string, quoted, that may name the one in hand: of an
	// array the element before it, of an object the value of its "name".
	said, saidEnd int
}

// what is what an object or an array is to a message.
type what uint8

const (
	raw        what = iota // any JSON
	transcript             // an array of messages
	message
	content // an array of parts
	part
	output
)

// edit puts arena[from:to] in the place of what stands at start to end.
type edit struct{ start, end, from, to int }

func (w *walker) guardedPayload(p *contracts.CollectorTracePayload) {
	defer func() {
		if recover() != nil {
			w.fail("walk", "", "panicked")
			w.reset("")
			visit(blank{}, p)
		}
	}()
	visit(w, p)
}

// fail notes that something was withheld.
func (w *walker) fail(redactor string, kind Kind, how string) {
	if w.failure.Places++; w.failure.Places == 1 {
		w.failure.Redactor, w.failure.Kind, w.failure.How = redactor, kind, how
	}
}

func (w *walker) reset(text string) {
	w.src, w.tokens = text, jsonscan.MakeTokens(text, 0)
	w.frames, w.base, w.role = w.frames[:0], 0, ""
	w.edits, w.arena = w.edits[:0], w.arena[:0]
}

// What a walker keeps for the next value is bounded, in bytes, and in frames and
// edits: few values need more, and those that do not are not to pay for it.
const (
	maxKept   = 1 << 20
	maxFrames = 256
	maxEdits  = maxKept / 32
)

func (w *walker) release() {
	w.src, w.tokens = "", jsonscan.Tokens{}
	if cap(w.frames) > maxFrames {
		w.frames = nil
	}
	clear(w.frames[:cap(w.frames)])
	if cap(w.edits) > maxEdits {
		w.edits = nil
	}
	if cap(w.arena) > maxKept {
		w.arena = nil
	}
	if cap(w.scratch) > maxKept {
		w.scratch = nil
	}
}

// text implements visitor.
func (w *walker) text(kind Kind, tool, s string) (_ string, changed bool) {
	w.frames, w.base, w.role = w.frames[:0], 0, ""
	return w.offer(Place{Kind: kind, Tool: tool, walker: w}, s)
}

// json implements visitor.
func (w *walker) json(kind Kind, tool string, object bool, j *contracts.JSON) {
	if *j == "" {
		return
	}
	w.reset(string(*j))
	top := frame{kind: kind, tool: tool}
	must := mustBe(0)
	if object {
		must = '{'
	}
	text, ok := w.walk(&top, must)
	switch {
	case ok:
		if text != string(*j) {
			*j = contracts.JSON(text)
		}
	case object:
		*j = "{}"
	default:
		*j = `"` + Withheld + `"`
	}
	w.release()
}

// messages implements visitor.
func (w *walker) messages(m *contracts.Messages) {
	if *m == "" {
		return
	}
	w.reset(string(*m))
	text, ok := w.walk(&frame{what: transcript, kind: KindText}, 0)
	switch {
	case !ok:
		*m = "[]"
	case text != string(*m):
		*m = contracts.Messages(text)
	}
	w.release()
}

// walk walks over the text in hand and returns it edited. The frame is that of
// the value. It reports false where the text is not JSON: that is withheld.
func (w *walker) walk(top *frame, must mustBe) (string, bool) {
	token := w.tokens.Next()
	if !w.value(token, *top, must) {
		w.fail("walk", top.kind, "met what is not JSON")
		return "", false
	}
	for len(w.frames) > 0 {
		token = w.tokens.Next()
		f := &w.frames[len(w.frames)-1]
		ok := true
		switch token.Kind {
		case 0, jsonscan.TokenFault:
			ok = false
		case '}', ']':
			ok = f.array == (token.Kind == ']')
			w.frames = w.frames[:len(w.frames)-1]
		case ',':
			f.index++
			f.expectName = !f.array
		case ':':
		default:
			if !f.expectName {
				next, must := w.member(f, token)
				if f.what == raw && token.Kind != '"' && f.array {
					f.said, f.saidEnd = 0, 0
				}
				ok = w.value(token, next, must)
				if f.what == raw && token.Kind == '"' && (f.array || isNameName(w.spelled(f))) {
					f.said, f.saidEnd = token.Start, token.End
				}
				break
			}
			f.name, f.nameEnd, f.expectName = token.Start, token.End, false
			if ok = token.Kind == '"'; ok && (f.what == raw || !isMember(f.what, w.name(f))) {
				w.string(token, f.kind, f.tool, true)
			}
		}
		if !ok {
			w.fail("walk", top.kind, "met what is not JSON")
			return "", false
		}
	}
	if w.tokens.Next().Kind != 0 {
		w.fail("walk", top.kind, "met what is not JSON")
		return "", false
	}
	return w.edited(), true
}

// mustBe is what a value must remain: an object, an array, or anything (0).
type mustBe byte

// skipped is the kind of what is not shown to redactors.
const skipped Kind = "-"

// value is for the value that token begins; next is what it is.
func (w *walker) value(token jsonscan.Token, next frame, must mustBe) bool {
	isContainer := token.Kind == '{' || token.Kind == '['
	if next.kind == skipped {
		w.tokens.Skip(token)
		return true
	}
	if next.what == raw && (len(w.frames) == 0 || w.frames[len(w.frames)-1].what != raw) {
		// A value begins that is somebody's own.
		w.base = len(w.frames)
		if !w.seen && len(w.chain.whole) > 0 && isJSON(next.kind) && w.whole(token, &next, must) {
			return true
		}
	}
	switch {
	case isContainer:
		next.array, next.expectName = token.Kind == '[', token.Kind == '{'
		w.frames = append(w.frames, next)
		return true
	case token.Kind == '"':
		if !w.textFile(token, next) {
			w.string(token, next.kind, next.tool, false)
		}
		return true
	case token.Kind == '0':
		w.edit(token, w.place(next.kind, next.tool, false), w.src[token.Start:token.End])
		return true
	}
	return token.Kind == 't' || token.Kind == 'f' || token.Kind == 'n'
}

// member is what the value in hand of a frame is.
func (w *walker) member(f *frame, token jsonscan.Token) (next frame, must mustBe) {
	switch f.what {
	case raw:
		return frame{kind: f.kind, tool: f.tool}, 0
	case transcript:
		if token.Kind == '{' {
			w.role = contracts.Role(w.lookup(token.Start, "role"))
			return frame{what: message, kind: KindText}, 0
		}
	case message:
		switch name := w.name(f); name {
		case "role":
			return frame{kind: unless(contracts.Role(w.textOf(token)).Valid(), KindLabel)}, 0
		case "content":
			if token.Kind == '[' {
				return frame{what: content, kind: KindText}, 0
			}
			return frame{kind: KindText}, 0
		case "id", "toolCallId":
			return frame{kind: KindID}, 0
		case "name":
			return frame{kind: KindName}, 0
		default:
			return frame{kind: KindMetadata}, 0
		}
	case content:
		if token.Kind == '{' {
			next = frame{what: part, kind: KindText, part: w.lookup(token.Start, "type")}
			switch next.part {
			case contracts.PartToolCall, contracts.PartToolResult:
				next.tool = w.lookup(token.Start, "toolName")
			case contracts.PartFile:
				next.media = w.lookup(token.Start, "mediaType")
			}
			return next, 0
		}
	case part:
		return w.partMember(f, token)
	case output:
		if w.name(f) == "type" {
			return frame{kind: unless(contracts.ToolResultOutputType(w.textOf(token)).Valid(), KindLabel)}, 0
		}
		if f.part == string(contracts.OutputContent) && token.Kind == '[' {
			must = '['
		}
		return frame{kind: KindToolResult, tool: f.tool}, must
	}
	return frame{kind: KindText}, 0
}

func (w *walker) partMember(f *frame, token jsonscan.Token) (next frame, must mustBe) {
	switch name := w.name(f); name {
	case "type":
		return frame{kind: unless(isPartType(w.textOf(token)), KindLabel)}, 0
	case "text":
		if f.part == contracts.PartReasoning {
			return frame{kind: KindReasoning}, 0
		}
		return frame{kind: KindText}, 0
	case "toolCallId":
		return frame{kind: KindID, tool: f.tool}, 0
	case "toolName":
		return frame{kind: KindName, tool: f.tool}, 0
	case "input":
		return frame{kind: KindToolParameters, tool: f.tool}, 0
	case "output":
		if f.part == contracts.PartToolResult && token.Kind == '{' {
			return frame{what: output, kind: KindToolResult, tool: f.tool, part: w.lookup(token.Start, "type")}, 0
		}
		return frame{kind: KindToolResult, tool: f.tool}, 0
	case "filename":
		return frame{kind: KindFileName}, 0
	case "mediaType":
		return frame{kind: KindLabel}, 0
	case "data":
		if f.part == contracts.PartFile {
			return frame{kind: KindFileData, media: f.media}, 0
		}
	case "providerOptions":
		if token.Kind == '{' {
			must = '{'
		}
		return frame{kind: KindMetadata, tool: f.tool}, must
	}
	if isPartType(f.part) {
		return frame{kind: KindMetadata, tool: f.tool}, 0
	}
	return frame{kind: KindText}, 0 // a part that is not known
}

func unless(known bool, kind Kind) Kind {
	if known {
		return skipped
	}
	return kind
}

func isPartType(t string) bool {
	switch t {
	case contracts.PartText, contracts.PartReasoning, contracts.PartFile, contracts.PartToolCall, contracts.PartToolResult:
		return true
	}
	return false
}

// lookup is the text of a member of the object at i, where it is a string. The
// text must live longer than the walk over the object.
func (w *walker) lookup(i int, name string) string {
	for n, v := range jsonscan.ValidMembers(w.src[i:]) {
		if n == name {
			text, _ := jsonscan.ValidText(v)
			return text
		}
	}
	return ""
}

// textOf is the text of a string; empty for what is none.
func (w *walker) textOf(token jsonscan.Token) string {
	if token.Kind != '"' {
		return ""
	}
	text, _ := jsonscan.ValidText(w.src[token.Start:token.End])
	return text
}

// name is the name of a frame's member in hand.
func (w *walker) name(f *frame) string {
	if f.nameEnd <= f.name {
		return ""
	}
	name, _ := jsonscan.ValidText(w.src[f.name:f.nameEnd])
	return name
}

// spelled is the name of a frame's member in hand as it is spelled, without its
// quotes.
func (w *walker) spelled(f *frame) string {
	if f.nameEnd < f.name+2 {
		return ""
	}
	return w.src[f.name+1 : f.nameEnd-1]
}

// isMember reports whether a name is the contract's.
func isMember(in what, name string) bool {
	switch in {
	case message:
		switch name {
		case "id", "role", "content", "name", "toolCallId":
			return true
		}
	case part:
		switch name {
		case "type", "text", "toolCallId", "toolName", "input", "output", "filename", "mediaType", "data", "providerOptions":
			return true
		}
	case output:
		return name == "type" || name == "value"
	}
	return false
}

func (w *walker) place(kind Kind, tool string, isName bool) Place {
	return Place{Kind: kind, Role: w.role, Tool: tool, IsName: isName, walker: w}
}

// string offers a JSON string.
func (w *walker) string(token jsonscan.Token, kind Kind, tool string, isName bool) {
	quoted := w.src[token.Start:token.End]
	body := quoted[1 : len(quoted)-1]
	if body == "" || isFile(kind, body) {
		return
	}
	if strings.IndexByte(body, '\\') >= 0 {
		w.scratch = jsonscan.AppendText(w.scratch[:0], quoted)
		body = unsafe.String(unsafe.SliceData(w.scratch), len(w.scratch))
	}
	p := w.place(kind, tool, isName)
	if kind == KindMetadata && !isName && isTraceID(body) {
		if name := p.Member(); name == "traceId" || name == "spanId" {
			return
		}
	}
	w.edit(token, p, body)
}

// isFile reports whether a string is a file in base64, which no redactor sees.
func isFile(kind Kind, body string) bool {
	const leastFile, leastData = 1024, 24
	return (len(body) >= leastFile || kind == KindFileData && len(body) >= leastData) && file.IsOpaque(body)
}

// textFile offers the text that a string is in base64, and reports whether the string
// is such a file: its media type says so.
func (w *walker) textFile(token jsonscan.Token, next frame) bool {
	body := w.src[token.Start+1 : token.End-1]
	const scheme = len("data:")
	if next.media == "" && (len(body) < scheme || body[scheme-1] != ':') {
		return false
	}
	head, data, media, ok := file.Base64(body)
	if media == "" {
		media = next.media
	}
	if !ok || !isTextType(media) {
		return false
	}
	text, ok := file.DecodeText(data)
	if !ok {
		return false
	}
	if text, changed := w.offer(w.place(next.kind, next.tool, false), text); changed {
		from := len(w.arena)
		w.arena = append(append(w.arena, '"'), head...)
		w.arena = append(base64.StdEncoding.AppendEncode(w.arena, []byte(text)), '"')
		w.edits = append(w.edits, edit{token.Start, token.End, from, len(w.arena)})
	}
	return true
}

// isTextType reports whether files of a media type are text.
func isTextType(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	if strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml") {
		return true
	}
	switch media {
	case "application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml", "application/sql", "application/javascript",
		"application/csv", "application/x-sh", "application/x-ndjson", "application/jsonl":
		return true
	}
	return false
}

// isTraceID reports whether a text is an id of OpenTelemetry's.
func isTraceID(s string) bool {
	if len(s) != 16 && len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// edit offers the text of a string or a number.
func (w *walker) edit(token jsonscan.Token, p Place, text string) {
	text, changed := w.offer(p, text)
	if !changed {
		return
	}
	from := len(w.arena)
	w.arena = jsonscan.AppendString(w.arena, text)
	w.edits = append(w.edits, edit{token.Start, token.End, from, len(w.arena)})
}

// offer has the redactors work on a text, one after the other.
func (w *walker) offer(p Place, text string) (_ string, changed bool) {
	if text == "" {
		return text, false
	}
	was := text
	for i := range w.chain.redactors {
		out, ok := w.call(i, p, text)
		if !ok {
			return Withheld, true
		}
		text = out
	}
	if text == was {
		return text, false
	}
	return w.chain.settle(p, text), true
}

// settle has the detectors find what is to be found where something else was.
func (c *Chain) settle(p Place, text string) string {
	const rounds = 4
	for range rounds {
		was := text
		for _, d := range c.detectors {
			text, _ = d.Redact(p, text) // it does not fail
		}
		if text == was {
			break
		}
	}
	return text
}

func (w *walker) call(i int, p Place, text string) (out string, ok bool) {
	r := w.chain.redactors[i]
	defer func() {
		if recover() != nil {
			w.fail(fmt.Sprintf("%T", r), p.Kind, "panicked")
			out, ok = "", false
		}
	}()
	out, err := r.Redact(p, text)
	if err != nil {
		w.fail(fmt.Sprintf("%T", r), p.Kind, "failed")
		return "", false
	}
	return out, true
}

// whole has the redactors of JSON values work on the one that token begins, and
// reports whether they changed it: then all is done with it.
func (w *walker) whole(token jsonscan.Token, next *frame, must mustBe) bool {
	ahead := w.tokens
	end := ahead.Skip(token)
	was := contracts.JSON(w.src[token.Start:end])
	if token.Kind == '"' && isFile(next.kind, string(was[1:len(was)-1])) {
		return false
	}
	j, ok := was, true
	for i := range w.chain.whole {
		if j, ok = w.callWhole(i, w.place(next.kind, next.tool, false), j); !ok {
			break
		}
	}
	if ok && j == was {
		return false
	}
	if ok {
		j, ok = w.walkInner(next, j)
	}
	if !ok {
		j = `"` + Withheld + `"`
	}
	switch {
	case must == '{' && !j.IsObject():
		j = `{"value":` + j + `}`
	case must == '[' && !j.IsArray():
		text, _ := j.Text()
		j = `[{"type":"text","text":` + contracts.QuoteJSON(text) + `}]`
	}
	from := len(w.arena)
	w.arena = append(w.arena, j...)
	w.edits = append(w.edits, edit{token.Start, end, from, len(w.arena)})
	w.tokens = ahead
	return true
}

// walkInner has the texts redacted in what JSON redactors made of a value.
func (w *walker) walkInner(next *frame, j contracts.JSON) (contracts.JSON, bool) {
	if w.inner == nil {
		w.inner = &walker{chain: w.chain, seen: true}
	}
	in := w.inner
	in.failure = WithheldError{}
	in.reset(string(j))
	in.role = w.role
	text, ok := in.walk(next, 0)
	in.release()
	if n := in.failure.Places; n > 0 {
		if w.failure.Places == 0 {
			w.failure = in.failure
		} else {
			w.failure.Places += n
		}
	}
	return contracts.JSON(text), ok
}

// isJSON reports whether JSON redactors see what is of a kind.
func isJSON(kind Kind) bool {
	switch kind {
	case KindToolParameters, KindToolResult, KindInput, KindObject, KindMetadata:
		return true
	}
	return false
}

func (w *walker) callWhole(i int, p Place, j contracts.JSON) (out contracts.JSON, ok bool) {
	r := w.chain.whole[i]
	defer func() {
		if recover() != nil {
			w.fail(fmt.Sprintf("%T", r), p.Kind, "panicked")
			out, ok = "", false
		}
	}()
	out, err := r.RedactJSON(p, j)
	switch {
	case err != nil:
		w.fail(fmt.Sprintf("%T", r), p.Kind, "failed")
		return "", false
	case out != j && !out.Valid():
		w.fail(fmt.Sprintf("%T", r), p.Kind, "returned what is not JSON")
		return "", false
	}
	return out, true
}

// edited returns the text in hand with the edits made.
func (w *walker) edited() string {
	if len(w.edits) == 0 {
		return w.src
	}
	n := len(w.src)
	for _, e := range w.edits {
		n += e.to - e.from - (e.end - e.start)
	}
	var b strings.Builder
	b.Grow(n)
	at := 0
	for _, e := range w.edits {
		b.WriteString(w.src[at:e.start])
		b.Write(w.arena[e.from:e.to])
		at = e.end
	}
	b.WriteString(w.src[at:])
	return b.String()
}
