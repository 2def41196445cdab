// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The texts a model session is made of: prose, code, and prose of which every
// character takes three bytes.
var samples = map[string]string{
	"prose": "The lighthouse keeper counted the ships each evening and wrote their names in a narrow ledger. " +
		"Most of them carried timber; some carried letters, which the storm had delayed by a week. " +
		"\"We'll wait,\" said the harbour master, \"until the wind turns north-east again.\" " +
		"Nobody objected, for the tavern was warm and the bread was fresh – and the ledger could wait as well.\n\n" +
		"On the third morning the fog lifted. Seven sails stood on the horizon, evenly spaced, " +
		"as though someone had drawn them there with a ruler and forgotten to colour the sea. ",
	"code": "func (q *queue) push(ctx context.Context, item entry) error {\n" +
		"\tq.mu.Lock()\n\tdefer q.mu.Unlock()\n" +
		"\tif len(q.items) == cap(q.items) {\n" +
		"\t\treturn fmt.Errorf(\"queue %q is full: %d entries\", q.name, len(q.items))\n\t}\n" +
		"\tfor i := range q.items {\n\t\tif q.items[i].key == item.key {\n" +
		"\t\t\tq.items[i] = item // the newer one wins\n\t\t\treturn nil\n\t\t}\n\t}\n" +
		"\tq.items = append(q.items, item)\n\treturn nil\n}\n\n",
	"cjk": "灯台守は毎晩、船を数え、その名前を細い帳簿に書き留めた。多くは材木を積み、いくつかは嵐で一週間遅れた手紙を運んでいた。" +
		"「風が変わるまで待とう」と港長は言った。三日目の朝、霧が晴れ、水平線に七つの帆が並んでいた。",
}

// text repeats a sample to n bytes.
func text(sample string, n int) string {
	s := strings.Repeat(samples[sample], n/len(samples[sample])+1)
	return strings.ToValidUTF8(s[:n], "")
}

// messages is such a text as a transcript, in messages of a kilobyte.
func messages(sample string, n int) string {
	b := []byte{'['}
	role, other := "user", "assistant"
	for rest := text(sample, n); rest != ""; role, other = other, role {
		m := rest[:min(len(rest), 1000)]
		rest = rest[len(m):]
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, `{"role":"`+role+`","content":[{"type":"text","text":`...)
		b = AppendString(b, strings.ToValidUTF8(m, ""))
		b = append(b, "}]}"...)
	}
	return string(append(b, ']'))
}

func eachText(b *testing.B, f func(b *testing.B, sample string, n int)) {
	for _, sample := range []string{"prose", "code", "cjk"} {
		for _, n := range []int{512, 4096, 20480} {
			b.Run(fmt.Sprintf("%s/%d", sample, n), func(b *testing.B) { f(b, sample, n) })
		}
	}
}

// measure runs f, which handles size bytes, beside a copy of as many.
func measure(b *testing.B, name string, size int, f func()) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			f()
		}
	})
}

func memcpy(b *testing.B, s string) {
	dst := make([]byte, len(s))
	measure(b, "memcpy", len(s), func() { copy(dst, s) })
}

func BenchmarkValid(b *testing.B) {
	eachText(b, func(b *testing.B, sample string, n int) {
		s := messages(sample, n)
		raw := []byte(s)
		measure(b, "jsonscan", len(s), func() {
			if !Valid(s) {
				b.Fatal("invalid")
			}
		})
		measure(b, "encoding-json", len(s), func() {
			if !json.Valid(raw) {
				b.Fatal("invalid")
			}
		})
		memcpy(b, s)
	})
}

func BenchmarkAppendString(b *testing.B) {
	eachText(b, func(b *testing.B, sample string, n int) {
		s := text(sample, n)
		dst := make([]byte, 0, 2*n)
		measure(b, "jsonscan", len(s), func() { dst = AppendString(dst[:0], s) })
		measure(b, "encoding-json", len(s), func() {
			if _, err := json.Marshal(s); err != nil {
				b.Fatal(err)
			}
		})
		memcpy(b, s)
	})
}

// BenchmarkMembers reads one small member that stands after a big one.
func BenchmarkMembers(b *testing.B) {
	eachText(b, func(b *testing.B, sample string, n int) {
		s := `{"messages":` + messages(sample, n) + `,"model":"m-1","usage":{"inputTokens":12,"outputTokens":34}}`
		raw := []byte(s)
		measure(b, "jsonscan", len(s), func() {
			count := 0
			for name, value := range Members(s) {
				if name != "" && value != "" {
					count++
				}
			}
			if count != 3 {
				b.Fatal(count)
			}
		})
		measure(b, "encoding-json", len(s), func() {
			var m map[string]json.RawMessage
			if err := json.Unmarshal(raw, &m); err != nil || len(m) != 3 {
				b.Fatal(err)
			}
		})
		memcpy(b, s)
	})
}
