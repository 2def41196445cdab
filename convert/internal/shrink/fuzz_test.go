// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hostile"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

func FuzzShrink(f *testing.F) {
	for _, body := range shrinkBodies(f) {
		for _, limit := range []int{0, 1000, len(body) / 2, len(body) - 1, len(body)} {
			f.Add(body, uint64(0), limit)
		}
	}
	for _, value := range []string{
		` { "a" : [ ] } `, `{"a":"` + strings.Repeat(`\u0061`, 300) + `","a":{"a":1}}`, `"` + strings.Repeat(`\/`, 600) + `"`, `{"":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}",
		`"\ud800` + strings.Repeat("\U0001F600", 200) + `"`, "null", "-0", "1e400", `{"spect":null,"partial":{"more":1}}`, `[null,{"type":null,"text":"` + strings.Repeat("a ", 500) + `"}]`,
	} {
		body := `{"metadata":{"spect":V,"request":V,"otel":V,"x":V,"result":{"error":{"message":"m","x":V},"x":V,"partial":V,"spans":[` +
			`{"metadata":V,"messages":[V,{"role":"user","content":V}],"tool":{"parameters":V,"result":V},"x":V}]}},` +
			`"prompt":{"messages":[{"role":"assistant","content":[V]}]},"response":{"object":V},"attributes":{"request.input":V},"":V}`
		body = strings.ReplaceAll(body, "V", value)
		if _, err := contracts.ParsePayload(body); err != nil {
			f.Fatal(err)
		}
		f.Add(body, uint64(0), 1500)
	}
	for seed := range uint64(20) {
		f.Add("", seed, 1000<<(seed%8)+1)
	}
	f.Fuzz(func(t *testing.T, body string, seed uint64, limit int) {
		p, err := contracts.ParsePayload(body)
		if err != nil {
			p = randomPayload(seed)
		}
		const most = 8 << 10 // many small ones find more; TestShrinkRandom has large ones
		if body = string(p.AppendJSON(nil)); len(body) <= most {
			checkShrink(t, body, limit)
		}
	})
}

func TestShrinkRandom(t *testing.T) {
	seeds := uint64(150)
	if testing.Short() {
		seeds = 30
	}
	for seed := range seeds {
		p := randomPayload(seed)
		body := string(p.AppendJSON(nil))
		r := rand.New(rand.NewPCG(seed, 1))
		least := parsed(t, body)
		Payload(least, -1, 0)
		floor := len(least.AppendJSON(nil))
		for _, limit := range []int{r.IntN(len(body) + 100), r.IntN(len(body)), floor + r.IntN(300), floor + r.IntN(3000)} {
			if !t.Run(fmt.Sprintf("%d to %d", seed, limit), func(t *testing.T) { checkShrink(t, body, limit) }) {
				return
			}
		}
	}
}

// What parses of a mutated payload need not be valid: it is shrunk all the same.
func TestShrinkMutated(t *testing.T) {
	sample := string(payloadtest.Sample())
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 2))
		if p, err := contracts.ParsePayload(hostile.Mutate(r, sample)); err == nil {
			body := string(p.AppendJSON(nil))
			if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { checkShrink(t, body, r.IntN(len(body))) }) {
				return
			}
		}
	}
}

// checkShrink holds what Shrink makes of a payload against all that it promises.
func checkShrink(t *testing.T, before string, limit int) {
	t.Helper()
	before = string(parsed(t, before).AppendJSON(nil))
	p := parsed(t, before) // shares its memory with a copy of before
	in := parsed(t, before)
	raw := string(in.Metadata.Request) + string(in.Response.Object)
	cut := Payload(p, limit, 0)
	after := string(p.AppendJSON(nil))
	if raw != string(in.Metadata.Request)+string(in.Response.Object) {
		t.Fatal("wrote to the payload's texts")
	}
	if bound := sizeBound(in); bound < len(before) {
		t.Fatalf("bound %d is below the size %d", bound, len(before))
	}
	known := parsed(t, before)
	if Payload(known, limit, len(before)) != cut || string(known.AppendJSON(nil)) != after {
		t.Fatal("the result depends on whether the size is given")
	}
	if cut != len(before)-len(after) {
		t.Fatalf("said %d bytes, took %d", cut, len(before)-len(after))
	}
	if len(before) <= limit && after != before {
		t.Fatalf("changed what is within the limit:\n%s\nto\n%s", short(before), short(after))
	}
	if !json.Valid([]byte(after)) {
		t.Fatalf("not JSON: %s", short(after))
	}
	out := parsed(t, after)
	if again := string(out.AppendJSON(nil)); again != after {
		t.Fatalf("parses as another payload:\n%s\n%s", short(after), short(again))
	}
	least := parsed(t, before)
	Payload(least, -1, 0)
	if floor := len(least.AppendJSON(nil)); len(after) > max(limit, floor) {
		t.Fatalf("%d bytes, limit %d, though %d are possible\n%s", len(after), limit, floor, short(after))
	}
	if Payload(out, limit, 0) != 0 || string(out.AppendJSON(nil)) != after {
		t.Fatalf("shrinks again:\n%s\n%s", short(after), short(string(out.AppendJSON(nil))))
	}
	checkContract(t, in, parsed(t, after))
	if len(before) > limit {
		checkCut(t, in, parsed(t, after))
	}
}

// checkContract checks that what was valid stays so.
func checkContract(t *testing.T, before, after *contracts.CollectorTracePayload) {
	t.Helper()
	var was, is *contracts.ValidationError
	errors.As(before.Validate(), &was)
	errors.As(after.Validate(), &is)
	if is == nil {
		return
	}
	problems := map[string]bool{}
	if was != nil {
		for _, p := range was.Problems {
			problems[withoutIndex(p.Path)] = true
		}
	}
	for _, p := range is.Problems {
		// What was wrong may be wrong in another way.
		if !problems[withoutIndex(p.Path)] {
			t.Fatalf("no longer valid: %v\nwas: %v", p, before.Validate())
		}
	}
}

// withoutIndex leaves out which span it is: there may be fewer.
func withoutIndex(problem string) string {
	const spans = "/metadata/result/spans/"
	if rest, ok := strings.CutPrefix(problem, spans); ok {
		return strings.TrimLeft(rest, "0123456789")
	}
	return problem
}

// checkCut checks that nothing is missing but what is noted.
func checkCut(t *testing.T, before, after *contracts.CollectorTracePayload) {
	t.Helper()
	checkSame(t, "the structure of the session", sessionStructure(before), sessionStructure(after))
	// A copy of request.spect in another spelling gets the original's.
	if spect := before.Metadata.Request.Member("spect"); spect.IsObject() && sameJSON(before.Metadata.Spect, spect) {
		before.Metadata.Spect = spect
	}
	var was, is []contracts.SpanRecord
	session := comparison{t: t, where: "session", copied: before.Metadata.Spect == before.Metadata.Request.Member("spect")}
	var old contracts.JSON
	hadResult := before.Metadata.Result != nil
	if r := before.Metadata.Result; hadResult {
		was = r.Spans
		r.Extra, old = withoutPartial(r.Extra)
	}
	if r := after.Metadata.Result; r != nil {
		is = r.Spans
		r.Extra, session.partial = withoutPartial(r.Extra)
		session.checkOld("metadata.result.partial", old)
		if !hadResult {
			after.Metadata.Result = nil
		}
	}
	checkSpans(t, was, is, session.partial)
	for _, p := range []*contracts.CollectorTracePayload{before, after} {
		if p.Metadata.Result != nil {
			p.Metadata.Result.Spans = nil
		}
	}
	session.compare("", contracts.JSON(before.AppendJSON(nil)), contracts.JSON(after.AppendJSON(nil)))
	session.checkNotes()
}

func withoutPartial(extra contracts.Members) (rest contracts.Members, partial contracts.JSON) {
	for _, e := range extra {
		if e.Name != "partial" {
			rest = append(rest, e)
		} else if partial = e.Value; partial == "" {
			partial = "null"
		}
	}
	return rest, partial
}

// checkSpans checks the spans that are left, and those that are not.
func checkSpans(t *testing.T, before, after []contracts.SpanRecord, session contracts.JSON) {
	t.Helper()
	kept := make([]bool, len(before))
	var pairs [][2]*contracts.SpanRecord
	i := 0
	for k := range after {
		for ; i < len(before); i++ {
			if spanStructure(&before[i]) == spanStructure(&after[k]) {
				break
			}
		}
		if i == len(before) {
			t.Fatalf("span %d is none of those that were there: %s", k, spanStructure(&after[k]))
		}
		kept[i] = true
		pairs = append(pairs, [2]*contracts.SpanRecord{&before[i], &after[k]})
		i++
	}
	if out := len(before) - len(after); out > 0 {
		why, _ := session.Member("metadata.result.spans").Text()
		want := fmt.Sprintf("%s of %s left out: ", grouped(nil, out), grouped(nil, len(before)))
		if more := session.Member("more"); !strings.HasPrefix(why, want) && more == "" {
			t.Fatalf("%d of %d spans are left out, noted is %s", out, len(before), session)
		}
	}
	ids := map[string]int{}
	for i := range before {
		ids[before[i].ID] = i
	}
	if len(ids) < len(before) {
		return // cannot tell them apart
	}
	delete(ids, "")
	for _, pair := range pairs {
		if want, got := nearestKept(before, kept, ids, pair[0]), pair[1].ParentID; got != want {
			t.Fatalf("span %s stands below %q, want %q", pair[1].ID, got, want)
		}
		pair[0].ParentID = pair[1].ParentID
		checkSpan(t, pair[0], pair[1])
	}
}

func nearestKept(spans []contracts.SpanRecord, kept []bool, ids map[string]int, s *contracts.SpanRecord) string {
	id := s.ParentID
	for range len(spans) + 1 {
		i, ok := ids[id]
		if !ok || kept[i] {
			return id
		}
		id = spans[i].ParentID
	}
	return "" // its own ancestor
}

func checkSpan(t *testing.T, before, after *contracts.SpanRecord) {
	t.Helper()
	was, is := before.Metadata, after.Metadata
	c := comparison{t: t, where: "span " + after.ID}
	if !was.IsObject() && is.Member("partial") != "" {
		c.partial = is.Member("partial")
		if was != "" && was != "null" {
			c.compare("metadata", was, is.Member("value"))
		}
		before.Metadata, after.Metadata = "{}", "{}"
	} else if was.IsObject() {
		c.partial = is.Member("partial")
		c.checkOld("metadata.partial", was.Member("partial"))
		before.Metadata, after.Metadata = withoutMember(was, "partial"), withoutMember(is, "partial")
	}
	c.compare("", contracts.JSON(before.AppendJSON(nil)), contracts.JSON(after.AppendJSON(nil)))
	c.checkNotes()
}

// without_ is an object without a member; of members with the same name the
// last counts.
func withoutMember(object contracts.JSON, name string) contracts.JSON {
	b := []byte{'{'}
	for n, v := range object.Members() {
		if n != name {
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = append(append(append(b, contracts.QuoteJSON(n)...), ':'), v...)
		}
	}
	return contracts.JSON(append(b, '}'))
}

// comparison compares what is left with what was.
type comparison struct {
	t       *testing.T
	where   string
	copied  bool // metadata.spect is the copy of request.spect, where notes speak of it
	partial contracts.JSON
	old     map[string]bool
	used    []string // paths on which a note is right
	gone    []string // paths of values that became text
}

// checkOld checks that earlier notes are still there. Those that are long may
// be cut, like anything else.
func (c *comparison) checkOld(path string, old contracts.JSON) {
	c.t.Helper()
	switch {
	case old == "", old == "null" && c.partial.IsObject():
	case !old.IsObject():
		if c.partial.IsObject() {
			c.used = append(c.used, "value")
			c.compare(path, old, c.partial.Member("value"))
		} else {
			c.compare(path, old, c.partial)
		}
	default:
		c.old = map[string]bool{}
		for name := range old.Members() {
			c.old[name] = true
			was, is := old.Member(name), c.partial.Member(name)
			wasText, _ := was.Text()
			isText, _ := is.Text()
			if strings.HasPrefix(isText, wasText+"; ") {
				continue
			}
			if n := strings.LastIndex(isText, "; "); n > 0 && isText != wasText { // cut, and another note
				is = contracts.QuoteJSON(isText[:n])
			}
			c.compare(string(appendStep([]byte(path), name)), was, is)
		}
	}
}

// note finds the note that speaks of a path.
func (c *comparison) noted(path string) {
	c.t.Helper()
	if c.copied {
		path = strings.Replace(path, "metadata.spect", "metadata.request.spect", 1)
	}
	found := false
	if path == "" { // a member may have no name
		c.used, found = append(c.used, path), c.partial.Member(path) != ""
	}
	for end := len(path); end > 0; end = max(strings.LastIndexAny(path[:end], ".["), 0) {
		c.used = append(c.used, path[:end])
		found = found || c.partial.Member(path[:end]) != ""
	}
	if found {
		return
	}
	if c.partial.Member("more") == "" && !strings.Contains(string(c.partial), ellipsis) {
		c.t.Fatalf("%s: no note on %s in %s", c.where, path, short(string(c.partial)))
	}
}

// checkNotes checks that there is no note without a reason.
func (c *comparison) checkNotes() {
	c.t.Helper()
	seen := map[string]bool{}
	for name := range c.partial.Members() {
		if seen[name] && !c.old[name] {
			c.t.Fatalf("%s: two notes on %s: %s", c.where, name, short(string(c.partial)))
		}
		seen[name] = true
		if name, _, _ = strings.Cut(name, " ("); c.old[name] || name == "more" || name == "metadata.result.spans" || strings.Contains(name, ellipsis) ||
			strings.HasPrefix(name, "metadata.partial") || strings.HasPrefix(name, "metadata.result.partial") { // of a repeated member the last is left

			continue
		}
		// What was in a value may be gone with more of it.
		if !slices.Contains(c.used, name) && !slices.ContainsFunc(c.gone, func(gone string) bool { return strings.HasPrefix(name, gone) }) {
			c.t.Fatalf("%s: a note on %s, of which nothing is missing: %s", c.where, name, short(string(c.partial)))
		}
	}
}

func (c *comparison) compare(path string, before, after contracts.JSON) {
	c.t.Helper()
	if before == after {
		return
	}
	wasText, wasString := before.Text()
	isText, isString := after.Text()
	switch {
	case isString && wasString && isCut(wasText, isText), isString && !wasString && isCut(string(before), isText):
		c.noted(path)
	case isString && !wasString && isCutWithFiles(string(before), isText):
		c.noted(path)
		c.gone = append(c.gone, path)
	case isFileOf(before, after):
		c.noted(path)
	case before.IsObject() && after.IsObject():
		c.compareObjects(path, before, after)
	case before.IsArray() && after.IsArray():
		was, is := slices.Collect(before.Elements()), slices.Collect(after.Elements())
		if len(was) != len(is) {
			c.t.Fatalf("%s: %s had %d elements and has %d", c.where, path, len(was), len(is))
		}
		for i := range was {
			c.compare(path+"["+strconv.Itoa(i)+"]", was[i], is[i])
		}
	default:
		c.t.Fatalf("%s: %s was %s and is %s", c.where, path, short(string(before)), short(string(after)))
	}
}

func (c *comparison) compareObjects(path string, before, after contracts.JSON) {
	c.t.Helper()
	type member struct {
		name  string
		value contracts.JSON
	}
	members := func(j contracts.JSON) (out []member) {
		for n, v := range j.Members() {
			out = append(out, member{n, v})
		}
		return out
	}
	was, is := members(before), members(after)
	if len(was) != len(is) {
		c.t.Fatalf("%s: %s had %d members and has %d", c.where, path, len(was), len(is))
	}
	for i := range was {
		if was[i].name != is[i].name {
			c.t.Fatalf("%s: %s had a member %q and has %q", c.where, path, was[i].name, is[i].name)
		}
		if was[i].name == "type" && strings.HasSuffix(path, "].output") {
			was, is := before.Member("value"), after.Member("value")
			if types := [2]contracts.JSON{before.Member("type"), after.Member("type")}; types[0] != types[1] &&
				(is == was || was[0] == '"' || is[0] != '"' || types[1] != map[string]contracts.JSON{"json": `"text"`, "content": `"text"`, "error-json": `"error-text"`}[unquoted(string(types[0]))]) {
				c.t.Fatalf("%s: type of %s became %s, of value %s", c.where, types[0], types[1], is)
			}
			continue
		}
		c.compare(string(appendStep([]byte(path), was[i].name)), was[i].value, is[i].value)
	}
}

// isCutWithFiles tells, roughly, whether after is what is left of a value in which
// files were replaced first.
func isCutWithFiles(before, after string) bool {
	m := marks.FindStringIndex(after)
	if m == nil || len(after) > len(before) || len(before) < leastBlob {
		return false
	}
	start, end := after[:min(m[0], 1)], after[max(len(after)-1, m[1]):]
	return strings.HasPrefix(before, start) && strings.HasSuffix(before, end)
}

// isFileOf tells whether after stands for the file before.
func isFileOf(before, after contracts.JSON) bool {
	sum, ok := after.Member("sha256").Text()
	size := string(after.Member("size"))
	if !ok {
		return false
	}
	text, isText := before.Text()
	if !isText {
		text = string(before)
	}
	is := func(b []byte) bool { return sumOf(b) == sum && strconv.Itoa(len(b)) == size }
	data := text
	if head, rest, ok := strings.Cut(text, ","); ok && strings.HasPrefix(strings.ToLower(head), "data:") {
		if !strings.HasSuffix(head, ";base64") {
			plain, err := url.PathUnescape(rest)
			return err == nil && is([]byte(plain)) || is([]byte(text))
		}
		data = rest
		if want, _, _ := strings.Cut(head[len("data:"):len(head)-len(";base64")], ";"); after.Member("mediaType") != "" && after.Member("mediaType") != contracts.QuoteJSON(want) {
			return false
		}
	}
	data = strings.NewReplacer("\r", "", "\n", "").Replace(data)
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(data); err == nil {
			return is(b)
		}
	}
	return is([]byte(text))
}

func checkSame(t *testing.T, what, was, is string) {
	t.Helper()
	if was != is {
		t.Fatalf("%s changed from\n%s\nto\n%s", what, short(was), short(is))
	}
}

// The structure is what may never be cut.

func sessionStructure(p *contracts.CollectorTracePayload) string {
	q := *p
	q.Name, q.Operation, q.Metadata, q.Prompt.Extra, q.Attributes.Extra, q.Extra = "", contracts.CollectorTraceOperation{}, contracts.CollectorTraceMetadata{}, nil, nil, nil
	q.Attributes.RequestInput, q.Prompt.Messages, q.Model.Extra = "", "", nil
	q.Response.Text, q.Response.Object, q.Response.Extra = nil, "", nil
	return string(q.AppendJSON(nil)) + errorStructure(p.Metadata.Result) + messagesStructure(p.Prompt.Messages) + namesOf(p.Metadata.Request) + namesOf(p.Metadata.OTel)
}

func namesOf(object contracts.JSON) string {
	var names []string
	for name := range object.Members() {
		names = append(names, strconv.Quote(name))
	}
	return strings.Join(names, " ")
}

func errorStructure(r *contracts.CollectorTraceResult) string {
	if r == nil || r.Error == nil {
		return ""
	}
	return r.Error.Type + " " + r.Error.Code
}

func spanStructure(s *contracts.SpanRecord) string {
	r := *s
	r.Name, r.ParentID, r.Messages, r.Metadata, r.Extra, r.Error = "", "", "", "", nil, nil
	if s.Error != nil {
		r.Error = &contracts.NormalizedError{Type: s.Error.Type, Code: s.Error.Code}
	}
	if s.Model != nil {
		r.Model = &contracts.SpanModelOverlay{ModelID: s.Model.ModelID, Provider: s.Model.Provider}
	}
	if s.Tool != nil {
		r.Tool = &contracts.SpanToolOverlay{ToolCallID: s.Tool.ToolCallID, ToolName: s.Tool.ToolName}
	}
	if a := s.Subagent; a != nil {
		r.Subagent = &contracts.SpanSubagentOverlay{ToolCallID: a.ToolCallID, SubagentType: a.SubagentType, Source: a.Source}
	}
	return string(r.AppendJSON(nil)) + messagesStructure(s.Messages)
}

func messagesStructure(m contracts.Messages) string {
	var b strings.Builder
	for m := range contracts.JSON(m).Elements() {
		fmt.Fprint(&b, " / ", m.Member("id"), m.Member("role"), m.Member("toolCallId"))
		if m.Member("role") == "" {
			continue
		}
		for part := range m.Member("content").Elements() {
			fmt.Fprint(&b, " - ", part.Member("type"), part.Member("toolCallId"), part.Member("toolName"))
			if part.Member("type") == `"file"` {
				fmt.Fprint(&b, part.Member("mediaType"), part.Member("filename"))
			}
		}
	}
	return b.String()
}

// randomPayload makes a payload with all that may stand in one, mostly valid by
// the contract.
func randomPayload(seed uint64) *contracts.CollectorTracePayload {
	g := maker{rand.New(rand.NewPCG(seed, 0)), new(int)}
	*g.left = 1000 << g.IntN(8)
	spans := make([]contracts.SpanRecord, g.IntN(1+g.IntN(60)))
	for i := range spans {
		spans[i] = g.span()
	}
	p := payloadOf(spans...)
	for i := range spans {
		if g.IntN(4) > 0 && i > 0 {
			spans[i].ParentID = spans[g.IntN(i)].ID
		}
		if g.IntN(4) > 0 {
			spans[i].EndTime = spans[i].StartTime.Add(time.Duration(g.IntN(1000)) * time.Millisecond)
		}
	}
	if g.IntN(3) == 0 {
		p.Name = g.text()
		p.Operation.ID, p.Operation.Name = p.Name, p.Name
	}
	text := g.text()
	p.Response.Text = &text
	p.Response.Object, p.Attributes.RequestInput = g.maybe(), g.maybe()
	p.Metadata.Request, p.Metadata.OTel = g.object(), g.object()
	if g.IntN(2) == 0 {
		spect := g.object()
		p.Metadata.Request = `{"a":` + g.value() + `, "spect" : ` + spect + "}"
		if spect != "{}" {
			p.Metadata.Spect = spect
		}
	} else if p.Metadata.Request.Member("spect").IsObject() {
		p.Metadata.Request = ""
	}
	p.Extra, p.Metadata.Extra, p.Response.Extra, p.Metadata.Result.Extra = g.extra(), g.extra(), g.extra(), g.extra()
	p.Prompt.Messages = g.messages()
	if g.IntN(4) == 0 {
		fail(p)
		p.Metadata.Result.Error = g.error()
	}
	return p
}

type maker struct {
	*rand.Rand
	left *int // of the bytes that the payload is to have
}

func pick[T any](g maker, from ...T) T { return from[g.IntN(len(from))] }

// size is small mostly, and large at times.
func (g maker) size() int {
	n := g.IntN(1 + g.IntN(pick(g, 10, 100, 1000, 1000, 10_000)))
	n = min(n, *g.left)
	*g.left -= n
	return n
}

func (g maker) text() string {
	alphabet := pick(g, "a", "word and word. ", "äöü€😀", "\"\\\n\t\x01", "\xff\xe2\x82\u2028", `{"a":1}`, "…[1 bytes cut]…")
	n := g.size()
	text := strings.Repeat(alphabet, n/len(alphabet)+1)
	if g.IntN(20) == 0 {
		return text[:n] // may break a character
	}
	return strings.ToValidUTF8(text[:n], "")
}

func (g maker) string() contracts.JSON {
	switch g.IntN(8) {
	case 0:
		return contracts.QuoteJSON(image(g.size()))
	case 1:
		return contracts.QuoteJSON("data:image/png;base64," + image(g.size()))
	case 2: // every way to escape
		return contracts.JSON(`"` + strings.Repeat(pick(g, `\u00e4`, `\ud83d\ude00`, `\/\\`, `\u005C\"`), g.size()/6) + `"`)
	}
	return contracts.QuoteJSON(g.text())
}

func (g maker) value() contracts.JSON { return g.nested(3) }

func (g maker) nested(depth int) contracts.JSON {
	space := pick[contracts.JSON](g, "", "", " ", "\n\t")
	kind := g.IntN(10)
	if depth == 0 {
		kind = g.IntN(6)
	}
	switch kind {
	case 0, 1:
		return pick[contracts.JSON](g, "null", "true", "-1.50e+3", "0", "[]", "{}", `""`)
	case 2, 3, 4, 5:
		return g.string()
	case 6, 7:
		var b strings.Builder
		for i := range g.IntN(1 + g.size()/50 + 1) {
			if i > 0 {
				b.WriteString(string("," + space))
			}
			b.WriteString(string(g.nested(depth - 1)))
		}
		return "[" + space + contracts.JSON(b.String()) + space + "]"
	}
	var b strings.Builder
	for i := range g.IntN(6) {
		if i > 0 {
			b.WriteString(",")
		}
		name := pick[contracts.JSON](g, `"a"`, `"data"`, `"text"`, `"\u0074ype"`, `"spect"`, `"x.y"`, `"partial"`, `"more"`, `""`, contracts.QuoteJSON(strings.Repeat("n", g.IntN(100))))
		b.WriteString(string(name + space + ":" + space + g.nested(depth-1)))
	}
	return "{" + space + contracts.JSON(b.String()) + space + "}"
}

func (g maker) object() contracts.JSON {
	for {
		if v := g.nested(4); v.IsObject() {
			return v
		}
	}
}

func (g maker) maybe() contracts.JSON {
	if g.IntN(2) == 0 {
		return ""
	}
	return g.value()
}

func (g maker) extra() (extra contracts.Members) {
	for i := range g.IntN(3) {
		extra = append(extra, contracts.Member{Name: pick(g, "x", "partial", "y\"") + strconv.Itoa(i)[:g.IntN(2)*1], Value: g.value()})
	}
	slices.SortFunc(extra, func(a, b contracts.Member) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(extra, func(a, b contracts.Member) bool { return a.Name == b.Name })
}

func (g maker) error() *contracts.NormalizedError {
	return &contracts.NormalizedError{Message: g.text(), Type: "T", Code: "42", Stack: g.text(), Extra: g.extra()}
}

func (g maker) span() contracts.SpanRecord {
	s := contracts.SpanRecord{Name: g.text(), Metadata: g.object(), Messages: g.messages(), Extra: g.extra()}
	s.Kind = pick(g, contracts.KindNone, contracts.KindGenerate, contracts.KindToolCall, contracts.KindToolResult, contracts.KindSubagent)
	switch s.Kind {
	case contracts.KindToolCall:
		s.Tool = &contracts.SpanToolOverlay{ToolCallID: "c", ToolName: "n", Parameters: g.maybe(), Extra: g.extra()}
	case contracts.KindToolResult:
		s.Tool = &contracts.SpanToolOverlay{ToolCallID: "c", ToolName: "n", Result: g.value()}
	case contracts.KindSubagent:
		s.Subagent = &contracts.SpanSubagentOverlay{Input: g.maybe(), Extra: g.extra()}
	}
	if g.IntN(4) == 0 {
		s.Status, s.Error = contracts.StatusError, g.error()
	}
	if g.IntN(4) == 0 {
		s.Model = &contracts.SpanModelOverlay{ModelID: "m", Extra: g.extra()}
	}
	return s
}

func (g maker) messages() contracts.Messages {
	if g.IntN(3) == 0 {
		return ""
	}
	var messages []contracts.ConversationMessage
	for range g.IntN(1 + g.size()/50 + 1) {
		m := contracts.ConversationMessage{Role: pick(g, contracts.RoleSystem, contracts.RoleUser, contracts.RoleAssistant, contracts.RoleTool), Extra: g.extra()}
		if g.IntN(10) == 0 {
			m.Name = g.text()
		}
		var parts []contracts.ContentPart
		for range g.IntN(4) {
			parts = append(parts, g.part(m.Role))
		}
		switch m.Content = contracts.PartsContent(parts...); {
		case m.Role == contracts.RoleSystem, m.Role != contracts.RoleTool && g.IntN(3) == 0:
			m.Content = contracts.TextContent(g.text())
		}
		messages = append(messages, m)
	}
	return messagesOf(messages...)
}

func (g maker) part(role contracts.Role) contracts.ContentPart {
	var options contracts.JSON
	if g.IntN(5) == 0 {
		options = g.object()
	}
	text := contracts.TextContentPart{Text: g.text(), ProviderOptions: options, Extra: g.extra()}
	file := contracts.FileContentPart{MediaType: "image/png", Filename: "a", Data: g.string(), ProviderOptions: options}
	if g.IntN(5) == 0 {
		file.Data = g.value()
	}
	result := contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "n", Output: contracts.ToolResultOutput{Type: pick(g, slices.Sorted(maps.Keys(outputs))...)}}
	result.Output.Value = outputs[result.Output.Type](g)
	other := contracts.UnknownContentPart{Raw: `{"type":"other","x":` + g.value() + "}"}
	switch role {
	case contracts.RoleUser:
		return pick[contracts.ContentPart](g, text, file, other)
	case contracts.RoleTool:
		return pick[contracts.ContentPart](g, result, other)
	}
	return pick[contracts.ContentPart](g, text, file, other, result, contracts.ReasoningContentPart{Text: g.text(), ProviderOptions: options},
		contracts.ToolCallContentPart{ToolCallID: "c", ToolName: "n", Input: g.value(), Extra: g.extra()})
}

var outputs = map[contracts.ToolResultOutputType]func(g maker) contracts.JSON{
	contracts.OutputJSON:      maker.value,
	contracts.OutputErrorJSON: maker.value,
	contracts.OutputText:      func(g maker) contracts.JSON { return contracts.QuoteJSON(g.text()) },
	contracts.OutputErrorText: func(g maker) contracts.JSON { return contracts.QuoteJSON(g.text()) },
	contracts.OutputContent:   func(g maker) contracts.JSON { return "[" + g.value() + "," + g.object() + "]" },
}
