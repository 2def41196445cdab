// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package file recognizes files in JSON strings, and makes what stands for a
// file that is not sent: its hash and size.
package file

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Is reports whether the inner text of a JSON string is a data: URL in base64, or
// nothing but base64. Short words may be: what is to be taken for a file without
// other evidence should have some length.
func Is(body string) bool {
	var lower, upper, digit bool
	if _, data, isBase64, ok := dataURL(body); ok && isBase64 {
		lower, upper, digit, body = true, true, true, data
	}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z':
			upper = true
		case '0' <= c && c <= '9':
			digit = true
		case c == '+', c == '/', c == '-', c == '_', c == '=':
		case c == '\\' && i+1 < len(body) && (body[i+1] == 'n' || body[i+1] == 'r' || body[i+1] == '/'):
			i++
		default:
			return false
		}
	}
	return lower && upper && digit
}

// dataURL reads a data: URL.
func dataURL(s string) (mediaType, data string, isBase64, ok bool) {
	const scheme, maxType = "data:", 256
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", "", false, false
	}
	s = s[len(scheme):]
	comma := strings.IndexByte(s[:min(len(s), maxType)], ',')
	if comma < 0 {
		return "", "", false, false
	}
	mediaType, isBase64 = strings.CutSuffix(s[:comma], ";base64")
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return mediaType, s[comma+1:], isBase64, true
}

// Hashed is what stands for the file that a JSON value holds: a JSON object of the
// SHA-256 and the size of its bytes, and the media type that its URL names if
// asked for.
func Hashed(value string, withType bool) (object string, size int) {
	text, ok := jsonscan.Unquote(value)
	if !ok {
		text = value
	}
	sum, size, mediaType := hash(text)
	b := []byte{'{'}
	if withType && isMediaType(mediaType) {
		b = append(b, `"mediaType":"`...)
		b = append(b, mediaType...)
		b = append(b, `",`...)
	}
	b = append(b, `"sha256":"`...)
	b = hex.AppendEncode(b, sum)
	b = append(b, `","size":`...)
	b = strconv.AppendInt(b, int64(size), 10)
	return string(append(b, '}')), size
}

// hash hashes the bytes that a data: URL or base64 stands for, or else the text.
func hash(text string) (sum []byte, size int, mediaType string) {
	mediaType, data, isBase64, isURL := dataURL(text)
	if !isURL {
		data = text
	}
	if isBase64 || !isURL {
		sum, size, err := sha256Of(base64.NewDecoder(encoding(data), strings.NewReader(data)))
		if err == nil {
			return sum, size, mediaType
		}
	} else if plain, err := url.PathUnescape(data); err == nil {
		text = plain
	}
	sum, size, _ = sha256Of(strings.NewReader(text)) // reading a string does not fail
	return sum, size, mediaType
}

// isMediaType reports whether s can stand as it is.
func isMediaType(s string) bool {
	const maxLen = 64
	if s == "" || len(s) > maxLen {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/.+-", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// encoding is the flavor of base64 that data is in.
func encoding(data string) *base64.Encoding {
	padded := strings.HasSuffix(strings.TrimRight(data, "\r\n"), "=")
	switch urlSafe := strings.IndexByte(data, '-') >= 0 || strings.IndexByte(data, '_') >= 0; {
	case urlSafe && padded:
		return base64.URLEncoding
	case urlSafe:
		return base64.RawURLEncoding
	case padded:
		return base64.StdEncoding
	}
	return base64.RawStdEncoding
}

func sha256Of(r io.Reader) (sum []byte, size int, err error) {
	h := sha256.New()
	n, err := io.Copy(h, struct{ io.Reader }{r}) // without the wrapper, a copy of the whole
	return h.Sum(nil), int(n), err
}

// IsReference reports whether the data of a file, the inner text of a JSON string,
// only names the file: a URL that is no data: URL, or a provider's id.
func IsReference(body string) bool {
	if _, _, _, ok := dataURL(body); ok {
		return false
	}
	const longestScheme, longestID = 16, 64
	if i := strings.Index(body[:min(len(body), longestScheme)], ":"); i > 0 && isMediaType(body[:i]) {
		return true
	}
	return len(body) < longestID && !strings.ContainsAny(body, " \t+=\\;,") && strings.ContainsAny(body, "-_./")
}

// IsBase64 reports whether the inner text of a JSON string is base64 of at least
// so many bytes.
func IsBase64(body string, least int) bool {
	if len(body) < least {
		return false
	}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case isBase64(c):
		case c == '\\' && i+1 < len(body) && (body[i+1] == 'n' || body[i+1] == 'r' || body[i+1] == '/'):
			i++
		default:
			return false
		}
	}
	return true
}

// Base64 splits the inner text of a JSON string that is a data: URL in base64, or
// base64 alone, into what is before the data, and the data. The media type is the
// URL's.
func Base64(body string) (head, data, mediaType string, ok bool) {
	mediaType, data, inBase64, isURL := dataURL(body)
	if !isURL {
		data, inBase64 = body, true
	}
	return body[:len(body)-len(data)], data, mediaType, inBase64 && data != "" && IsBase64(data, 0)
}

// DecodeText decodes base64 that stands for text, and reports whether it does.
func DecodeText(data string) (text string, ok bool) {
	data = unescaped(data)
	b, err := encoding(data).DecodeString(data)
	return string(b), err == nil && utf8.Valid(b)
}

// IsOpaque reports whether the inner text of a JSON string is one piece of base64 in
// the standard alphabet, perhaps in a data: URL: no list of words or tokens, which
// lines of base64 could be.
func IsOpaque(body string) bool {
	if _, data, inBase64, ok := dataURL(body); ok {
		if body = data; !inBase64 {
			return false
		}
	}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\\' && i+1 < len(body) && body[i+1] == '/':
			i++
		case c == '=': // padding is at the end; elsewhere it assigns something
			return strings.TrimLeft(body[i:], "=") == ""
		case c == '-', c == '_', !isBase64(c):
			return false
		}
	}
	return true
}

func isBase64(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/', c == '-', c == '_', c == '=':
		return true
	}
	return false
}

// IsDataURL reports whether the inner text of a JSON string is a data: URL in
// base64.
func IsDataURL(body string) bool {
	_, data, inBase64, ok := dataURL(body)
	return ok && inBase64 && IsBase64(data, 0)
}

// DecodedSize is how many bytes of text or base64 a JSON string stands for, within
// a few.
func DecodedSize(body string) int {
	_, data, inBase64, isURL := dataURL(body)
	if !isURL {
		data, inBase64 = body, IsBase64(body, 0)
	}
	if !inBase64 {
		return len(data)
	}
	return len(strings.TrimRight(unescaped(data), "=")) * 3 / 4
}

// HashURLs puts other data: URLs in the place of those in base64 in a text, of more
// than limit bytes: without data, and with its hash and size. The text may be
// JSON, of any depth of strings in strings, and then remains what it is.
func HashURLs(text string, limit int) string {
	const mark, farthest = ";base64,", 256
	var b strings.Builder
	at := 0
	for from := 0; ; {
		i := strings.Index(text[from:], mark)
		if i < 0 {
			break
		}
		params := from + i
		data := params + len(mark)
		end := data
		for end < len(text) {
			if isBase64(text[end]) {
				end++
				continue
			}
			// Escaped, perhaps more than once: a slash or a new line.
			next := end
			for next < len(text) && text[next] == '\\' {
				next++
			}
			if next == end || next == len(text) || text[next] != '/' && text[next] != 'n' && text[next] != 'r' {
				break
			}
			end = next + 1
		}
		from = end
		start := scheme(text, max(at, params-farthest), params)
		if start < 0 {
			continue
		}
		sum, size, err := sha256Of(base64.NewDecoder(encoding(text[data:end]), strings.NewReader(unescaped(text[data:end]))))
		if err != nil || size <= limit {
			continue
		}
		b.WriteString(text[at:params])
		b.WriteString(";sha256=")
		b.WriteString(hex.EncodeToString(sum))
		b.WriteString(";size=")
		b.WriteString(strconv.Itoa(size))
		b.WriteByte(',')
		at = end
	}
	if at == 0 {
		return text
	}
	b.WriteString(text[at:])
	return b.String()
}

// scheme is where the data: URL begins whose parameters end at end; -1 if none does.
func scheme(text string, start, end int) int {
	for i := end - 1; i >= start; i-- {
		switch c := text[i]; {
		case c == ':':
			const name = "data:"
			if begin := i + 1 - len(name); begin >= start && strings.EqualFold(text[begin:i+1], name) {
				return begin
			}
			return -1
		case isBase64(c), c == '.', c == ';', c == '\\':
		default:
			return -1
		}
	}
	return -1
}

// unescaped takes the escapes out of base64.
func unescaped(data string) string {
	if strings.IndexByte(data, '\\') < 0 {
		return data
	}
	b := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			b = append(b, data[i])
			continue
		}
		for i+1 < len(data) && data[i] == '\\' {
			i++
		}
		if data[i] == '/' {
			b = append(b, '/')
		}
	}
	return string(b)
}
