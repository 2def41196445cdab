// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/convert"
)

// nodes reads nodes from lines: id parent role, and perhaps the enclosing span.
// Roles are . (none), e(ntry), s(ession), g(uest), and of other conventions
// m(odel), a(gent), t(ool). Each starts after the one before.
func nodes(text string) []convert.Node {
	roles := map[string]convert.Role{
		".": convert.RoleNone, "e": convert.RoleEntry, "s": convert.RoleSession, "g": convert.RoleGuest,
		"m": convert.RoleModel, "a": convert.RoleAgent, "t": convert.RoleTool,
	}
	var out []convert.Node
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		n := convert.Node{SpanID: spanID(f[0]), ParentID: spanID(f[1]), Role: roles[f[2]], Start: int64(len(out)), Seq: convert.NoSeq}
		if len(f) > 3 {
			n.EnclosingID = spanID(f[3])
		}
		out = append(out, n)
	}
	return out
}

func spanID(name string) (id trace.SpanID) {
	if name != "-" {
		copy(id[:], name)
	}
	return id
}

// draw draws the groups: root[above]: entry(parent) …, an implicit root in
// brackets.
func draw(ns []convert.Node, groups []convert.Group) string {
	name := func(i int) string { return strings.TrimRight(string(ns[i].SpanID[:]), "\x00") }
	var out []string
	for _, g := range groups {
		root := name(g.Root)
		if g.Implicit {
			root = "(" + root + ")"
		}
		if g.Outer >= 0 {
			root += " in " + name(g.Outer)
		}
		var entries []string
		for k, i := range g.Entries {
			text := name(i)
			if p := g.Parents[k]; p >= 0 {
				text += "<" + name(g.Entries[p])
			}
			entries = append(entries, text)
		}
		out = append(out, root+": "+strings.Join(entries, " "))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestCarve(t *testing.T) {
	for name, test := range map[string]struct{ nodes, want string }{
		"nothing":                   {"", ""},
		"none of ours":              {"a - .\nb a .", ""},
		"a session":                 {"s - s\na s e\nb a e\nc s e", "s: a b<a c"},
		"children first":            {"c s e\nb a e\na s e\ns - s", "s: c b<a a"},
		"an empty session":          {"s - s", "s: "},
		"no session":                {"a - e\nb a e", "(a): a b<a"},
		"two without a session":     {"a - e\nb - e", "(a): a\n(b): b"},
		"skipped between":           {"x - .\ns x s\nf s .\ng f .\na g e\nh a .\nb h e", "s: a b<a"},
		"skipped above":             {"x - .\na x e\ny x .\nb y e", "(a): a\n(b): b"},
		"a session in a session":    {"s - s\na s e\nx a .\nt x s\nb t e", "s: a\nt in a: b"},
		"directly":                  {"s - s\nt s s\na t e", "s: \nt in s: a"},
		"three deep":                {"s - s\nt s s\nu t s\na u e", "s: \nt in s: \nu in t: a"},
		"a session in an entry":     {"a - e\ns a s\nb s e", "(a): a\ns in a: b"},
		"side by side":              {"x - .\ns x s\nt x s\na s e\nb t e", "s: a\nt: b"},
		"an unknown parent":         {"s ? s\na s e\nb ? e", "(b): b\ns: a"},
		"an enclosing span":         {"s - s\na s e\nb ? e a\nc ? s a", "c in a: \ns: a b<a"},
		"the parent wins":           {"s - s\na s e\nb s e\nc b e a", "s: a b c<b"},
		"twice":                     {"s - s\na s e\na - s\nb a e\ns - e", "s: a b<a"},
		"its own parent":            {"s s s\na a e\nb a e", "(a): a b<a\ns: "},
		"its own enclosing":         {"a ? e a", "(a): a"},
		"a guest":                   {"s - s\ng s g\na g e\nh a g", "s: g a<g h<a"},
		"a guest outside":           {"g - g\na g e", "(a): a"},
		"a guest outside, skipped":  {"x - .\ng x g\nh g g\na h e", "(a): a"},
		"skipped nodes in a circle": {"x y .\ny x .\na x e", "(a): a"},
		"a session above a circle":  {"s x s\nx y .\ny x .\na s e", "s: a"},
		"models side by side":       {"x - .\na x m\nb x m", "(a): a\n(b): b"},
		"an agent":                  {"x - .\na x a\nm a m\nt a t\nb t a\nn b m", "(a): m t b<t n<b"},
		"a tool outside":            {"x - t\nm x m", "(m): m"},
		"others in a session":       {"s - s\na s a\nm a m\nt s t\ne t e", "s: a m<a t e<t"},
		"a session in an agent":     {"a - a\nm a m\ns a s\ne s e", "(a): m\ns in a: e"},
	} {
		t.Run(name, func(t *testing.T) {
			ns := nodes(test.nodes)
			if have := draw(ns, convert.Carve(ns)); have != test.want {
				t.Errorf("carved\n%s\nwant\n%s", have, test.want)
			}
		})
	}
}

// Whatever the nodes, each of ours is in exactly one session, below one that is
// in it too, and no entry is its own ancestor.
func TestCarveInvariants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		ns := make([]convert.Node, r.IntN(12))
		for i := range ns {
			id := func() (s trace.SpanID) { s[0] = byte(r.IntN(len(ns) + 2)); return s }
			ns[i] = convert.Node{
				SpanID: id(), ParentID: id(), EnclosingID: id(), Role: convert.Role(r.IntN(7)),
				Start: int64(r.IntN(3)), End: int64(r.IntN(5)), Seq: int64(r.IntN(4) - 1),
				Call: uint64(r.IntN(3)), Part: convert.CallPart(r.IntN(3)),
			}
		}
		checkGroups(t, ns, convert.Carve(ns))
	}
}

func checkGroups(t *testing.T, ns []convert.Node, groups []convert.Group) {
	t.Helper()
	first := map[trace.SpanID]int{}
	for i, n := range ns {
		if _, ok := first[n.SpanID]; !ok {
			first[n.SpanID] = i
		}
	}
	seen := map[int]int{}
	for k, g := range groups {
		if (ns[g.Root].Role == convert.RoleSession) == g.Implicit {
			t.Fatalf("group %d: implicit %v, role %d: %v", k, g.Implicit, ns[g.Root].Role, ns)
		}
		if !g.Implicit || ns[g.Root].Role == convert.RoleAgent {
			seen[g.Root]++
		} else if !slices.Contains(g.Entries, g.Root) {
			t.Fatalf("group %d: the root of an implicit session is no entry: %v", k, ns)
		}
		if len(g.Parents) != len(g.Entries) {
			t.Fatalf("group %d: %d parents of %d entries", k, len(g.Parents), len(g.Entries))
		}
		for e, i := range g.Entries {
			seen[i]++
			if ns[i].Role == convert.RoleNone || ns[i].Role == convert.RoleSession {
				t.Fatalf("group %d: entry %d has role %d", k, i, ns[i].Role)
			}
			steps := 0
			for p := g.Parents[e]; p != -1; p = g.Parents[p] {
				if steps++; p < 0 || p >= len(g.Entries) || steps > len(g.Entries) {
					t.Fatalf("group %d: entry %d has no end above: %v", k, i, ns)
				}
			}
		}
	}
	for i, n := range ns {
		want := 0
		if first[n.SpanID] == i && n.Role != convert.RoleNone {
			want = 1
		}
		if seen[i] != want && n.Role != convert.RoleGuest && n.Role != convert.RoleTool || seen[i] > 1 {
			t.Fatalf("node %d is in %d sessions, want %d: %v", i, seen[i], want, ns)
		}
	}
}

// The order of the nodes changes nothing where none comes twice.
func TestCarveOrder(t *testing.T) {
	ns := nodes("x - .\ns x s\nf s .\na f e\nb a e\nt b s\nc t e\ng f g\nu ? s\nd u e\ne1 - e\ne2 e1 e")
	want := draw(ns, convert.Carve(ns))
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		r.Shuffle(len(ns), func(i, j int) { ns[i], ns[j] = ns[j], ns[i] })
		if have := draw(ns, convert.Carve(ns)); have != want {
			t.Fatalf("carved\n%s\nwant\n%s", have, want)
		}
	}
}

// Entries are in the order of seq where all have one, else of their start, then
// of their span id.
func TestCallOrder(t *testing.T) {
	entry := func(id string, start, seq int64) convert.Node {
		return convert.Node{SpanID: spanID(id), ParentID: spanID("s"), Role: convert.RoleEntry, Start: start, Seq: seq}
	}
	root := convert.Node{SpanID: spanID("s"), Role: convert.RoleSession, Seq: convert.NoSeq}
	for name, test := range map[string]struct {
		nodes []convert.Node
		want  string
	}{
		"seq":          {[]convert.Node{entry("a", 1, 2), entry("b", 2, 1), entry("c", 3, 0)}, "s: c b a"},
		"seq of some":  {[]convert.Node{entry("a", 3, 0), entry("b", 2, 1), entry("c", 1, convert.NoSeq)}, "s: c b a"},
		"start":        {[]convert.Node{entry("a", 3, -1), entry("b", 2, -1), entry("c", 1, -1)}, "s: c b a"},
		"alike":        {[]convert.Node{entry("c", 1, -1), entry("b", 1, -1), entry("a", 1, -1)}, "s: a b c"},
		"alike in seq": {[]convert.Node{entry("c", 1, 5), entry("b", 0, 5), entry("a", 1, 5)}, "s: b a c"},
	} {
		t.Run(name, func(t *testing.T) {
			ns := append(test.nodes, root)
			for range 6 {
				if have := draw(ns, convert.Carve(ns)); have != test.want {
					t.Errorf("carved %s, want %s", have, test.want)
				}
				ns = append(ns[1:], ns[0])
			}
		})
	}
}

// A chain of many spans is carved without recursion, and by looking at each span
// once.
func TestCarveChain(t *testing.T) {
	chain := func(n int, role func(int) convert.Role) []convert.Node {
		ns := make([]convert.Node, n)
		for i := range ns {
			binary.BigEndian.PutUint32(ns[i].SpanID[:], uint32(i+1))
			binary.BigEndian.PutUint32(ns[i].ParentID[:], uint32(i))
			ns[i].Role, ns[i].Start, ns[i].Seq = role(i), int64(i), int64(i)
		}
		return ns
	}
	for name, role := range map[string]func(int) convert.Role{
		"entries": func(int) convert.Role { return convert.RoleEntry },
		"skipped": func(i int) convert.Role {
			if i == 0 {
				return convert.RoleSession
			}
			return convert.Role(i % 1000 / 999)
		},
		"sessions": func(int) convert.Role { return convert.RoleSession },
		"foreign":  func(int) convert.Role { return convert.RoleNone },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 20_000
			for _, backwards := range []bool{false, true} {
				ns := chain(n, role)
				if backwards {
					slices.Reverse(ns)
				}
				groups := convert.Carve(ns)
				total := 0
				for _, g := range groups {
					total += len(g.Entries)
				}
				switch {
				case name == "entries" && (len(groups) != 1 || total != n), name == "sessions" && (len(groups) != n || total != 0),
					name == "skipped" && (len(groups) != 1 || total != n/1000), name == "foreign" && len(groups) != 0:
					t.Errorf("%d sessions with %d entries", len(groups), total)
				}
			}
		})
	}
}

func ExampleCarve() {
	id := func(b byte) trace.SpanID { return trace.SpanID{b} }
	groups := convert.Carve([]convert.Node{
		{SpanID: id(3), ParentID: id(2), Role: convert.RoleEntry, Start: 3},
		{SpanID: id(2), ParentID: id(1)}, // none of ours
		{SpanID: id(1), Role: convert.RoleSession, Start: 1},
	})
	fmt.Println(len(groups), groups[0].Root, groups[0].Entries, groups[0].Parents)
	// Output: 1 2 [0] [-1]
}

// Spans that tell of one call stand below each other, though they were siblings.
func TestTwins(t *testing.T) {
	const whole, bare, outcome = convert.WholeCall, convert.BareCall, convert.CallOutcome
	model := func(id string, start, end int64, call uint64, part convert.CallPart) convert.Node {
		return convert.Node{SpanID: spanID(id), ParentID: spanID("x"), Role: convert.RoleModel, Start: start, End: end, Seq: convert.NoSeq, Call: call, Part: part}
	}
	other := func(n convert.Node) convert.Node {
		n.ParentID = spanID("y")
		return n
	}
	for name, test := range map[string]struct {
		nodes []convert.Node
		want  string
	}{
		"the SDK's own":               {[]convert.Node{model("a", 1, 9, 7, whole), model("b", 2, 8, 7, bare)}, "(a): a b<a"},
		"the SDK's own began first":   {[]convert.Node{model("a", 2, 8, 7, whole), model("b", 1, 9, 7, bare)}, "(b): b a<b"},
		"both bare":                   {[]convert.Node{model("a", 1, 9, 7, bare), model("b", 2, 8, 7, bare)}, "(a): a b<a"},
		"both with content":           {[]convert.Node{model("a", 1, 9, 7, whole), model("b", 2, 8, 7, whole)}, "(a): a\n(b): b"},
		"other calls":                 {[]convert.Node{model("a", 1, 9, 7, whole), model("b", 2, 8, 6, bare)}, "(a): a\n(b): b"},
		"calls that are not named":    {[]convert.Node{model("a", 1, 9, 0, whole), model("b", 2, 8, 0, bare)}, "(a): a\n(b): b"},
		"one after the other":         {[]convert.Node{model("a", 1, 3, 7, whole), model("b", 4, 8, 7, bare)}, "(a): a\n(b): b"},
		"below others":                {[]convert.Node{model("a", 1, 9, 7, whole), other(model("b", 2, 8, 7, bare))}, "(a): a\n(b): b"},
		"not ended":                   {[]convert.Node{model("a", 1, 0, 7, whole), model("b", 2, 8, 7, bare)}, "(a): a b<a"},
		"three":                       {[]convert.Node{model("a", 1, 9, 7, whole), model("b", 2, 8, 7, bare), model("c", 3, 4, 7, bare)}, "(a): a b<a c<a"},
		"outcomes":                    {[]convert.Node{model("a", 1, 2, 7, whole), model("o", 3, 3, 7, outcome), model("b", 4, 5, 7, whole), model("p", 6, 6, 7, outcome)}, "(a): a o<a\n(b): b p<b"},
		"outcomes of calls at once":   {[]convert.Node{model("a", 1, 2, 7, whole), model("b", 2, 3, 7, whole), model("o", 4, 4, 7, outcome), model("p", 5, 5, 7, outcome)}, "(a): a o<a\n(b): b p<b"},
		"an outcome without its call": {[]convert.Node{model("o", 3, 3, 7, outcome), model("b", 4, 5, 7, whole)}, "(b): b\n(o): o"},
	} {
		t.Run(name, func(t *testing.T) {
			if have := draw(test.nodes, convert.Carve(test.nodes)); have != test.want {
				t.Errorf("carved\n%s\nwant\n%s", have, test.want)
			}
		})
	}
}
