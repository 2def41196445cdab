// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/file"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file cuts the pieces that were chosen.

// edit puts text in the place of what stands at start to end.
type edit struct {
	start, end int
	text       string
}

// change is what became of a piece.
type change struct {
	piece *piece
	how   how
	// of is what the piece was, cut how much of that is gone, in bytes.
	of, cut int
}

type how uint8

const (
	howCut    how = iota
	howToText     // a JSON value that became a string
	howHashed     // a file
)

// times is how often the piece stands in the payload.
func (p *piece) times() int {
	if p.spect {
		return 2
	}
	return 1
}

// apply cuts the pieces that were chosen, which are in order of their units.
func (s *shrinker) apply(pieces []piece, to int) {
	pieces = slices.DeleteFunc(pieces, func(p piece) bool { return !p.chosen })
	units := 0
	for i := range pieces {
		if i == 0 || pieces[i].unit != pieces[i-1].unit {
			units++
		}
	}
	notes := min(maxNotes, s.notes/max(units, 1))
	for len(pieces) > 0 {
		n := 1
		for n < len(pieces) && pieces[n].unit == pieces[0].unit {
			n++
		}
		s.applyUnit(pieces[:n], to, notes)
		pieces = pieces[n:]
	}
}

// applyUnit cuts the pieces of one unit that were chosen, and makes so many notes.
func (s *shrinker) applyUnit(pieces []piece, to, notes int) {
	changes := s.changes[:0]
	for len(pieces) > 0 {
		n := 1
		for n < len(pieces) && pieces[n].in == pieces[0].in {
			n++
		}
		changes = s.applyPlace(changes, pieces[:n], to)
		pieces = pieces[n:]
	}
	if s.changes = changes; len(changes) == 0 {
		return
	}
	u := changes[0].piece.unit
	// The largest are worth a note; notes are in the order of the payload.
	noted := make([]bool, len(changes))
	if notes < len(changes) {
		bySize := make([]int, len(changes))
		for i := range bySize {
			bySize[i] = i
		}
		slices.SortStableFunc(bySize, func(a, b int) int { return cmp.Compare(changes[b].cut, changes[a].cut) })
		for _, i := range bySize[:notes] {
			noted[i] = true
		}
	}
	for i, c := range changes {
		if notes >= len(changes) || noted[i] {
			s.note(u, string(s.paths[c.piece.path:c.piece.pathEnd]), c.why(), c.cut)
		} else {
			s.count(u, 1, c.cut)
		}
	}
}

// applyPlace cuts the pieces of one place.
func (s *shrinker) applyPlace(changes []change, pieces []piece, to int) []change {
	in := pieces[0].in
	old := *in
	s.edits = s.edits[:0]
	s.arena.Reset()
	spect := false
	for i := range pieces {
		p := &pieces[i]
		if !p.chosen {
			continue
		}
		if p.emptied {
			changes = append(changes, s.cut(p, old, 0))
		} else {
			changes = append(changes, s.cut(p, old, to))
		}
		spect = spect || p.spect
	}
	if len(s.edits) == 0 {
		return changes
	}
	if pieces[0].kind == plainText {
		*in = strings.Clone(s.edits[0].text)
		s.size += quotedSize(*in) - pieces[0].size
		return changes
	}
	*in = edited(old, s.edits)
	s.size += len(*in) - len(old)
	if spect {
		m := &s.p.Metadata
		s.size -= len(m.Spect)
		m.Spect = m.Request.Member("spect")
		s.size += len(m.Spect)
	}
	return changes
}

// edited makes the edits in a text.
func edited(text string, edits []edit) string {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	n := len(text)
	for _, e := range edits {
		n += len(e.text) - (e.end - e.start)
	}
	var b strings.Builder
	b.Grow(n)
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// cut cuts one piece to at most so many bytes on the wire.
func (s *shrinker) cut(p *piece, in string, to int) change {
	c := change{piece: p, of: p.end - p.start}
	e := edit{start: p.start, end: p.end}
	text := in[p.start:p.end]
	switch p.kind {
	case plainText:
		e.text = s.arena.Text(func(dst []byte) []byte {
			dst, c.cut = appendCut(dst, text, to)
			return dst
		})
	case jsonText:
		e.text = s.arena.Text(func(dst []byte) []byte {
			dst, c.of, c.cut = appendCutQuoted(dst, text, to)
			return dst
		})
	case jsonValue:
		var ok bool
		if e.text, c.cut, ok = cutStrings(text, to); ok {
			break
		}
		c.how = howToText
		var whole []byte
		whole, c.cut = appendCut(nil, text, to)
		e.text = s.arena.Text(func(dst []byte) []byte { return jsonscan.AppendString(dst, string(whole)) })
		if p.outputType > 0 {
			s.edits = append(s.edits, textType(in, p.outputType))
		}
	case fileData, fileValue:
		c.how = howHashed
		e.text, c.of = file.Hashed(text, p.kind == fileValue)
		c.cut = c.of
	}
	s.edits = append(s.edits, e)
	return c
}

// textType makes the type of a tool's output, at start, that of a text.
func textType(in string, start int) edit {
	end := skipString(in, start)
	t := contracts.OutputText
	switch contracts.ToolResultOutputType(unquoted(in[start:end])) {
	case contracts.OutputErrorJSON, contracts.OutputErrorText:
		t = contracts.OutputErrorText
	}
	return edit{start, end, `"` + string(t) + `"`}
}

const ellipsis = "…"

// appendMark appends what stands for n bytes that were cut.
func appendMark(dst []byte, n int) []byte {
	dst = append(dst, ellipsis+"["...)
	dst = grouped(dst, n)
	return append(dst, " bytes cut]"+ellipsis...)
}

// grouped appends n with commas between the thousands.
func grouped(dst []byte, n int) []byte {
	if n < 1000 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	dst = append(grouped(dst, n/1000), ',')
	n %= 1000
	return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
}

// leastText is the least room in which a text keeps its start and end.
const leastText = 16

// room is how much of a text of n bytes can stay when it is cut to so many bytes
// with its quotes: of its start and of its end.
func room(n, to int) (head, tail int) {
	var buf [markSize]byte
	left := to - len(`""`) - len(appendMark(buf[:0], n))
	if left < leastText {
		return 0, 0
	}
	return left - left/4, left / 4
}

// appendCut appends a text cut to at most so many bytes as a JSON string, and
// tells how many bytes are gone.
func appendCut(dst []byte, text string, to int) (_ []byte, cut int) {
	head, tail := room(len(text), to)
	start, end := 0, len(text)
	for start < len(text) {
		r, n := utf8.DecodeRuneInString(text[start:])
		if head -= quotedRune(r, n); head < 0 {
			break
		}
		start += n
	}
	for end > start {
		r, n := utf8.DecodeLastRuneInString(text[:end])
		if tail -= quotedRune(r, n); tail < 0 {
			break
		}
		end -= n
	}
	dst = slices.Grow(dst, start+markSize+len(text)-end)
	dst = append(dst, text[:start]...)
	dst = appendMark(dst, end-start)
	return append(dst, text[end:]...), end - start
}

// quotedRune is what r, of n bytes, takes in a JSON string.
func quotedRune(r rune, n int) int {
	switch {
	case r == '"', r == '\\', r == '\b', r == '\f', r == '\n', r == '\r', r == '\t':
		return 2
	case r < ' ':
		return 6
	case r == utf8.RuneError && n == 1:
		return len("\uFFFD")
	}
	return n
}

// quotedSize is the length of a text as a JSON string.
func quotedSize(text string) int {
	n := len(`""`)
	if !utf8.ValidString(text) {
		for text != "" {
			r, size := utf8.DecodeRuneInString(text)
			n += quotedRune(r, size)
			text = text[size:]
		}
		return n
	}
	n += len(text)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			n += quotedRune(rune(c), 1) - 1
		}
	}
	return n
}

// appendCutQuoted appends a JSON string cut to at most so many bytes. It tells
// how many bytes the text had, and how many of them are gone.
func appendCutQuoted(dst []byte, quoted string, to int) (_ []byte, of, cut int) {
	body := quoted[1 : len(quoted)-1]
	head, tail := room(len(body), to)
	start, _ := between(body, min(head, len(body)))
	_, end := between(body, max(len(body)-tail, start))
	cut = textSize(body[start:end])
	of = textSize(body[:start]) + cut + textSize(body[end:])
	dst = slices.Grow(dst, start+markSize+len(quoted)-end)
	dst = append(dst, '"')
	dst = append(dst, body[:start]...)
	dst = appendMark(dst, cut)
	dst = append(dst, body[end:]...)
	return append(dst, '"'), of, cut
}

// between is where the character that position i splits begins and ends, in
// the inner text of a JSON string; both are i where it splits none.
func between(body string, i int) (before, after int) {
	before, after = i, i
	for before > 0 && before < len(body) && !utf8.RuneStart(body[before]) {
		before--
	}
	if before < i {
		for after < len(body) && !utf8.RuneStart(body[after]) {
			after++
		}
		return before, after
	}
	// An escape has up to 12 bytes. The first of backslashes in a row begins one.
	window := max(0, i-11)
	n := strings.IndexByte(body[window:i], '\\')
	if n < 0 {
		return i, i
	}
	at := window + n
	for at > 0 && body[at-1] == '\\' {
		at--
	}
	for at < i {
		size := 1
		if body[at] == '\\' {
			_, size = escapeSize(body[at:])
		}
		if at+size > i {
			return at, at + size
		}
		at += size
	}
	return i, i
}

// escapeSize reads the escape at the start of s: how many bytes of text it stands
// for, and its own length.
func escapeSize(s string) (text, size int) {
	if len(s) < 6 || s[1] != 'u' {
		return 1, min(2, len(s))
	}
	r := unhex(s[2:6])
	if !utf16.IsSurrogate(r) {
		return utf8.RuneLen(r), 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' && utf16.DecodeRune(r, unhex(s[8:12])) != utf8.RuneError {
		return 4, 12
	}
	return len("\uFFFD"), 6 // it has no partner
}

func unhex(s string) rune {
	r, _ := strconv.ParseUint(s, 16, 16)
	return rune(r)
}

// textSize is how many bytes of text the inner text of a JSON string stands for.
func textSize(body string) (n int) {
	for {
		i := strings.IndexByte(body, '\\')
		if i < 0 {
			return n + len(body)
		}
		text, size := escapeSize(body[i:])
		n += i + text
		body = body[i+size:]
	}
}

// cutStrings cuts the longest strings in a JSON value so that it has at most so
// many bytes and remains what it is; ok is false where that would leave less
// than start and end of them.
func cutStrings(value string, to int) (_ string, cut int, ok bool) {
	if to < 2*leastCut { // no room for more than one of them
		return "", 0, false
	}
	var longest []edit
	skim := skimmer{text: value}
	skim.eachString(0, len(value), func(_ *walk, start, end int) {
		if end-start > leastCut {
			longest = append(longest, edit{start: start, end: end})
		}
	})
	size := func(e edit) int { return e.end - e.start }
	slices.SortFunc(longest, func(a, b edit) int { return cmp.Compare(size(b), size(a)) })
	each, ok := waterLevel(longest, len(value)-to, size, func(edit) int { return 0 })
	if !ok || each < leastCut {
		return "", 0, false
	}
	for i := range longest {
		e := &longest[i]
		if size(*e) <= each {
			longest = longest[:i]
			break
		}
		b, _, gone := appendCutQuoted(nil, value[e.start:e.end], each)
		e.text = string(b)
		cut += gone
	}
	return edited(value, longest), cut, true
}

// isHashed reports whether a value looks like what stands for a file.
func isHashed(value string) bool {
	return len(value) <= fileSize && value[0] == '{' && strings.Contains(value, `"sha256":"`)
}
