// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package hostile

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// oddValues stand where nobody expects them.
var oddValues = [...]string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `1.5`, `1e3`, `1e400`, `-1e-400`, `9223372036854775808`, `123456789012345678901234567890`,
	`""`, `" "`, `"\ud800"`, `"\u0000"`, `"null"`, `"{}"`, `"[]"`, `"{"`, `"1"`, `"a\"b"`, `"\ufeff"`, `" { } "`,
	`[]`, `{}`, `[null]`, `[[]]`, `[{}]`, `[""]`, `[1,"a",{},[],null]`, `{"":null}`, `{"a":1,"a":2}`, `{"type":null}`,
	`{"type":"text"}`, `{"type":"text","text":1}`, `{"text":"a"}`, `{"role":"user"}`, `{"role":"","content":null}`,
	`{"role":"user","content":"a"}`, `[{"role":"assistant","content":[]}]`,
	strings.Repeat("[", 50) + strings.Repeat("]", 50), strings.Repeat(`{"content":[`, 30) + strings.Repeat("]}", 30),
	`"` + strings.Repeat("long ", 300) + `"`,
}

var oddNames = [...]string{"", "type", "text", "content", "role", "id", "name", "a.b", "\u2028", "partial"}

// Mutate changes valid JSON in one place to four. What comes out is JSON, but
// for one text of fifty that is cut.
func Mutate(r *rand.Rand, text string) string {
	m := mutation{Rand: r}
	root := parse(text)
	m.collect(root)
	for range 1 + r.IntN(4) {
		m.change(m.values[r.IntN(len(m.values))])
	}
	b := speller{r, r.IntN(4) == 0}.append(nil, root)
	if r.IntN(50) == 0 {
		b = b[:r.IntN(len(b)+1)]
	}
	return string(b)
}

// mutation knows all values of a text, and their names.
type mutation struct {
	*rand.Rand
	values []*value
	names  []string
}

func (m *mutation) collect(v *value) {
	m.values, m.names = append(m.values, v), append(m.names, v.names...)
	for _, kid := range v.kids {
		m.collect(kid)
	}
}

// name is a name of the text, at times an odd one.
func (m *mutation) name() string {
	if len(m.names) == 0 || m.IntN(10) == 0 {
		return oddNames[m.IntN(len(oddNames))]
	}
	return m.names[m.IntN(len(m.names))]
}

// value is a value from elsewhere in the text, or an odd one.
func (m *mutation) value() *value {
	const depth = 6
	if m.IntN(2) == 0 {
		return m.values[m.IntN(len(m.values))].clone(depth)
	}
	return parse(oddValues[m.IntN(len(oddValues))])
}

func (m *mutation) change(v *value) {
	const depth = 20
	n := len(v.kids)
	switch how := m.IntN(12); {
	case how < 2: // more
		if v.kind != '{' && v.kind != '[' {
			break
		}
		v.kids = slices.Insert(v.kids, m.IntN(n+1), m.value())
		if v.kind == '{' {
			v.names = slices.Insert(v.names, m.IntN(n+1), m.name())
		}
		return
	case how < 4: // less
		if n == 0 {
			break
		}
		i := m.IntN(n)
		v.kids = slices.Delete(v.kids, i, i+1)
		if v.kind == '{' {
			v.names = slices.Delete(v.names, i, i+1)
		}
		return
	case how == 4: // in another order
		if n == 0 {
			break
		}
		i, k := m.IntN(n), m.IntN(n)
		v.kids[i], v.kids[k] = v.kids[k], v.kids[i]
		return
	case how == 5: // by another name
		if len(v.names) == 0 {
			break
		}
		v.names[m.IntN(n)] = m.name()
		return
	case how == 6: // in an array
		*v = value{kind: '[', kids: []*value{v.clone(depth)}}
		return
	case how == 7: // in an object
		*v = value{kind: '{', names: []string{m.name()}, kids: []*value{v.clone(depth)}}
		return
	case how == 8: // as text
		*v = value{kind: '"', text: string(speller{m.Rand, m.IntN(3) == 0}.append(nil, v))}
		return
	case how == 9 && v.kind == '"' && jsonscan.Valid(v.text): // as what the text holds
		*v = *parse(v.text)
		return
	case how == 9 && v.kind == '"' && v.text != "": // cut
		v.text = v.text[:m.IntN(len(v.text))]
		return
	}
	*v = *m.value()
}
