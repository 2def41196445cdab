// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// document is where the table is, between the two marks.
const (
	document   = "../../docs/reliability.md"
	beginTable = "<!-- What follows is made by internal/reliability, TestMatrix. -->\n"
	endTable   = "<!-- What was made ends here. -->\n"
)

// compare holds the table against the one in the document or, with
// [exportertest.UpdateGolden] set, writes it there.
func (m *matrix) compare(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := bytes.Cut(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte(beginTable))
	have, after, ends := bytes.Cut(rest, []byte(endTable))
	if !begins || !ends {
		t.Fatalf("%s lacks the marks of the table", document)
	}
	want := m.table()
	if string(have) == want {
		return
	}
	if os.Getenv(exportertest.UpdateGolden) == "" {
		t.Fatalf("the table in %s is not what came of the run: write it anew with %s=1.\nhave:\n%s\nwant:\n%s", document, exportertest.UpdateGolden, have, want)
	}
	text = slices.Concat(before, []byte(beginTable), []byte(want), []byte(endTable), after)
	if err := os.WriteFile(document, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// table writes what came of all cells: cases with the same outcome share a row.
func (m *matrix) table() string {
	type row struct{ faults, fates []string }
	var rows []row
	enter := func(name string, fates []string) {
		for i := range rows {
			if slices.Equal(rows[i].fates, fates) {
				rows[i].faults = append(rows[i].faults, name)
				return
			}
		}
		rows = append(rows, row{[]string{name}, fates})
	}
	for i := range faults {
		f := &faults[i]
		if f.like != "" && slices.ContainsFunc(faults[:i], func(g fault) bool { return g.like == f.like }) {
			continue
		}
		short, long := m.fates(f, false), m.fates(f, true)
		name := f.name
		if f.like != "" {
			name = f.like
		}
		if slices.Equal(short, long) {
			enter(name, append([]string{"any time"}, short...))
			continue
		}
		enter(name, append([]string{"short"}, short...))
		enter(name, append([]string{"long"}, long...))
	}

	var b strings.Builder
	b.WriteString("| the collector | lasts | goes on | ends | is killed | goes on, spool | ends, spool | is killed, spool |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for i, r := range rows {
		names := strings.Join(r.faults, "; ")
		if i > 0 && slices.Equal(rows[i-1].faults, r.faults) {
			names = "the same"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", names, strings.Join(r.fates, " | "))
	}
	b.WriteString("\n" + m.summary())
	return b.String()
}

// fates are the columns of a fault.
func (m *matrix) fates(f *fault, long bool) (columns []string) {
	for _, spool := range []bool{false, true} {
		for _, p := range programs {
			var texts []string
			for i := range faults {
				if &faults[i] != f && (f.like == "" || faults[i].like != f.like) {
					continue
				}
				for _, door := range doors {
					text := m.text(cell{&faults[i], door, long, spool, p})
					if !slices.Contains(texts, text) {
						texts = append(texts, text)
					}
				}
			}
			columns = append(columns, strings.Join(texts, " / ")) // where doors or like faults differ
		}
	}
	return columns
}

// text says what becomes of the sessions of a case.
func (m *matrix) text(c cell) string {
	out := m.cells[c]
	var words []string
	for _, f := range slices.Sorted(maps.Keys(out.fates)) {
		words = append(words, string(f))
	}
	text := strings.Join(words, " or ")
	if may := rule(c.kind, c.long, c.spool, c.program); slices.Contains(may, waits) && len(may) > 1 {
		text = string(waits) // at the latest
	}
	switch {
	case c.kind != unheard:
		return text
	case strings.HasPrefix(text, "`"):
		return "arrives, perhaps twice, and counts as " + text
	}
	return text + ", perhaps twice"
}

// summary says what holds for all cases.
func (m *matrix) summary() string {
	var host time.Duration
	killings, twice, overran := 0, 0, 0
	for c, out := range m.cells {
		host = max(host, out.host)
		switch {
		case c.program == killed:
			killings++
		case c.program == goesOn && out.took > flushTimeout*time.Second, c.program == ends && out.took > shutdownTimeout*time.Second:
			overran++
		}
		if c.kind != unheard {
			twice += out.twice
		}
	}
	return fmt.Sprintf(`That is %d cases, of %d faults; in %d of them a process is killed. The longest time that a call of the application took
in one of them: %d ms. Flushes and shutdowns that overran their deadline: %d. Sessions that arrived twice though the
collector had answered: %d. Spans that the account of the exporter did not add up for: none, or the test fails.
`, len(m.cells), len(faults), killings, host.Milliseconds(), overran, twice)
}
