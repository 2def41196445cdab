// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// Phones finds telephone numbers: international ones that begin with + and a
// country code, and national ones in the forms of North America (415-555-0132,
// (415) 555-0132), of France (01 23 45 67 89) and of countries that write a
// leading 0 (020 7946 0958). Digits that could as well be something else are one
// where a word such as "phone" stands before them, or names their JSON member. The
// marker is [REDACTED:phone].
func Phones() Redactor {
	p := phones{runs{class(func(c byte) bool { return isDigit(c) || isPhoneMark(c) }), leastPhone}}
	return &detector{finds: []find{p.find}, canonical: digits}
}

const (
	leastPhone = 7
	mostPhone  = 15 // digits
)

func isPhoneMark(c byte) bool {
	switch c {
	case ' ', '-', '.', '(', ')', '/', '+':
		return true
	}
	return false
}

type phones struct{ runs runs }

func (f phones) find(p Place, text string, found []match) []match {
	for at := 0; ; {
		start, end, ok := f.runs.next(text, at)
		if !ok {
			return found
		}
		for i := start; i < end; i++ {
			if !isDigit(text[i]) {
				continue
			}
			if m, ok := phoneAt(p, text, i, start, end); ok {
				found = append(found, m)
				i, start = m.end, m.end
			}
			for i < end && isDigit(text[i]) {
				i++
			}
		}
		at = end
	}
}

// phoneAt reads the telephone number whose digits begin at i, in a run from start to
// end.
func phoneAt(p Place, text string, i, start, end int) (match, bool) {
	n := numberAt(text, i, end)
	if n.n == 0 { // more digits than a number has
		return match{}, false
	}
	if begin, stop := n.phone(text, start); stop > 0 {
		return match{begin, stop, "phone"}, true
	}
	if n.count < leastPhone || n.count > mostPhone || n.continues(text) {
		return match{}, false
	}
	if called, _ := p.label(); !isPhoneName(called) && !n.isAnnounced(text) {
		return match{}, false
	}
	return match{n.begin(text, start), n.end, "phone"}, true
}

// number is groups of digits that stand together.
type number struct {
	start, end int
	groups     [8]digitGroup
	n          int // of groups
	count      int // of digits
}

// digitGroup is digits in a row: where they are, and what stands before them.
type digitGroup struct {
	start, end int
	separator  string
}

func (g digitGroup) len() int { return g.end - g.start }

// numberAt reads the groups that begin at i, up to end, eight at most.
func numberAt(text string, i, end int) (n number) {
	n.start = i
	for n.n < len(n.groups) {
		begin := i
		for i < end && isDigit(text[i]) {
			i++
		}
		g := digitGroup{start: begin, end: i}
		if n.n > 0 {
			g.separator = text[n.end:begin]
		}
		if n.count+g.len() > mostPhone+1 {
			break
		}
		n.groups[n.n] = g
		n.n++
		n.count += g.len()
		n.end = i
		for i < end && !isDigit(text[i]) {
			i++
		}
		if i == end || !isJoin(text[n.end:i]) {
			break
		}
	}
	return n
}

// isJoin reports whether digits on both sides of a separator are of one number.
func isJoin(separator string) bool {
	switch separator {
	case " ", "-", ".", "/", ") ", ")", " (", "(", ")-", " - ":
		return true
	}
	return false
}

// phone is where the telephone number begins and ends that n is, or begins with.
func (n *number) phone(text string, low int) (begin, end int) {
	if n.start > 0 && text[n.start-1] == '+' {
		begin = n.start - 1
		if begin > 0 && (isWord(text[begin-1]) && !beginsWord(text, begin) || text[begin-1] == '+') {
			return 0, 0
		}
		return begin, n.international(text)
	}
	if !beginsWord(text, n.start) || n.start > 1 && strings.IndexByte("-./:#$", text[n.start-1]) >= 0 {
		return 0, 0
	}
	begin = n.begin(text, low)
	switch {
	case n.isAmerican(text, 0):
		end = n.groups[2].end
	case n.groups[0].len() == 1 && text[n.start] == '1' && n.isAmerican(text, 1):
		end = n.groups[3].end
	case n.start > 1 && text[n.start-1] == ' ' && isDigit(text[n.start-2]): // the end of something
	case n.isFrench(text), n.isDialed(text), n.isNational(text):
		end = n.end
	}
	if end == 0 || end < len(text) && (isWord(text[end]) || end+1 < len(text) && strings.IndexByte("-./:", text[end]) >= 0 && isDigit(text[end+1])) {
		return 0, 0
	}
	return begin, end
}

// begin is where n begins with its parenthesis.
func (n *number) begin(text string, low int) int {
	if n.start > low && text[n.start-1] == '(' && strings.Contains(text[n.start:n.end], ")") {
		return n.start - 1
	}
	return n.start
}

// international is where the number ends that stands behind a +; 0 if it is none.
func (n *number) international(text string) (end int) {
	count := 0
	for i := range n.n {
		g := &n.groups[i]
		if i > 1 && g.len() == 1 {
			break
		}
		if count += g.len(); count > mostPhone {
			break
		}
		least := 9
		if i == 0 {
			least = 10
		}
		if count >= least {
			end = g.end
		}
		if text[n.start] == '1' && count >= 11 {
			break
		}
	}
	if end == 0 || text[n.start] == '0' || end < len(text) && isWord(text[end]) {
		return 0
	}
	if text[n.start] == '1' {
		all := digits(text[n.start:end])
		if len(all) != 11 || all[1] < '2' || all[4] < '2' {
			return 0
		}
	}
	return end
}

// isAmerican reports whether the groups from the given one on are area, exchange
// and line.
func (n *number) isAmerican(text string, first int) bool {
	if n.n < first+3 {
		return false
	}
	area, exchange, line := n.groups[first], n.groups[first+1], n.groups[first+2]
	if area.len() != 3 || exchange.len() != 3 || line.len() != 4 || text[area.start] < '2' || text[exchange.start] < '2' {
		return false
	}
	if first == 0 && n.n > 3 && n.groups[3].separator == line.separator { // longer than a number
		return false
	}
	switch line.separator {
	case "-", ".":
	case " ":
		// Three numbers in a row may be anything.
		if first == 0 && exchange.separator == " " {
			return false
		}
	default:
		return false
	}
	switch exchange.separator {
	case line.separator, ") ", ")", ")-":
	default:
		return false
	}
	return true
}

// isFrench reports whether the groups are five pairs.
func (n *number) isFrench(text string) bool {
	if n.n != 5 || text[n.start] != '0' || text[n.start+1] == '0' || strings.HasPrefix(text[n.start:], "01 02 03") { // bytes
		return false
	}
	for i := range n.n {
		g := &n.groups[i]
		if g.len() != 2 || i > 0 && (g.separator != n.groups[1].separator || strings.IndexByte(" .-", g.separator[0]) < 0) {
			return false
		}
	}
	return true
}

// isDialed reports whether the groups are a number with its country as it is
// dialed: 00, country code, number.
func (n *number) isDialed(text string) bool {
	first := n.groups[0].len()
	return (first == 4 || first == 5) && text[n.start:n.start+2] == "00" && text[n.start+2] != '0' && n.n > 1 && n.groups[1].separator == " " &&
		n.count >= 11 && n.count <= mostPhone
}

// isNational reports whether the groups are an area code with its 0 and a number.
func (n *number) isNational(text string) bool {
	area := n.groups[0].len()
	if text[n.start] != '0' || area < 3 || area > 5 || text[n.start+1] == '0' || n.n < 2 || n.n > 3 || n.count < 10 || n.count > 11 {
		return false
	}
	for _, g := range n.groups[1:n.n] {
		if g.len() < 3 {
			return false
		}
		switch g.separator {
		case " ", "-", "/", ") ":
		default:
			return false
		}
	}
	return true
}

// continues reports whether n is part of something longer.
func (n *number) continues(text string) bool {
	return !beginsWord(text, n.start) || n.end < len(text) && isWord(text[n.end])
}

// isAnnounced reports whether a word before n says that it is a telephone number.
func (n *number) isAnnounced(text string) bool {
	const farthest, leastDigits, mostDigits = 24, 9, 13
	if n.count < leastDigits || n.count > mostDigits || n.n > 5 {
		return false
	}
	before := text[max(0, n.start-farthest):n.start]
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i:]
	}
	// Nothing but marks between the word and the number.
	word := len(before)
	for word > 0 && !isLetter(before[word-1]) {
		if isDigit(before[word-1]) {
			return false
		}
		word--
	}
	before = before[:word]
	for i := range phoneWords {
		if hasSuffixFold(before, phoneWords[i]) && !(len(before) > len(phoneWords[i]) && isLetter(before[len(before)-len(phoneWords[i])-1])) {
			return true
		}
	}
	return false
}

var phoneWords = [...]string{
	"tel", "phone", "telephone", "mobile", "cell", "fax", "call me at", "call me on", "call us at", "call us on", "dial", "whatsapp", "sms",
	"phone number", "phone number is", "tel no", "telefon", "handy", "mobil", "téléphone", "portable", "teléfono", "móvil",
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// isPhoneName reports whether a member's name says that its value is a telephone
// number.
func isPhoneName(name string) bool {
	for _, word := range [...]string{"phone", "phonenumber", "phone_number", "mobile", "mobilenumber", "mobile_number", "tel", "telephone", "fax", "cell", "msisdn", "whatsapp"} {
		if hasSuffixFold(name, word) {
			return true
		}
	}
	return false
}
