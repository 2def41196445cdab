// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// Emails finds e-mail addresses. What only looks like one stays: a file's name, a
// package and its version, git's user at a host. The marker is [REDACTED:email].
func Emails() Redactor {
	return &detector{finds: []find{findEmail}, canonical: strings.ToLower}
}

func findEmail(_ Place, text string, found []match) []match {
	from := 0
	for at := 0; ; at++ {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return found
		}
		at += i
		start := localPart(text, from, at)
		if start == at {
			continue
		}
		if end := mailDomain(text, at+1); end > 0 && !isRemote(text[start:at], text[end:]) && !strings.HasSuffix(text[from:start], "//") {
			found = append(found, match{start, end, "email"})
			from = end
			at = end - 1
		}
	}
}

// localPart is where the part before the @ at end begins.
func localPart(text string, from, end int) int {
	const longest = 64
	start := end
	for start > from && end-start < longest && isLocal(text[start-1]) {
		start--
	}
	start = afterEscape(text, start, end)
	for start < end && !isWord(text[start]) {
		start++
	}
	if start < end && text[end-1] == '.' {
		return end
	}
	return start
}

func isLocal(c byte) bool {
	return isWord(c) || c == '.' || c == '+' || c == '-' || c == '%' || c == '\''
}

// mailDomain is where the domain that begins at start ends; 0 if there is none.
func mailDomain(text string, start int) (end int) {
	const longest, longestLabel, longestTop = 253, 63, 24
	label, labels, letters := start, 0, 0
	for i := start; ; i++ {
		if i < len(text) && i-start < longest {
			switch c := text[i]; {
			case isLetter(c):
				letters++
				continue
			case isDigit(c), c == '-' && i > label:
				continue
			}
		}
		n := i - label
		if n == 0 || n > longestLabel || text[i-1] == '-' {
			break
		}
		labels++
		isTop := labels > 1 && n >= 2 && (letters == n && n <= longestTop || strings.HasPrefix(text[label:i], "xn--"))
		if isTop && !isSuffix(text[label:i]) {
			end = i
		} else if labels > 1 {
			end = 0
		}
		if i == len(text) || text[i] != '.' || i+1 == len(text) || !isLetter(text[i+1]) && !isDigit(text[i+1]) {
			break
		}
		label, letters = i+1, 0
	}
	if end > 0 && end < len(text) {
		switch text[end] {
		case '(', '[', '_': // code, not an address
			return 0
		}
	}
	return end
}

// isSuffix reports whether a word ends the names of files rather than of hosts.
func isSuffix(word string) bool {
	switch strings.ToLower(word) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "pdf", "js", "mjs", "cjs", "jsx", "ts", "tsx", "css", "scss", "json", "html", "tgz", "gz", "tar",
		"zip", "whl", "jar", "so", "dll", "exe", "dylib", "lock", "yaml", "yml", "xml", "txt", "log", "service", "local", "localhost", "internal", "target":
		return true
	}
	return false
}

// isRemote reports whether user and what follows the host are those of a git remote.
func isRemote(user, rest string) bool {
	return user == "git" && rest != "" && (rest[0] == ':' || rest[0] == '/')
}
