// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

// Cards finds the numbers of payment cards, also in JSON numbers: those whose
// first digits and length are an issuer's and whose check digit is right, written
// without spaces or in the groups that are printed on cards. The marker is
// [REDACTED:card].
func Cards() Redactor {
	c := cards{runs{class(func(c byte) bool { return isDigit(c) || c == ' ' || c == '-' }), leastCard}}
	return &detector{finds: []find{c.find}, canonical: digits}
}

const leastCard, mostCard = 13, 19

type cards struct{ runs runs }

func (c cards) find(_ Place, text string, found []match) []match {
	for at := 0; ; {
		start, end, ok := c.runs.next(text, at)
		if !ok {
			return found
		}
		for i := start; i < end; i++ {
			if !isDigit(text[i]) {
				continue
			}
			if n := cardAt(text, i, end); n > 0 {
				found = append(found, match{i, i + n, "card"})
				i += n
			}
			for i < end && isDigit(text[i]) {
				i++
			}
		}
		at = end
	}
}

// cardAt is the length of the card number that begins at i, where the first digit
// of a group is; 0 if there is none.
func cardAt(text string, i, end int) int {
	if i > 0 && (!beginsWord(text, i) || i > 1 && (text[i-1] == '.' || text[i-1] == '-' || text[i-1] == ',') && isWord(text[i-2])) {
		return 0
	}
	var groups [6]int
	var all [mostCard]byte
	n, g, j := 0, 0, i
	separator := byte(0)
	for {
		begin := j
		for ; j < end && isDigit(text[j]) && n < mostCard; j++ {
			all[n] = text[j]
			n++
		}
		if j < end && isDigit(text[j]) {
			return 0 // more digits than a card has
		}
		groups[g] = j - begin
		g++
		if isCard(all[:n], groups[:g]) && !goesOn(text, j) {
			return j - i
		}
		if g == len(groups) || j+1 >= end || isDigit(text[j]) || !isDigit(text[j+1]) || separator != 0 && text[j] != separator {
			return 0
		}
		separator = text[j]
		j++
	}
}

// goesOn reports whether what ends at i is part of something longer.
func goesOn(text string, i int) bool {
	if i == len(text) {
		return false
	}
	c := text[i]
	if isWord(c) {
		return true
	}
	return i+1 < len(text) && (c == '-' && isWord(text[i+1]) || c == '.' && isDigit(text[i+1]))
}

// isCard reports whether digits are a card's, in groups that it may have.
func isCard(number []byte, groups []int) bool {
	if len(number) < leastCard || !isIssued(number) || !luhn(number) {
		return false
	}
	switch len(groups) {
	case 1:
		return len(number) < mostCard || number[0] == '6' // 19 digits are more often something else
	case 3:
		return groups[0] == 4 && groups[1] == 6
	case 4:
		return groups[0] == 4 && groups[1] == 4 && groups[2] == 4
	case 5:
		return groups[0] == 4 && groups[1] == 4 && groups[2] == 4 && groups[3] == 4
	}
	return false
}

// isIssued reports whether a number's first digits and length are an issuer's.
func isIssued(number []byte) bool {
	prefix := 0
	for _, c := range number[:4] {
		prefix = prefix*10 + int(c-'0')
	}
	in := func(from, to int) bool { return from <= prefix && prefix <= to }
	switch n := len(number); {
	case in(4000, 4999): // Visa
		return n == 13 || n == 16 || n == 19
	case in(5100, 5599), in(2221, 2720): // Mastercard
		return n == 16
	case in(3400, 3499), in(3700, 3799): // American Express
		return n == 15
	case in(6011, 6011), in(6440, 6599): // Discover
		return n == 16 || n == 19
	case in(3528, 3589): // JCB
		return n == 16
	case in(3000, 3059), in(3600, 3699), in(3800, 3999): // Diners Club
		return n == 14 || n == 16
	case in(6200, 6299): // UnionPay
		return n >= 16
	case in(5018, 5018), in(5020, 5020), in(5038, 5038), in(5893, 5893), in(6304, 6304), in(6759, 6763): // Maestro
		return n >= 16
	}
	return false
}

// luhn checks the check digit.
func luhn(number []byte) bool {
	sum := 0
	for i, c := range number {
		d := int(c - '0')
		if (len(number)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
