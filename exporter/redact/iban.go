// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// IBANs finds international bank account numbers: those of a country's length
// whose check digits are right, written without spaces or in groups of four. The
// marker is [REDACTED:iban].
func IBANs() Redactor {
	i := ibans{
		runs:    runs{class(func(c byte) bool { return isDigit(c) || isUpper(c) || c == ' ' }), leastIBAN},
		lengths: make(map[string]int),
	}
	for country := range strings.FieldsSeq(countries) {
		n := 0
		for _, c := range country[2:] {
			n = n*10 + int(c-'0')
		}
		i.lengths[country[:2]] = n
	}
	return &detector{finds: []find{i.find}, canonical: func(s string) string { return strings.ReplaceAll(s, " ", "") }}
}

const leastIBAN, mostIBAN = 15, 34

// countries are those that have IBANs, and how long theirs are (ISO 13616).
const countries = `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
	FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21
	LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24
	SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`

type ibans struct {
	runs    runs
	lengths map[string]int
}

func (f ibans) find(_ Place, text string, found []match) []match {
	for at := 0; ; {
		start, end, ok := f.runs.next(text, at)
		if !ok {
			return found
		}
		for i := start; i+leastIBAN <= end; i++ {
			if !isUpper(text[i]) || !isUpper(text[i+1]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) || !beginsWord(text, i) {
				continue
			}
			if n := f.at(text[i:end]); n > 0 && (i+n == len(text) || !isWord(text[i+n])) {
				found = append(found, match{i, i + n, "iban"})
				i += n - 1
			}
		}
		at = end
	}
}

// at is the length of the IBAN at the start of a text; 0 if there is none.
func (f ibans) at(text string) int {
	want, known := f.lengths[text[:2]]
	if !known {
		return 0
	}
	var iban [mostIBAN]byte
	n, i := 0, 0
	grouped := len(text) > 4 && text[4] == ' '
	for ; n < want; i++ {
		if i == len(text) {
			return 0
		}
		if text[i] == ' ' {
			if !grouped || i%5 != 4 {
				return 0
			}
			continue
		}
		iban[n] = text[i]
		n++
	}
	// The value of digits, and letters as 10 to 35, from the fifth on, then the
	// first four.
	rest := 0
	for k := range want {
		c := iban[(k+4)%want]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	if rest != 1 {
		return 0
	}
	return i
}
