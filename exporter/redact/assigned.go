// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// This file finds secrets by what their names say.

// secrecy is what a name says of its value.
type secrecy uint8

const (
	notSecret  secrecy = iota
	maybe              // a token or a key, where it looks like one
	password           // a password
	authorized         // an Authorization header: a scheme, and credentials
	cookie             // cookies
	signed             // a signature, in a URL's query
)

// secretNames are the ends of names, in lower case without marks between words.
var secretNames = [...]struct {
	end  string
	says secrecy
}{
	{"password", password},
	{"passwd", password},
	{"passphrase", password},
	{"passwort", password},
	{"pwd", password},
	{"secret", maybe},
	{"token", maybe},
	{"apikey", maybe},
	{"accesskey", maybe},
	{"secretkey", maybe},
	{"privatekey", maybe},
	{"accountkey", maybe},
	{"authkey", maybe},
	{"sharedkey", maybe},
	{"sharedaccesskey", maybe},
	{"signingkey", maybe},
	{"encryptionkey", maybe},
	{"masterkey", maybe},
	{"subscriptionkey", maybe},
	{"licensekey", maybe},
	{"servicekey", maybe},
	{"storagekey", maybe},
	{"credential", maybe},
	{"credentials", maybe},
	{"authorization", authorized},
	{"cookie", cookie},
	{"sig", signed},
	{"xamzsignature", signed},
}

// harmlessTokens are tokens that open nothing, by how their names end.
var harmlessTokens = [...]string{
	"pagetoken", "nexttoken", "continuationtoken", "continuetoken", "synctoken", "cursortoken", "eostoken", "bostoken", "padtoken", "unktoken",
	"masktoken", "septoken", "clstoken", "stoptoken", "cancellationtoken", "maxtoken", "pertoken", "firsttoken", "lasttoken",
}

const (
	longestName  = 48
	longestValue = 1024 // without quotes the half
)

// sayOf is what a name says of its value.
func sayOf(name string) secrecy {
	if len(name) < 3 || !isSecretEnd(name[len(name)-3:]) {
		return notSecret
	}
	var buf [longestName]byte
	b := buf[:0]
	for i := max(0, len(name)-longestName); i < len(name); i++ {
		switch c := name[i]; {
		case isUpper(c):
			b = append(b, c|0x20)
		case isLower(c), isDigit(c):
			b = append(b, c)
		}
	}
	says := notSecret
	longest := 0
	for i := range secretNames {
		n := &secretNames[i]
		if len(n.end) > longest && hasSuffix(b, n.end) {
			says, longest = n.says, len(n.end)
		}
	}
	if says == signed && longest != len(b) {
		return notSecret
	}
	if says == maybe {
		for _, end := range harmlessTokens {
			if hasSuffix(b, end) {
				return notSecret
			}
		}
	}
	return says
}

// isSecretEnd reports whether one of the secretNames ends so, which few names do.
func isSecretEnd(end string) bool {
	switch uint32(end[0]|0x20)<<16 | uint32(end[1]|0x20)<<8 | uint32(end[2]|0x20) {
	case 'o'<<16 | 'r'<<8 | 'd', 's'<<16 | 'w'<<8 | 'd', 'p'<<16 | 'w'<<8 | 'd', 'a'<<16 | 's'<<8 | 'e', 'o'<<16 | 'r'<<8 | 't',
		'r'<<16 | 'e'<<8 | 't', 'k'<<16 | 'e'<<8 | 'n', 'k'<<16 | 'e'<<8 | 'y', 'i'<<16 | 'a'<<8 | 'l', 'a'<<16 | 'l'<<8 | 's',
		'i'<<16 | 'o'<<8 | 'n', 'k'<<16 | 'i'<<8 | 'e', 's'<<16 | 'i'<<8 | 'g', 'u'<<16 | 'r'<<8 | 'e':
		return true
	}
	return false
}

func hasSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && string(b[len(b)-len(suffix):]) == suffix
}

// findMember finds the value of a JSON member whose name says that it is a secret,
// and those of a list of them.
func findMember(p Place, text string, found []match) []match {
	if p.IsName || p.walker == nil {
		return found
	}
	called, by := p.walker.label()
	before := p.walker.before()
	if !maySay(called) && !maySay(before) || isMarked(text) || isPlaceholder(text) {
		return found
	}
	name, secret := "", false
	switch sayOf(unquoted(called)) {
	case notSecret:
		return findBeside(p, unquoted(before), text, found)
	case password: // of which a list is what is wrong with one, as often as not
		name, secret = "password", by == byMember || isPassword(text, true)
	case maybe:
		name, secret = "secret", isKey(text)
	case authorized:
		name, secret = "authorization", len(text) >= 8
	case cookie:
		name, secret = "cookie", isCookie(text)
	}
	if secret {
		found = append(found, match{0, len(text), name})
	}
	return found
}

// findAssigned finds values behind a name and a colon or an equals sign, and the
// passwords of URLs.
func findAssigned(_ Place, text string, found []match) []match {
	if len(text) < len("://:a@") {
		return found
	}
	colon, equals := index(text, 0, ':'), index(text, 0, '=')
	low := 0
	for {
		i := min(colon, equals)
		if i == len(text) {
			return found
		}
		if i == colon {
			colon = index(text, i+1, ':')
		} else {
			equals = index(text, i+1, '=')
		}
		if i < low {
			continue
		}
		m, ok := match{}, false
		if strings.HasPrefix(text[i:], "://") {
			m, ok = urlPassword(text, i+len("://"))
		} else {
			m, ok = assigned(text, i, low)
		}
		if ok {
			found = append(found, m)
			low = m.end
		}
	}
}

// index is the index of c in text from i on, or the length of the text.
func index(text string, i int, c byte) int {
	if n := strings.IndexByte(text[i:], c); n >= 0 {
		return i + n
	}
	return len(text)
}

// findSaid finds passwords that somebody says, as in "my password is".
func findSaid(_ Place, text string, found []match) []match {
	const word = "assword"
	if len(text) < len("assword to 12345a") {
		return found
	}
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return found
		}
		at += i + len(word)
		for _, verb := range [...]string{" is ", " is: ", " was ", " to "} {
			if strings.HasPrefix(text[at:], verb) {
				// A word would be of the sentence: there is a digit in it.
				if v, quoted := assignedValue(text, at+len(verb)-1, false); v.end > v.start {
					value := text[v.start:v.end]
					if v.name = "password"; isPassword(value, quoted) && strings.ContainsAny(value, "0123456789") && !strings.HasPrefix(value, markerStart) {
						found = append(found, v)
						at = v.end
					}
				}
				break
			}
		}
	}
}

// urlPassword finds the password in what follows a scheme.
func urlPassword(text string, start int) (match, bool) {
	const longest = 512
	colon, at := -1, -1
	for i := start; i < len(text) && i-start < longest; i++ {
		switch c := text[i]; {
		case c == ':' && colon < 0:
			colon = i
		case c == '@':
			at = i
		case c <= ' ', strings.IndexByte("/?#\"'`<>()\\", c) >= 0:
			i = len(text)
		}
	}
	if colon < 0 || at <= colon+1 {
		return match{}, false
	}
	if value := text[colon+1 : at]; isMarked(value) || isPlaceholder(value) {
		return match{}, false
	}
	return match{colon + 1, at, "url-password"}, true
}

// assigned finds the value that the sign at i assigns to a name which says that it
// is a secret.
func assigned(text string, i, low int) (match, bool) {
	end := i
	for end > low && i-end < 8 && strings.IndexByte(" \t\"'`\\]", text[end-1]) >= 0 {
		end--
	}
	start := end
	for start > low && end-start < longestName && isToken(text[start-1]) {
		start--
	}
	name := text[afterEscape(text, start, end):end]
	says := sayOf(name)
	if says == notSecret && isValueName(name) {
		says = sayOf(nameBefore(text, low, start))
	}
	inQuery := start > 0 && (text[start-1] == '?' || text[start-1] == '&')
	if says == notSecret || says == signed && !inQuery {
		return match{}, false
	}
	v, quoted := assignedValue(text, i, inQuery)
	return judge(says, text, v, quoted)
}

// judge says what is secret of a value, and whether anything is. A name says what
// it is.
func judge(says secrecy, text string, v match, quoted bool) (match, bool) {
	value := text[v.start:v.end]
	if value == "" || isMarked(value) || strings.HasPrefix(value, markerStart) || isPlaceholder(value) {
		return match{}, false
	}
	switch says {
	case notSecret:
		return match{}, false
	case password:
		v.name = "password"
		return v, isPassword(value, quoted)
	case authorized:
		if scheme, rest, ok := strings.Cut(value, " "); ok && quoted {
			v.start += len(scheme) + 1
			value = rest
		} else if !quoted && v.end < len(text) && text[v.end] == ' ' {
			// A scheme, then the credentials.
			begin := v.end + 1
			stop := begin
			for stop < len(text) && strings.IndexByte(" \t\r\n\"'`,;\\<>", text[stop]) < 0 {
				stop++
			}
			v.start, v.end, value = begin, stop, text[begin:stop]
		}
		v.name = "authorization"
		return v, len(value) >= 8 && !isMarked(value) && !isPlaceholder(value) && isKey(value) && (quoted || !isCode(value))
	case cookie:
		v.name = "cookie"
		if quoted {
			return v, isCookie(value)
		}
		// The rest of the line is cookies, if there are some where it begins.
		if !isCookie(untilLineEnd(text[v.start:min(len(text), v.start+longestValue)])) {
			return match{}, false
		}
		v.end = v.start + len(untilLineEnd(text[v.start:]))
		return v, true
	case signed:
		v.name = "signature"
		return v, len(value) >= 32
	}
	v.name = "secret"
	return v, isKey(value) && (quoted || !isCode(value))
}

// untilLineEnd is what of a text is before the end of its line, or of what quotes it.
func untilLineEnd(text string) string {
	if i := strings.IndexAny(text, "\r\n\"'`\\"); i >= 0 {
		return text[:i]
	}
	return text
}

// assignedValue is the value behind the sign at i, in a URL's query perhaps.
func assignedValue(text string, i int, inQuery bool) (v match, quoted bool) {
	i++
	for i < len(text) && (text[i] == '=' || text[i] == '>') {
		i++ // := and => and ==
	}
	if i < len(text) && text[i] == ':' {
		return match{}, false
	}
	for n := 0; i < len(text) && n < 8 && (text[i] == ' ' || text[i] == '\t'); n++ {
		i++
	}
	if i+1 < len(text) && text[i] == '[' && (text[i+1] == '"' || text[i+1] == '\\') {
		i++ // the first of a list
	}
	slash := i
	for i < len(text) && text[i] == '\\' {
		i++
	}
	limit := min(len(text), i+longestValue)
	if i < len(text) && (text[i] == '"' || text[i] == '\'' || text[i] == '`') {
		quote := text[i]
		i++
		end := i
		for end < limit && text[end] != quote && text[end] != '\n' {
			end++
		}
		for end > i && end < limit && text[end] == quote && slash < i-1 && text[end-1] == '\\' {
			end-- // the quotes themselves are escaped
		}
		return match{start: i, end: end}, true
	}
	i = slash
	end := i
	for limit = min(limit, i+longestValue/2); end < limit && !endsValue[text[end]] && !(inQuery && text[end] == '&'); {
		end++
	}
	for end > i && strings.IndexByte(".:!?", text[end-1]) >= 0 && end < len(text) && text[end] <= ' ' && text[end-1] != '!' {
		end-- // of a sentence
	}
	return match{start: i, end: end}, false
}

// endsValue are the bytes that a value without quotes ends at.
var endsValue = class(func(c byte) bool { return c <= ' ' || strings.IndexByte("\"'`,;<>)}]|\\", c) >= 0 })

// isPlaceholder reports whether a value stands for one that is filled in.
func isPlaceholder(s string) bool {
	last := s[len(s)-1]
	switch s[0] {
	case '$':
		return len(s) == 1 || s[1] == '{' || s[1] == '(' || onlyToken.count(s[1:]) == len(s)-1
	case '{':
		return last == '}' || !strings.Contains(s, "}")
	case '<':
		return true
	case '%':
		return len(s) < 3 || s[1] == '(' || last == '%'
	case '*':
		return len(s) > 1 && s[1] == '*'
	}
	for i := range len(s) {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}

// isCookie reports whether a value is cookies with something in them.
func isCookie(s string) bool {
	i := strings.IndexByte(s, '=')
	return i > 0 && len(s)-i > 8 && isRandom(s[i:])
}

// isPassword reports whether a value may be a password: what people choose, so not
// much is asked of it, but that it is no word of a sentence and no code.
func isPassword(s string, quoted bool) bool {
	const least, leastWord = 6, 16
	if len(s) < least || strings.ContainsAny(s, " \t") || isPath(s) {
		return false
	}
	marks, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case isLower(c):
			letters++
		case isDigit(c), c >= '!' && c != '.' && c != '_' && c != '-' && c < 0x7F:
			marks++
		}
	}
	if !quoted && isCode(s) {
		return false
	}
	return marks > 0 || quoted && letters >= leastWord && letters == len(s)
}

// isKey reports whether a value may be a key or a token: it looks random.
func isKey(s string) bool {
	const least = 12
	return len(s) >= least && !strings.ContainsAny(s, " \t\n") && !isPath(s) && isRandom(s)
}

// isPath reports whether a value is a path or a URL.
func isPath(s string) bool {
	return s[0] == '/' && strings.Count(s, "/") > 1 || s[0] == '~' || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") ||
		strings.Contains(s, "://") || len(s) > 2 && s[1] == ':' && s[2] == '\\'
}

// isCode reports whether a value without quotes is an expression: a call, an
// index, a selector.
func isCode(s string) bool {
	if strings.ContainsAny(s, "([{") {
		return true
	}
	dots := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			dots++
		case !isWord(c):
			return false
		}
	}
	return dots > 0 && isLetter(s[0]) && !isRandom(s)
}
