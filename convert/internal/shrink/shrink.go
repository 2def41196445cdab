// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/memory"
)

// Payload is [convert.Shrink].
//
// [convert.Shrink]: https://pkg.go.dev/github.com/spect-tools/spect-go/convert#Shrink
func Payload(p *contracts.CollectorTracePayload, limit, encoded int) (cut int) {
	if encoded <= 0 {
		if sizeBound(p) <= limit {
			return 0
		}
		encoded = len(p.AppendJSON(nil))
	}
	if encoded <= limit {
		return 0
	}
	s := newShrinker(p, limit, encoded)
	s.run()
	return encoded - s.size
}

// The lengths that shrinking goes by, in bytes of JSON.
const (
	// leastCut is the least that a text is cut to while it keeps start and end.
	leastCut = 128
	// leastEmptied is the shortest that is replaced by the mark alone, which
	// takes markSize at most.
	leastEmptied = 48
	markSize     = 34
	// fileSize is the most that stands for a file.
	fileSize = 184

	// maxNotes is how many notes a span has, and noteSize the most that one takes.
	maxNotes = 20
	noteSize = 184
	// notesSize is the most that a span's notes take beside themselves.
	notesSize = 120
	// notesShare is the part of the limit, one in so many, that all notes may take.
	notesShare = 8
)

// rounds are the two rounds of cutting: the least size of a file and of a text or
// value that they look at, and the least that they cut to. The first does for nearly all
// payloads, and in it there are few parts to look at.
var rounds = [...]struct{ file, part, to int }{
	{file: 1024, part: 1024, to: 1024},
	{file: 512, part: 192, to: leastCut},
}

// shrinker shrinks one payload. What it looks at are units: the session, which
// is the first, and each of its spans.
type shrinker struct {
	p     *contracts.CollectorTracePayload
	limit int
	// size is the size of p, and owed the most that the notes still to be
	// written will add.
	size, owed int
	units      []unit
	// notes is how many more may be made.
	notes int

	finder
	edits   []edit
	changes []change
	// arena holds the texts of edits, buf what was encoded to be measured.
	arena memory.Arena
	buf   []byte
}

// unit is what is known of the session or a span.
type unit struct {
	notes []note
	// more and moreBytes are what was cut without a note, owed is the most that
	// all of this will take.
	more, moreBytes, owed int
	// emptied tells that the texts and values shrink to the mark.
	emptied bool
}

const sessionUnit = 0

func newShrinker(p *contracts.CollectorTracePayload, limit, encoded int) *shrinker {
	s := &shrinker{p: p, limit: limit, size: encoded, notes: max(0, limit) / notesShare / noteSize}
	s.units = make([]unit, 1+len(s.spans()))
	if p.Response.Text != nil {
		text := *p.Response.Text
		p.Response.Text = &text
	}
	m := &p.Metadata
	if spect := m.Request.Member("spect"); spect.IsObject() && m.Spect != "" {
		if s.copied = sameJSON(m.Spect, spect); s.copied {
			s.size += len(spect) - len(m.Spect)
			m.Spect = spect
		}
	}
	return s
}

func sameJSON(a, b contracts.JSON) bool {
	if a == b {
		return true
	}
	tree := func(j contracts.JSON) (v any, err error) {
		d := json.NewDecoder(strings.NewReader(string(j)))
		d.UseNumber()
		err = d.Decode(&v)
		return v, err
	}
	x, errX := tree(a)
	y, errY := tree(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func (s *shrinker) spans() []contracts.SpanRecord {
	if s.p.Metadata.Result == nil {
		return nil
	}
	return s.p.Metadata.Result.Spans
}

func (s *shrinker) fits() bool { return s.size+s.owed <= s.limit }

func (s *shrinker) run() {
	for _, round := range rounds {
		if s.cutFiles(round.file) || s.cutLongest(round.part, round.to) {
			for u := range s.units {
				s.writeNotes(u)
			}
			return
		}
	}
	s.cutMost()
	for u := range s.units[1:] {
		s.writeNotes(u + 1)
	}
	s.leaveOutSpans()
	s.writeNotes(sessionUnit)
}

// findAll finds the pieces of all units, findIn those of one.
func (s *shrinker) findAll(what what, least int) {
	s.pieces, s.paths = s.pieces[:0], s.paths[:0]
	for u := range s.units {
		s.find(s.p, u, what, least)
	}
}

func (s *shrinker) findIn(u int, what what, least int) {
	s.pieces, s.paths = s.pieces[:0], s.paths[:0]
	s.find(s.p, u, what, least)
}

// cutFiles replaces the largest files of at least the given size, as many as
// must be, and reports whether that was enough.
func (s *shrinker) cutFiles(least int) bool {
	s.findAll(findFiles, least)
	bySize := make([]*piece, len(s.pieces))
	for i := range s.pieces {
		bySize[i] = &s.pieces[i]
	}
	slices.SortStableFunc(bySize, func(a, b *piece) int { return cmp.Compare(b.size, a.size) })

	price := s.price()
	excess := s.size + s.owed - s.limit
	for _, p := range bySize {
		if excess <= 0 {
			break
		}
		p.chosen = true
		excess -= p.times()*(p.size-fileSize) - price(p)
	}
	s.apply(s.pieces, 0)
	return s.fits()
}

// cutLongest cuts the longest of those texts and values that have at least the
// given size, none below leastTo, and reports whether that was enough. If it would
// not be, it cuts nothing.
func (s *shrinker) cutLongest(least, leastTo int) bool {
	s.findAll(findTexts, least)
	parts := make([]*piece, 0, len(s.pieces))
	for i := range s.pieces {
		for range s.pieces[i].times() {
			parts = append(parts, &s.pieces[i])
		}
	}
	slices.SortFunc(parts, func(a, b *piece) int { return cmp.Compare(b.size, a.size) })
	to, ok := waterLevel(parts, s.size+s.owed-s.limit, func(p *piece) int { return p.size }, s.price())
	if !ok || to < leastTo {
		return false
	}
	for i := range s.pieces {
		s.pieces[i].chosen = s.pieces[i].size > to
	}
	s.apply(s.pieces, to)
	return true
}

// waterLevel finds the greatest length with which cutting all longer parts to it
// saves need bytes, and what cutting costs: parts are from the longest to the
// shortest, price is called for one after the other.
func waterLevel[T any](parts []T, need int, size, price func(T) int) (to int, ok bool) {
	left := -need
	for i, p := range parts {
		left += size(p) - price(p)
		next := 0
		if i+1 < len(parts) {
			next = size(parts[i+1])
		}
		if to = left / (i + 1); left >= 0 && to >= next {
			return to, true
		}
	}
	return 0, false
}

// price tells for one piece after the other the most that its note will take.
func (s *shrinker) price() func(*piece) int {
	notes := s.notes
	noted := make([]int, len(s.units))
	return func(p *piece) int {
		price := 0
		if u := &s.units[p.unit]; u.owed == 0 && noted[p.unit] == 0 {
			price = notesSize
		}
		if noted[p.unit]++; noted[p.unit] <= maxNotes && notes > 0 {
			notes--
			price += noteSize
		}
		return price
	}
}

// cutMost cuts all texts and values to the least, those in the middle to
// nothing, as many as must be.
func (s *shrinker) cutMost() {
	notes := min(maxNotes, s.notes/len(s.units))
	excess := s.size + s.owed - s.limit
	savings := make([]saving, len(s.units))
	for u := range s.units {
		savings[u] = s.saving(u, notes)
		excess -= savings[u].cut
	}
	empty := func(u int) {
		if more := savings[u].emptied - savings[u].cut; more > 0 {
			s.units[u].emptied = true
			excess -= more
		}
	}
	middle, ends := fromTheMiddle(len(s.spans()))
	for _, i := range middle {
		if excess <= 0 {
			break
		}
		empty(i + 1)
	}
	if excess > 0 { // spans will be left out, with a note on it
		excess += notesSize + noteSize
	}
	for _, i := range middle {
		if excess <= 0 {
			break
		}
		s.buf = s.spans()[i].AppendJSON(s.buf[:0])
		excess -= len(s.buf) - max(savings[i+1].emptied, savings[i+1].cut)
	}
	if excess > 0 { // leaving those out will not do
		for _, i := range ends {
			empty(i + 1)
		}
		empty(sessionUnit)
	}
	for u := range s.units {
		emptied := s.units[u].emptied
		if !emptied && savings[u].cut == 0 {
			continue
		}
		s.findIn(u, findTexts, leastEmptied)
		for i := range s.pieces {
			p := &s.pieces[i]
			p.emptied = emptied && !p.label
			p.chosen = p.emptied || p.size > leastCut
		}
		if emptied {
			s.dropNotes(u)
			s.applyUnit(s.pieces, leastCut, 0)
		} else {
			s.applyUnit(s.pieces, leastCut, savings[u].notes)
		}
	}
}

// saving is what cutting a unit's texts and values to the least saves, with so
// many notes, and what emptying them saves.
type saving struct{ cut, notes, emptied int }

func (s *shrinker) saving(u, notes int) (out saving) {
	const worthNoting = 4 * noteSize
	s.findIn(u, findTexts, leastEmptied)
	all := 0
	for i := range s.pieces {
		p := &s.pieces[i]
		all += p.size
		shorter := p.times() * max(0, p.size-leastCut)
		out.cut += shorter
		if shorter >= worthNoting && out.notes < notes {
			out.notes++
			out.cut -= noteSize
		}
		if !p.label {
			shorter = p.times() * (p.size - markSize)
		}
		out.emptied += shorter
	}
	un := &s.units[u]
	if un.owed == 0 {
		out.cut -= notesSize
	}
	out.cut = max(0, out.cut)
	out.emptied += un.owed - s.countSize(u, len(s.pieces), all)
	return out
}

// fromTheMiddle puts the spans in the order in which they give way.
func fromTheMiddle(n int) (middle, ends []int) {
	for lo, hi := (n-1)/2, (n-1)/2+1; lo > 0 || hi < n-1; lo, hi = lo-1, hi+1 {
		if lo > 0 {
			middle = append(middle, lo)
		}
		if hi < n-1 {
			middle = append(middle, hi)
		}
	}
	if n > 0 {
		ends = append(ends, 0)
	}
	if n > 1 {
		ends = append(ends, n-1)
	}
	return middle, ends
}

// leaveOutSpans leaves out spans until the payload fits. One round does, unless
// the ids of ancestors are longer than those of parents.
func (s *shrinker) leaveOutSpans() {
	if s.fits() || len(s.spans()) == 0 {
		return
	}
	r := s.p.Metadata.Result
	all, size := len(r.Spans), s.size
	room := s.limit - s.owed - notesSize - noteSize // the last two are for the note on this
	for s.size > room && len(r.Spans) > 0 {
		sizes := make([]int, len(r.Spans))
		rest := s.size
		for i := range r.Spans {
			s.buf = r.Spans[i].AppendJSON(s.buf[:0])
			sizes[i] = len(s.buf) + len(",")
			rest -= sizes[i]
		}
		excess := s.size - room
		out := make([]bool, len(r.Spans))
		for i, size := range sizes {
			if rest+size > room { // would not fit if it were alone
				out[i] = true
				excess -= size
			}
		}
		middle, ends := fromTheMiddle(len(r.Spans))
		for _, i := range append(middle, ends...) {
			if excess <= 0 {
				break
			}
			if !out[i] {
				out[i] = true
				excess -= sizes[i]
			}
		}
		r.Spans = without(r.Spans, out)
		s.buf = s.p.AppendJSON(s.buf[:0])
		s.size = len(s.buf)
	}
	why := grouped(nil, all-len(r.Spans))
	why = append(why, " of "...)
	why = grouped(why, all)
	why = append(why, " left out: "...)
	why = grouped(why, size-s.size)
	s.note(sessionUnit, "metadata.result.spans", string(append(why, " bytes"...)), 0)
}

// without returns the spans that are not out. Those below one that is out move
// up.
func without(spans []contracts.SpanRecord, out []bool) []contracts.SpanRecord {
	at := make(map[string]int, len(spans))
	for i := range spans {
		at[spans[i].ID] = i
	}
	delete(at, "") // no id is no parent's

	above := make(map[int]string) // what is above those that are out
	var line []int
	for i := range spans {
		if out[i] {
			continue
		}
		id := spans[i].ParentID
		line = line[:0]
		for {
			parent, known := at[id]
			if !known || !out[parent] {
				break
			}
			if top, ok := above[parent]; ok {
				id = top
				break
			}
			if line = append(line, parent); len(line) > len(spans) { // its own ancestor
				id = ""
				break
			}
			id = spans[parent].ParentID
		}
		for _, i := range line {
			above[i] = id
		}
		spans[i].ParentID = id
	}
	i := 0
	return slices.DeleteFunc(spans, func(contracts.SpanRecord) bool {
		i++
		return out[i-1]
	})
}

// sizeBound is the size of p's JSON or more, from the lengths of its values.
func sizeBound(p *contracts.CollectorTracePayload) int {
	// Names of members and numbers, of the payload and of a span.
	const payload, span = 1536, 768
	n := payload + extraBound(p.Extra, p.Model.Extra, p.Operation.Extra, p.Metadata.Extra, p.Prompt.Extra, p.Response.Extra, p.Attributes.Extra) +
		textBound(p.ID, p.TraceID, p.SpanID, p.ParentID, p.Name, p.OrganizationID, p.Model.ID, p.Model.Provider, p.Operation.ID, p.Operation.Name, p.FunctionID,
			p.Prompt.Format, p.Response.Model, p.Response.ID, p.Response.Timestamp, p.Attributes.Provider, p.Attributes.ConversationID) +
		textBound(p.Response.FinishReasons...) +
		len(p.Metadata.Request) + len(p.Metadata.Spect) + len(p.Metadata.OTel) + len(p.Prompt.Messages) + len(p.Response.Object) + len(p.Response.Usage) +
		len(p.Attributes.RequestInput)
	if p.Response.Text != nil {
		n += textBound(*p.Response.Text)
	}
	r := p.Metadata.Result
	if r == nil {
		return n
	}
	n += extraBound(r.Extra) + errorBound(r.Error)
	for i := range r.Spans {
		r := &r.Spans[i]
		n += span + extraBound(r.Extra) + errorBound(r.Error) + len(r.Metadata) + len(r.Messages) +
			textBound(r.ID, r.TraceID, r.ParentID, r.Name, string(r.Kind), string(r.Status))
		if m := r.Model; m != nil {
			n += extraBound(m.Extra) + textBound(m.ModelID, m.Provider)
		}
		if t := r.Tool; t != nil {
			n += extraBound(t.Extra) + textBound(t.ToolCallID, t.ToolName) + len(t.Parameters) + len(t.Result)
		}
		if a := r.Subagent; a != nil {
			n += extraBound(a.Extra) + textBound(a.ToolCallID, a.SubagentType, a.Source) + len(a.Input)
		}
	}
	return n
}

// textBound is for strings that will be quoted: a byte takes at most six.
func textBound(texts ...string) (n int) {
	for _, t := range texts {
		n += len(`"",`) + 6*len(t)
	}
	return n
}

func extraBound(extras ...contracts.Members) (n int) {
	for _, extra := range extras {
		for i := range extra {
			n += textBound(extra[i].Name) + len("null,") + len(extra[i].Value)
		}
	}
	return n
}

func errorBound(e *contracts.NormalizedError) int {
	if e == nil {
		return 0
	}
	return extraBound(e.Extra) + textBound(e.Message, e.Type, e.Code, e.Stack)
}
