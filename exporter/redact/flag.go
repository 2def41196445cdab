// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// This file finds secrets on command lines.

// flag reads a flag whose name says that it has a secret, and what is secret of its
// value; or curl's, with a user and a password. dash is where it begins, start where
// its name does. What stands behind an equals sign is left: it is assigned.
func flag(text string, dash, start int) (match, bool) {
	if !isLetter(text[start]) || !beginsFlag(text, dash) {
		return match{}, false
	}
	end := start + 1
	for end < len(text) && end-start < longestName && isToken(text[end]) {
		end++
	}
	name := text[start:end]
	if isUserFlag(name) {
		v, _ := flagValue(text, end)
		return userPassword(text, dash, v)
	}
	says := sayOf(name)
	if says == notSecret {
		return match{}, false
	}
	v, quoted := flagValue(text, end)
	return ofFlag(says, text, v, quoted)
}

// findBeside finds the value of a flag in a list of arguments, and that of a header
// in a list of its name and its value: name is the element before.
func findBeside(p Place, name, text string, found []match) []match {
	says := sayOf(name)
	if says == notSecret || onlyToken.count(name) < len(name) {
		return found
	}
	m, ok := match{end: len(text)}, false
	switch {
	case name[0] == '-':
		m, ok = ofFlag(says, text, m, true)
	case says == password && onlyToken.count(text) == len(text): // a list of names
	case p.walker.endsPair():
		m, ok = judge(says, text, m, true)
	}
	if ok {
		found = append(found, m)
	}
	return found
}

// beginsFlag reports whether a flag may begin at i: nothing but a space, a quote or
// the like is before it.
func beginsFlag(text string, i int) bool {
	return i == 0 || text[i-1] <= ' ' || strings.IndexByte("\"'`([", text[i-1]) >= 0 || afterEscape(text, i-1, i) == i
}

// flagValue is the value of the flag whose name ends at i: behind a space, or the
// next of a list of strings.
func flagValue(text string, i int) (v match, quoted bool) {
	if i+1 < len(text) && text[i] == ' ' && text[i+1] > ' ' {
		return assignedValue(text, i, false)
	}
	const most = 64 // of space
	from := i
	for i < len(text) && text[i] == '\\' {
		i++
	}
	if i == len(text) || text[i] != '"' && text[i] != '\'' {
		return match{}, false
	}
	for i++; i < len(text) && text[i] == ' '; {
		i++
	}
	if i == len(text) || text[i] != ',' {
		return match{}, false
	}
	for i+1 < len(text) && text[i+1] <= ' ' && i-from < most {
		i++
	}
	if v, quoted = assignedValue(text, i, false); !quoted {
		return match{}, false
	}
	return v, true
}

// ofFlag says what is secret of the value of a flag, whose name says what it is.
// More is asked of it than of others: it may be the next word of a sentence, or the
// name of a secret that is kept elsewhere.
func ofFlag(says secrecy, text string, v match, quoted bool) (match, bool) {
	value := text[v.start:v.end]
	if value == "" || value[0] == '-' {
		return match{}, false
	}
	switch says {
	case password:
		if !quoted && !strings.ContainsAny(value, "0123456789") {
			return match{}, false
		}
	case maybe:
		if !hasRandomWord(value) || isFileName(value) || strings.Contains(strings.TrimRight(value, "="), "=") {
			return match{}, false
		}
	case authorized, cookie:
	default:
		return match{}, false
	}
	return judge(says, text, v, quoted)
}

// hasRandomWord reports whether one of the words of a value, between marks, looks
// random by itself: those of a name do not.
func hasRandomWord(s string) bool {
	const least = 8
	for s != "" {
		n := onlyPlain.count(s)
		if n >= least && isRandom(s[:n]) {
			return true
		}
		s = s[min(len(s), n+1):]
	}
	return false
}

// isFileName reports whether a value ends as the names of files do.
func isFileName(s string) bool {
	const longest = 5
	ext := s[strings.LastIndexByte(s, '.')+1:]
	return len(ext) < len(s) && len(ext) <= longest && onlyPlain.count(ext) == len(ext)
}

// isUserFlag reports whether a flag of curl's is followed by a user's name and
// password.
func isUserFlag(name string) bool {
	return name == "u" || name == "user" || name == "proxy-user"
}

// userPassword finds the password of user:password in the value of a flag of
// curl's, which is named before it.
func userPassword(text string, flag int, v match) (match, bool) {
	const farthest = 256
	value := text[v.start:v.end]
	i := strings.IndexByte(value, ':') + 1
	if i == 0 || !strings.ContainsAny(value[i:], "0123456789") || !strings.Contains(text[max(0, flag-farthest):flag], "curl") {
		return match{}, false
	}
	v.start += i
	return judge(password, text, v, true)
}
