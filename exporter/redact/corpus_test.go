// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// The corpora are made up: texts apart by a line of ---, in which ⟦kind:…⟧ holds
// what a redactor of that kind is to find. A ¦ in a token is left out, so that
// nobody takes the file for a leak.
//
//go:embed testdata
var corpora embed.FS

// sample is a text and what is to be found in it.
type sample struct {
	file, text string
	want       []finding
}

// finding is text[start:end], of a kind.
type finding struct {
	kind       string
	start, end int
}

func samples(t testing.TB) (out []sample) {
	t.Helper()
	files, err := corpora.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if path.Ext(f.Name()) != ".txt" {
			continue
		}
		b, err := corpora.ReadFile("testdata/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n---\n") {
			s := sample{file: f.Name()}
			for text != "" {
				before, rest, ok := strings.Cut(text, "⟦")
				s.text += before
				if text = rest; !ok {
					break
				}
				kind, rest, _ := strings.Cut(text, ":")
				value, rest, ok := strings.Cut(rest, "⟧")
				if !ok {
					t.Fatalf("%s: unclosed in %q", f.Name(), text)
				}
				value = strings.ReplaceAll(value, "¦", "")
				s.want = append(s.want, finding{kind, len(s.text), len(s.text) + len(value)})
				s.text += value
				text = rest
			}
			out = append(out, s)
		}
	}
	return out
}

// redacted is a text after a redactor: JSON as a value of a tool, other text as it is.
func redacted(t testing.TB, r redact.Redactor, text string) string {
	t.Helper()
	chain := redact.NewChain(r)
	if j := contracts.JSON(text); (j.IsObject() || j.IsArray()) && j.Valid() {
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = j
		if err := chain.Payload(p); err != nil {
			t.Fatal(err)
		}
		return string(p.Attributes.RequestInput)
	}
	out, err := chain.Text(redact.Place{Kind: redact.KindText}, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var marker = regexp.MustCompile(`"?\[REDACTED:[a-z-]+(:[a-p]+)?\]"?`)

// found is what a redactor replaced, from where what it left stands.
func found(t testing.TB, text, redacted string) (out []finding) {
	t.Helper()
	at := 0
	rest := redacted
	for {
		m := marker.FindStringIndex(rest)
		if m == nil {
			if !strings.HasSuffix(text[at:], rest) {
				t.Fatalf("%q became %q", text, redacted)
			}
			if n := len(out); n > 0 {
				out[n-1].end = len(text) - len(rest)
			}
			return out
		}
		literal := rest[:m[0]]
		i := strings.Index(text[at:], literal)
		if i < 0 || len(out) == 0 && i > 0 {
			t.Fatalf("%q became %q", text, redacted)
		}
		if n := len(out); n > 0 {
			out[n-1].end = at + i
		}
		at += i + len(literal)
		out = append(out, finding{start: at})
		rest = rest[m[1]:]
	}
}

// score is how well a redactor does.
type score struct{ right, missed, wrong int }

func (s score) recall() float64    { return float64(s.right) / float64(max(1, s.right+s.missed)) }
func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.right+s.wrong)) }

var detectors = []struct {
	kind              string
	redactor          redact.Redactor
	recall, precision float64 // the least that will do
}{
	{"secret", redact.Secrets(), 1, 1},
	{"email", redact.Emails(), 1, 1},
	{"card", redact.Cards(), 1, 1},
	{"phone", redact.Phones(), 0.9, 0.95},
	{"iban", redact.IBANs(), 1, 1},
}

// Each detector finds in all corpora what is marked as its kind, and nothing else.
func TestCorpora(t *testing.T) {
	all := samples(t)
	bytes := 0
	for _, s := range all {
		bytes += len(s.text)
	}
	t.Logf("%d texts, %d bytes", len(all), bytes)
	for _, d := range detectors {
		var total score
		for _, s := range all {
			got := found(t, s.text, redacted(t, d.redactor, s.text))
			for _, w := range s.want {
				if w.kind != d.kind {
					continue
				}
				hit := false
				for _, g := range got {
					hit = hit || g.start <= w.start && w.end <= g.end
				}
				if hit {
					total.right++
				} else {
					total.missed++
					t.Logf("%s missed in %s: %q in %q", d.kind, s.file, s.text[w.start:w.end], clip(s.text))
				}
			}
			for _, g := range got {
				hit := false
				for _, w := range s.want {
					// The password and the host of a URL read as an address: no harm.
					same := w.kind == d.kind || w.kind == "secret" && d.kind == "email"
					hit = hit || same && g.start < w.end && w.start < g.end
				}
				if !hit {
					total.wrong++
					t.Logf("%s wrong in %s: %q in %q", d.kind, s.file, s.text[g.start:g.end], clip(s.text))
				}
			}
		}
		t.Logf("%-7s %3d right, %d missed, %d wrong: recall %.3f, precision %.3f", d.kind, total.right, total.missed, total.wrong, total.recall(), total.precision())
		if total.recall() < d.recall || total.precision() < d.precision || total.right < 8 {
			t.Errorf("%s: want recall %.2f and precision %.2f, of 8 or more", d.kind, d.recall, d.precision)
		}
	}
}

// What services write all day is not taken for something private: ids, hashes,
// times, numbers, made at random.
func TestFalsePositives(t *testing.T) {
	const n = 20_000
	r := rand.New(rand.NewPCG(1, 2))
	digit := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = '0' + byte(r.IntN(10))
		}
		return string(b)
	}
	hex := func(n int) string {
		const set = "0123456789abcdef"
		b := make([]byte, n)
		for i := range b {
			b[i] = set[r.IntN(len(set))]
		}
		return string(b)
	}
	base64 := func(n int) string {
		const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		b := make([]byte, n)
		for i := range b {
			b[i] = set[r.IntN(len(set))]
		}
		return string(b)
	}
	for name, make := range map[string]func() string{
		"uuid":     func() string { return fmt.Sprintf("%s-%s-4%s-a%s-%s", hex(8), hex(4), hex(3), hex(3), hex(12)) },
		"sha1":     func() string { return "commit " + hex(40) },
		"sha256":   func() string { return "sha256:" + hex(64) },
		"trace id": func() string { return "trace_id=" + hex(32) + " span_id=" + hex(16) },
		"epoch ms": func() string { return fmt.Sprintf("at %d", 1_500_000_000_000+r.Int64N(500_000_000_000)) },
		"epoch µs": func() string { return fmt.Sprintf("ts=%d", 1_500_000_000_000_000+r.Int64N(500_000_000_000_000)) },
		"epoch ns": func() string { return fmt.Sprintf("%d ", 1_500_000_000_000_000_000+r.Int64N(500_000_000_000_000_000)) },
		"snowflake": func() string {
			return fmt.Sprintf("id %d", 1_000_000_000_000_000_000+r.Int64N(900_000_000_000_000_000))
		},
		"date": func() string {
			return fmt.Sprintf("%d-%02d-%02d %02d:%02d:%02d,%s", 1990+r.IntN(50), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), digit(3))
		},
		"european": func() string { return fmt.Sprintf("%02d.%02d.%d", 1+r.IntN(28), 1+r.IntN(12), 1990+r.IntN(50)) },
		"version":  func() string { return fmt.Sprintf("v%d.%d.%d-rc.%d", r.IntN(20), r.IntN(20), r.IntN(2000), r.IntN(9)) },
		"ip": func() string {
			return fmt.Sprintf("%d.%d.%d.%d:%d", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(65536))
		},
		"decimal":      func() string { return "0." + digit(16) + ", " + digit(2) + "." + digit(12) },
		"money":        func() string { return fmt.Sprintf("%d,%s,%s.%s USD", 1+r.IntN(999), digit(3), digit(3), digit(2)) },
		"hex":          func() string { return "0x" + hex(16) },
		"base64":       func() string { return "payload " + base64(120) + "==" },
		"integers":     func() string { return digit(3) + " " + digit(3) + " " + digit(4) + " " + digit(2) },
		"call id":      func() string { return "call_" + base64(24) + " toolu_01" + hex(22) },
		"range":        func() string { return digit(4) + "-" + digit(4) + ", " + digit(3) + "-" + digit(4) },
		"temperature":  func() string { return "+" + digit(2) + "." + digit(1) + " C, -" + digit(1) + ", +" + digit(4) },
		"order number": func() string { return "order 9" + digit(15) + " lot 1" + digit(11) },
	} {
		for _, d := range detectors {
			wrong, example := 0, ""
			for range n / 20 {
				s := make()
				if out := redacted(t, d.redactor, s); out != s {
					wrong, example = wrong+1, s
				}
			}
			if rate := float64(wrong) / (n / 20); rate > 0.002 {
				t.Errorf("%s: %.2f %% of them are a %s, such as %q", name, 100*rate, d.kind, example)
			}
		}
	}
}

func clip(s string) string {
	if len(s) > 160 {
		return s[:160] + "…"
	}
	return s
}
