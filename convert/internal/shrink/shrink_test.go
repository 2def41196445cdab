// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
)

// The tests below say what Shrink makes of one payload or another. That what it
// makes is right, whatever it is, checkShrink says for all of them.

func uuidOf(n int) string { return fmt.Sprintf("019a0000-0000-7000-8000-%012d", n) }

// payloadOf is a payload that is valid by the contract.
func payloadOf(spans ...contracts.SpanRecord) *contracts.CollectorTracePayload {
	start := time.UnixMilli(1_777_000_000_000).UTC()
	id := uuidOf(0)
	p := &contracts.CollectorTracePayload{
		ID: id, TraceID: id, SpanID: id, Name: "agent.run", OrganizationID: "org",
		StartTime: start, EndTime: start.Add(time.Second), Duration: 1000,
		Model:      contracts.CollectorTraceModel{ID: "gpt-4.1", Provider: "openai"},
		Operation:  contracts.CollectorTraceOperation{ID: "agent.run", Name: "agent.run"},
		Prompt:     contracts.CollectorTracePrompt{Format: "messages"},
		Response:   contracts.CollectorTraceResponse{Model: "gpt-4.1", Timestamp: "2026-04-24T03:06:40Z", Usage: `{"totalTokens":3}`, FinishReasons: []string{"stop"}},
		Attributes: contracts.CollectorTraceAttributes{Provider: "openai"},
		Metadata:   contracts.CollectorTraceMetadata{Result: &contracts.CollectorTraceResult{Spans: spans}},
	}
	for i := range spans {
		s := &spans[i]
		s.ID, s.TraceID, s.Status, s.StartTime = uuidOf(i+1), id, cmp.Or(s.Status, contracts.StatusOK), start
	}
	return p
}

func messagesOf(messages ...contracts.ConversationMessage) contracts.Messages {
	for i := range messages {
		messages[i].ID = "m" + strconv.Itoa(i)
	}
	return contracts.MakeMessages(messages...)
}

// bytesOf are n bytes that look like nothing.
func bytesOf(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func image(n int) string { return base64.StdEncoding.EncodeToString(bytesOf(n)) }

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// shrunk shrinks a payload, with all checks.
func shrunk(t *testing.T, p *contracts.CollectorTracePayload, limit int) *contracts.CollectorTracePayload {
	t.Helper()
	before := string(p.AppendJSON(nil))
	checkShrink(t, before, limit)
	out := parsed(t, before)
	Payload(out, limit, 0)
	// With white space that parsing leaves out, it is the same.
	if cut := Payload(p, limit, 0); cut != len(before)-len(p.AppendJSON(nil)) {
		t.Errorf("said %d bytes, took %d", cut, len(before)-len(p.AppendJSON(nil)))
	}
	return out
}

func parsed(t *testing.T, text string) *contracts.CollectorTracePayload {
	t.Helper()
	p, err := contracts.ParsePayload(strings.Clone(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, short(text))
	}
	return p
}

func short(text string) string {
	if len(text) > 600 {
		return text[:600] + "..."
	}
	return text
}

func TestShrinkLeavesAloneWhatFits(t *testing.T) {
	for name, body := range shrinkBodies(t) {
		p := parsed(t, body)
		size := len(p.AppendJSON(nil))
		for _, encoded := range []int{0, size} {
			if cut := Payload(p, size, encoded); cut != 0 {
				t.Errorf("%s: cut %d bytes of a payload within the limit", name, cut)
			}
		}
		if got := string(p.AppendJSON(nil)); got != body {
			t.Errorf("%s: changed\n%s\nto\n%s", name, body, got)
		}
	}
}

func TestShrinkTellsWithoutAllocating(t *testing.T) {
	p := parsed(t, string(payloadtest.Sample()))
	size := len(p.AppendJSON(nil))
	for _, c := range []struct{ limit, encoded int }{{size, size}, {5 << 20, 0}} {
		if n := testing.AllocsPerRun(100, func() { Payload(p, c.limit, c.encoded) }); n != 0 {
			t.Errorf("limit %d, encoded %d: %v allocations", c.limit, c.encoded, n)
		}
	}
}

// shrinkBodies are the payloads of the reference client, and the sample.
func shrinkBodies(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(name string, body []byte) {
		p, err := contracts.ParsePayload(string(body))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(p.AppendJSON(nil))
	}
	add("sample", payloadtest.Sample())
	for _, v := range reference.Vectors() {
		r, err := payloadtest.ParseRequest(v.Captured)
		if err != nil {
			t.Fatal(err)
		}
		add(v.Name, r.Body)
	}
	return out
}

func TestSizeBound(t *testing.T) {
	for name, body := range shrinkBodies(t) {
		if bound := sizeBound(parsed(t, body)); bound < len(body) {
			t.Errorf("%s: bound %d is below the size %d", name, bound, len(body))
		}
	}
	controls := strings.Repeat("\x01", 1000)
	p := payloadOf(contracts.SpanRecord{Name: controls, Error: &contracts.NormalizedError{Message: controls, Stack: "\xff" + controls}})
	p.Response.Text, p.Name = &controls, controls
	p.Extra = contracts.Members{{Name: controls}, {Name: "a", Value: `"b"`}}
	bare := &contracts.CollectorTracePayload{}
	full := int64(math.MinInt64)
	many := payloadOf(make([]contracts.SpanRecord, 1000)...)
	for i := range many.Metadata.Result.Spans {
		many.Metadata.Result.Spans[i] = contracts.SpanRecord{
			Version: full, EndTime: time.Unix(0, 1), DurationMs: &full, Model: &contracts.SpanModelOverlay{ModelID: "m", Provider: "p"},
			Tool: &contracts.SpanToolOverlay{ToolCallID: "c", ToolName: "n", Parameters: "1", Result: "2"}, Error: &contracts.NormalizedError{Code: "c"},
			Subagent: &contracts.SpanSubagentOverlay{ToolCallID: "c", SubagentType: "t", Input: "1", Source: "s"},
		}
	}
	for _, p := range []*contracts.CollectorTracePayload{p, bare, many} {
		if size, bound := len(p.AppendJSON(nil)), sizeBound(p); bound < size {
			t.Errorf("bound %d is below the size %d", bound, size)
		}
	}
}

func TestShrinkReplacesTheImageAlone(t *testing.T) {
	data, small := bytesOf(5<<20), image(300)
	p := payloadOf(contracts.SpanRecord{
		Kind: contracts.KindUser,
		Messages: messagesOf(contracts.SystemText("Be kind."), contracts.User(
			contracts.TextContentPart{Text: strings.Repeat("What is this? ", 1000)},
			contracts.FileContentPart{MediaType: "image/png", Filename: "a.png", Data: contracts.QuoteJSON(base64.StdEncoding.EncodeToString(data))},
			contracts.FileContentPart{MediaType: "image/gif", Data: contracts.QuoteJSON(small)},
		)),
	})
	want := parsed(t, string(p.AppendJSON(nil)))
	got := parsed(t, string(p.AppendJSON(nil)))
	Payload(got, 1<<20, 0)
	s := &want.Metadata.Result.Spans[0]
	s.Messages = contracts.Messages(strings.Replace(string(s.Messages), `"`+base64.StdEncoding.EncodeToString(data)+`"`,
		`{"sha256":"`+sumOf(data)+`","size":5242880}`, 1))
	s.Metadata = `{"partial":{"messages[1].content[1].data":"file replaced by its sha256: 5,242,880 bytes"}}`
	if got, want := string(got.AppendJSON(nil)), string(want.AppendJSON(nil)); got != want {
		t.Errorf("have %s\nwant %s", got, want)
	}
}

func TestShrinkReplacesTheLargestFilesFirst(t *testing.T) {
	var parts []contracts.ContentPart
	for _, n := range []int{2000, 90_000, 3000, 60_000, 1000} {
		parts = append(parts, contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(image(n))})
	}
	p := payloadOf(contracts.SpanRecord{Messages: messagesOf(contracts.User(parts...))})
	got := shrunk(t, p, 20_000).Metadata.Result.Spans[0]
	var replaced []int
	msgs, _ := got.Messages.Decode()
	for i, part := range msgs[0].Content.Parts() {
		if part.(contracts.FileContentPart).Data.IsObject() {
			replaced = append(replaced, i)
		}
	}
	if !slices.Equal(replaced, []int{1, 3}) {
		t.Errorf("replaced %v, want the two largest", replaced)
	}
}

// The notes need room too: for them another file goes, not a text.
func TestShrinkCountsNotes(t *testing.T) {
	text := strings.Repeat("text ", 1000)
	p := payloadOf(contracts.SpanRecord{Messages: messagesOf(contracts.SystemText(text), contracts.User(
		contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(image(90_000))},
		contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(image(3000))},
	))})
	limit := len(p.AppendJSON(nil)) - 120_000 + fileSize + 10
	msgs, _ := shrunk(t, p, limit).Metadata.Result.Spans[0].Messages.Decode()
	if msgs[0].Content.Text() != text || !strings.Contains(string(msgs[1].AppendJSON(nil)), `"size":3000`) {
		t.Errorf("have %v", msgs)
	}
}

// Files are found where models and tools put them.
func TestShrinkFindsFiles(t *testing.T) {
	data := bytesOf(30_000)
	std, urlSafe := base64.StdEncoding.EncodeToString(data), base64.RawURLEncoding.EncodeToString(data)
	object := `{"sha256":"` + sumOf(data) + `","size":30000}`
	typed := `{"mediaType":"image/png","sha256":"` + sumOf(data) + `","size":30000}`
	text := strings.Repeat("some text of a file ", 1000)
	message := func(role, part string) string { return `[{"id":"m","role":"` + role + `","content":[` + part + `]}]` }
	for name, c := range map[string]struct{ role, part, want, path string }{
		"base64": {"user", `{"type":"file","mediaType":"image/png","data":"` + std + `"}`, object, "data"},
		"data URL": {
			"user", `{"type":"file","mediaType":"image/png","data":"data:image/png;base64,` + std + `"}`, object, "data",
		},
		"URL-safe":         {"assistant", `{"data":"` + urlSafe + `","mediaType":"image/png","type":"file"}`, object, "data"},
		"URL-safe, padded": {"assistant", `{"data":"` + base64.URLEncoding.EncodeToString(append(data, 1)) + `","mediaType":"image/png","type":"file"}`, `{"sha256":"` + sumOf(append(data, 1)) + `","size":30001}`, "data"},
		"escaped":          {"user", `{"type":"file","mediaType":"a","data":"` + strings.ReplaceAll(std, "/", `\/`) + `"}`, object, "data"},
		"in lines":         {"user", `{"type":"file","mediaType":"a","data":"` + std[:400] + `\r\n` + std[400:] + `\n"}`, object, "data"},
		"text":             {"user", `{"type":"file","mediaType":"a","data":"` + text + `"}`, `{"sha256":"` + sumOf([]byte(text)) + `","size":20000}`, "data"},
		"text URL":         {"user", `{"type":"file","mediaType":"a","data":"data:,` + strings.ReplaceAll(text, " ", "%20") + `"}`, `{"sha256":"` + sumOf([]byte(text)) + `","size":20000}`, "data"},
		"an object":        {"user", `{"type":"file","mediaType":"a","data":{"text":"` + text + `"}}`, `{"sha256":"` + sumOf([]byte(`{"text":"`+text+`"}`)) + `","size":20011}`, "data"},
		"content output": {
			"tool", `{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"content","value":[{"type":"text","text":"Look: "},{"type":"media","data":"` + std + `","mediaType":"image/png"}]}}`,
			object, "output.value[1].data",
		},
		"URL in content output": {
			"tool", `{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"value":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + std + `"}}],"type":"content"}}`,
			typed, "output.value[0].image_url.url",
		},
		"json output": {
			"tool", `{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"json","value":{"content":[{"type":"image","data":"` + std + `","mimeType":"image/png"}]}}}`,
			object, "output.value.content[0].data",
		},
		"tool input":    {"assistant", `{"type":"tool-call","toolCallId":"c","toolName":"n","input":{"n":1,"file":"` + std + `"}}`, object, "input.file"},
		"unknown part":  {"user", `{"type":"image","image":"` + std + `"}`, object, "image"},
		"signed":        {"assistant", `{"type":"reasoning","text":"","providerOptions":{"p":{"encrypted":"` + std + `"}}}`, object, "providerOptions.p.encrypted"},
		"a part's more": {"user", `{"type":"text","text":"","x":["` + std + `"]}`, object, "x[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := payloadOf(contracts.SpanRecord{Messages: contracts.Messages(message(c.role, c.part))})
			got := shrunk(t, p, 8000).Metadata.Result.Spans[0]
			if !strings.Contains(string(got.Messages), c.want) || len(got.Messages) > 1000 {
				t.Errorf("have %s\nwant %s in it", got.Messages, c.want)
			}
			path := "messages[0].content[0]." + c.path
			why, _ := got.Metadata.Member("partial").Member(path).Text()
			if !strings.HasPrefix(why, "file replaced by its sha256: ") {
				t.Errorf("no note on %s in %s", path, got.Metadata)
			}
		})
	}
	// Elsewhere than in messages too.
	p := payloadOf()
	p.Attributes.RequestInput = contracts.JSON(`{"input":[{"content":[{"type":"input_image","image_url":"data:image/png;base64,` + std + `"},{"type":"input_text","text":"Hi"}]}]}`)
	got := shrunk(t, p, 8000)
	if want := contracts.JSON(`{"input":[{"content":[{"type":"input_image","image_url":` + typed + `},{"type":"input_text","text":"Hi"}]}]}`); got.Attributes.RequestInput != want {
		t.Errorf("have %s\nwant %s", got.Attributes.RequestInput, want)
	}
}

// What only looks like a file is cut as a text.
func TestShrinkTakesTextForText(t *testing.T) {
	for name, text := range map[string]string{
		"words":     strings.Repeat("word ", 8000),
		"one word":  strings.Repeat("word", 10_000),
		"hex":       hex.EncodeToString(bytesOf(20_000)),
		"not so":    image(30_000) + ".",
		"data word": "data: " + strings.Repeat("a,b ", 10_000),
	} {
		p := payloadOf(contracts.SpanRecord{
			Kind: contracts.KindToolCall,
			Tool: &contracts.SpanToolOverlay{Parameters: `{"v":` + contracts.QuoteJSON(text) + `}`},
		})
		got := shrunk(t, p, 8000).Metadata.Result.Spans[0].Tool.Parameters
		if v, _ := got.Member("v").Text(); len(v) < 4000 || !strings.HasPrefix(v, text[:1000]) {
			t.Errorf("%s: have %s", name, got)
		}
	}
	// A text part's text stays a text, even if it is a file.
	p := payloadOf(contracts.SpanRecord{Messages: messagesOf(contracts.ToolMessage(contracts.ToolResultContentPart{
		Output: contracts.ToolResultOutput{Type: contracts.OutputContent, Value: `[{"type":"text","text":"` + contracts.JSON(image(30_000)) + `"}]`},
	}))})
	msgs, _ := shrunk(t, p, 8000).Metadata.Result.Spans[0].Messages.Decode()
	out := msgs[0].Content.Parts()[0].(contracts.ToolResultContentPart).Output
	for e := range out.Value.Elements() {
		if _, ok := e.Member("text").Text(); !ok || out.Type != contracts.OutputContent {
			t.Errorf("have %v", out)
		}
	}
}

// One huge text is cut and a hundred small ones stay whole.
func TestShrinkCutsTheLongest(t *testing.T) {
	small := strings.Repeat("small ", 50)
	var spans []contracts.SpanRecord
	for i := range 100 {
		text := small
		if i == 40 {
			text = "START" + strings.Repeat("huge ", 100_000) + "END"
		}
		spans = append(spans, contracts.SpanRecord{Messages: messagesOf(contracts.AssistantText(text))})
	}
	p := payloadOf(spans...)
	limit := 100_000
	got := shrunk(t, p, limit)
	if size := len(got.AppendJSON(nil)); size < limit*99/100 {
		t.Errorf("cut to %d, more than needed for %d", size, limit)
	}
	for i, s := range got.Metadata.Result.Spans {
		m, _ := s.Messages.Decode()
		text := m[0].Content.Text()
		if i != 40 && (text != small || s.Metadata != "{}") {
			t.Errorf("span %d: %q, %s", i, text, s.Metadata)
		}
		if i != 40 {
			continue
		}
		head, rest, _ := strings.Cut(text, "…[")
		n, tail, ok := strings.Cut(rest, " bytes cut]…")
		cut, _ := strconv.Atoi(strings.ReplaceAll(n, ",", ""))
		if !ok || !strings.HasPrefix(head, "START") || !strings.HasSuffix(tail, "END") || len(head)+len(tail)+cut != 500_008 || len(head)/3-len(tail) > 2 {
			t.Errorf("head of %d, tail of %d, %q cut", len(head), len(tail), n)
		}
		want := `{"partial":{"messages[0].content[0].text":"cut by ` + n + ` of 500,008 bytes"}}`
		if string(s.Metadata) != want {
			t.Errorf("noted %s, want %s", s.Metadata, want)
		}
	}
}

// Two long texts are cut to the same length, and one between that and the limit
// stays whole.
func TestShrinkCutsToOneLength(t *testing.T) {
	p := payloadOf(contracts.SpanRecord{Messages: messagesOf(
		contracts.UserText(strings.Repeat("a", 50_000)), contracts.SystemText(strings.Repeat("b", 80_000)), contracts.UserText(strings.Repeat("c", 20_000)),
	)})
	msgs, _ := shrunk(t, p, 80_000).Metadata.Result.Spans[0].Messages.Decode()
	a, b, c := len(msgs[0].Content.Text()), len(msgs[1].Content.Text()), len(msgs[2].Content.Text())
	if a != b || a < 29_000 || a > 30_000 || c != 20_000 {
		t.Errorf("cut to %d, %d, %d", a, b, c)
	}
}

// Every place where something long may stand.
func TestShrinkCutsEverywhere(t *testing.T) {
	long := strings.Repeat("lorem ipsum \"dolor\"\n", 1000)
	quoted := contracts.QuoteJSON(long)
	array := "[" + contracts.JSON(strings.Repeat(`{"a": 1},`, 2500)) + "null]"
	member := func(j contracts.JSON) contracts.Members { return contracts.Members{{Name: "x", Value: j}} }
	part := func(part string) func(*contracts.CollectorTracePayload, *contracts.SpanRecord) {
		return func(_ *contracts.CollectorTracePayload, s *contracts.SpanRecord) {
			role := "assistant"
			if strings.Contains(part, "tool-result") {
				role = "tool"
			}
			s.Messages = contracts.Messages(`[{"id":"m","role":"` + role + `","content":[` + part + `]}]`)
		}
	}
	type payload = contracts.CollectorTracePayload
	type record = contracts.SpanRecord
	for path, set := range map[string]func(p *payload, s *record){
		"metadata.result.name":                       nil,
		"name":                                       func(_ *payload, s *record) { s.Name = long },
		"session name":                               func(p *payload, _ *record) { p.Name, p.Operation.ID, p.Operation.Name = long, long, long },
		"session response.text":                      func(p *payload, _ *record) { p.Response.Text = &long },
		"session response.object":                    func(p *payload, _ *record) { p.Response.Object = array },
		"session response.x":                         func(p *payload, _ *record) { p.Response.Extra = member(quoted) },
		"session attributes.request.input":           func(p *payload, _ *record) { p.Attributes.RequestInput = quoted },
		"session attributes.x":                       func(p *payload, _ *record) { p.Attributes.Extra = member(array) },
		"session x":                                  func(p *payload, _ *record) { p.Extra = member(array) },
		"session model.x":                            func(p *payload, _ *record) { p.Model.Extra = member(array) },
		"session operation.x":                        func(p *payload, _ *record) { p.Operation.Extra = member(array) },
		"session metadata.x":                         func(p *payload, _ *record) { p.Metadata.Extra = member(array) },
		"session metadata.request.v":                 func(p *payload, _ *record) { p.Metadata.Request = ` {"a":1, "v" : ` + quoted + "}" },
		"session metadata.request.w":                 func(p *payload, _ *record) { p.Metadata.Request = `{"a":1,"w":` + array + "}" },
		"session metadata.otel.resource.a":           func(p *payload, _ *record) { p.Metadata.OTel = `{"resource":{"a":` + array + "}}" },
		"session metadata.result.x":                  func(p *payload, _ *record) { p.Metadata.Result.Extra = member(array) },
		"session prompt.x":                           func(p *payload, _ *record) { p.Prompt.Extra = member(array) },
		"session prompt.messages[0].content[0].text": func(p *payload, _ *record) { p.Prompt.Messages = messagesOf(contracts.UserText(long)) },
		"session metadata.request.spect.v": func(p *payload, _ *record) {
			p.Metadata.Spect = `{"v":` + quoted + "}"
			p.Metadata.Request = `{"spect":{ "v":` + quoted + "}}" // the same, spelled otherwise
		},
		"session metadata.result.error.message": func(p *payload, _ *record) {
			fail(p)
			p.Metadata.Result.Error = &contracts.NormalizedError{Message: long, Type: "T", Code: "C"}
		},
		"metadata.v":    func(_ *payload, s *record) { s.Metadata = `{"v":` + array + "}" },
		"error.message": func(_ *payload, s *record) { s.Error = &contracts.NormalizedError{Message: long} },
		"error.stack":   func(_ *payload, s *record) { s.Error = &contracts.NormalizedError{Message: "m", Stack: long} },
		"error.x":       func(_ *payload, s *record) { s.Error = &contracts.NormalizedError{Extra: member(array)} },
		"model.x":       func(_ *payload, s *record) { s.Model = &contracts.SpanModelOverlay{Extra: member(array)} },
		"x":             func(_ *payload, s *record) { s.Extra = member(array) },
		"tool.parameters": func(_ *payload, s *record) {
			s.Kind, s.Tool = "tool-call", &contracts.SpanToolOverlay{Parameters: array}
		},
		"tool.result": func(_ *payload, s *record) {
			s.Kind, s.Tool = "tool-result", &contracts.SpanToolOverlay{Result: quoted}
		},
		"tool.x": func(_ *payload, s *record) {
			s.Kind, s.Tool = "tool-call", &contracts.SpanToolOverlay{Extra: member(array)}
		},
		"subagent.input": func(_ *payload, s *record) {
			s.Kind, s.Subagent = "subagent", &contracts.SpanSubagentOverlay{Input: array}
		},
		"subagent.x": func(_ *payload, s *record) {
			s.Kind, s.Subagent = "subagent", &contracts.SpanSubagentOverlay{Extra: member(array)}
		},
		"messages[0].content": func(_ *payload, s *record) { s.Messages = messagesOf(contracts.SystemText(long)) },
		"messages[0].name": func(_ *payload, s *record) {
			m := contracts.UserText("")
			m.Name = long
			s.Messages = messagesOf(m)
		},
		"messages[0].x": func(_ *payload, s *record) {
			m := contracts.UserText("")
			m.Extra = member(array)
			s.Messages = messagesOf(m)
		},
		"messages[0].content[0].text":              part(`{"text":` + string(quoted) + `,"type":"reasoning"}`),
		"messages[0].content[0].providerOptions.p": part(`{"type":"reasoning","text":"","providerOptions":{"p":` + string(array) + `}}`),
		"messages[0].content[0].x":                 part(`{"type":"text","text":"","x":` + string(array) + `}`),
		"messages[0].content[0].input":             part(`{"type":"tool-call","toolCallId":"c","toolName":"n","input":` + string(array) + `}`),
		"messages[0].content[0].source":            part(`{"type":"citation","source":` + string(array) + `}`),
		"messages[0].content[0].output.value":      part(`{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"value":` + string(array) + `,"type":"json"}}`),
		"messages[0].content[0].output.x":          part(`{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"x":` + string(array) + `,"value":1,"type":"json"}}`),
	} {
		if set == nil {
			continue
		}
		t.Run(path, func(t *testing.T) {
			p := payloadOf(contracts.SpanRecord{})
			set(p, &p.Metadata.Result.Spans[0])
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			limit := 10_000
			got := shrunk(t, p, limit)
			if size := len(got.AppendJSON(nil)); size > limit || size < limit*9/10 {
				t.Errorf("cut to %d bytes, want about %d", size, limit)
			}
			notes := got.Metadata.Result.Spans[0].Metadata.Member("partial")
			if session, ok := strings.CutPrefix(path, "session "); ok {
				path, notes = session, ""
				for _, e := range got.Metadata.Result.Extra {
					if e.Name == "partial" {
						notes = e.Value
					}
				}
			}
			if why, _ := notes.Member(path).Text(); !strings.Contains(why, "cut by ") {
				t.Errorf("no note on %s: %s", path, notes)
			}
		})
	}
}

func fail(p *contracts.CollectorTracePayload) {
	start, duration := p.StartTime.UnixMilli(), p.Duration
	p.Response = contracts.CollectorTraceResponse{StartTime: &start, Duration: &duration, Model: "m", Timestamp: "t"}
}

// A JSON value stays JSON where cutting the strings in it is enough.
func TestShrinkKeepsJSON(t *testing.T) {
	long := strings.Repeat("line\\n", 4000)
	p := payloadOf(contracts.SpanRecord{
		Kind: contracts.KindToolResult,
		Tool: &contracts.SpanToolOverlay{Result: contracts.JSON(`{"exit": 0, "stdout":"` + long + `","args":["-l",{"stderr":"` + long + `"}], "ok":true}`)},
	})
	got := shrunk(t, p, 9000).Metadata.Result.Spans[0]
	r := got.Tool.Result
	stdout, _ := r.Member("stdout").Text()
	if r.Member("exit") != "0" || r.Member("ok") != "true" || !strings.HasPrefix(stdout, "line\nline\n") || len(stdout) < 3000 {
		t.Errorf("have %s", r)
	}
	if why, _ := got.Metadata.Member("partial").Member("tool.result").Text(); strings.Contains(why, "text") {
		t.Errorf("noted %q", why)
	}
}

// An output whose value becomes text says so.
func TestShrinkTellsTheTypeOfAnOutput(t *testing.T) {
	array := "[" + strings.Repeat("12345678, ", 3000) + "0]"
	for kind, want := range map[string]string{"json": "text", "error-json": "error-text", "content": "text"} {
		for _, output := range []string{
			`{"type":"` + kind + `","value":` + array + `}`, `{"value":` + array + ` , "type" : "` + kind + `"}`,
			`{"type":"text","value":"` + strings.Repeat("a", 9000) + `","value":` + array + `,"type":"` + kind + `"}`,
		} {
			p := payloadOf(contracts.SpanRecord{Messages: contracts.Messages(
				`[{"id":"m","role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":` + output + `}]}]`)})
			got := shrunk(t, p, 6000).Metadata.Result.Spans[0]
			msgs, err := got.Messages.Decode()
			if err != nil {
				t.Fatal(err)
			}
			out := msgs[0].Content.Parts()[0].(contracts.ToolResultContentPart).Output
			if text, ok := out.Value.Text(); !ok || string(out.Type) != want || !strings.HasPrefix(text, "[12345678, ") || !strings.HasSuffix(text, ", 0]") {
				t.Errorf("%s became %s of type %s, want %s", short(output)[:40], out.Value, out.Type, want)
			}
			if why := got.Metadata.Member("partial").Member("messages[0].content[0].output.value"); !strings.Contains(string(why), "kept as text") && !strings.Contains(output, "aaa") {
				t.Errorf("noted %s", got.Metadata)
			}
		}
	}
}

// A text that is none is cut as what it is.
func TestShrinkOutputThatIsNoText(t *testing.T) {
	for _, kind := range []string{"text", "error-text", "other"} {
		for _, value := range []string{
			`{"a":"` + strings.Repeat(`word \" `, 400) + `","b":[1,2]}`, "[" + strings.Repeat(`"a b",`, 600) + "1]", strings.Repeat("1", 3000),
		} {
			body := string(payloadOf(contracts.SpanRecord{Messages: contracts.Messages(
				`[{"id":"m","role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"` + kind + `","value":` + value + `}}]}]`)}).AppendJSON(nil))
			for limit := len(body); limit > len(body)-len(value)-100; limit -= 100 {
				checkShrink(t, body, limit)
			}
		}
	}
}

func TestShrinkMergesNotes(t *testing.T) {
	text := strings.Repeat("text ", 5000)
	notes := func(p *contracts.CollectorTracePayload) (span, session contracts.JSON) {
		for _, e := range p.Metadata.Result.Extra {
			if e.Name == "partial" {
				session = e.Value
			}
		}
		return p.Metadata.Result.Spans[0].Metadata.Member("partial"), session
	}
	p := payloadOf(contracts.SpanRecord{
		Metadata: ` { "own" : 1, "partial":{"spect.tool.result":"not JSON"} } `,
		Messages: messagesOf(contracts.SystemText(text)),
	})
	p.Response.Text = &text
	p.Metadata.Result.Extra = contracts.Members{{Name: "partial", Value: `{"session":"sent before it ended"}`}, {Name: "cost", Value: "1"}}
	got := shrunk(t, p, 20_000)
	span, session := notes(got)
	if span.Member("spect.tool.result") != `"not JSON"` || span.Member("messages[0].content") == "" || got.Metadata.Result.Spans[0].Metadata.Member("own") != "1" {
		t.Errorf("span: %s", span)
	}
	if session.Member("session") != `"sent before it ended"` || session.Member("response.text") == "" || len(got.Metadata.Result.Extra) != 2 {
		t.Errorf("session: %s", session)
	}
	// Once more: what was said is kept.
	again, _ := notes(shrunk(t, got, 10_000))
	if why, _ := again.Member("messages[0].content").Text(); strings.Count(why, "cut by") != 2 {
		t.Errorf("after another cut: %s", again)
	}
	// What is not notes is kept too.
	p = payloadOf(contracts.SpanRecord{Metadata: `{"partial":"half a text"}`, Messages: messagesOf(contracts.SystemText(text))})
	if span, _ = notes(shrunk(t, p, 20_000)); span.Member("value") != `"half a text"` || span.Member("messages[0].content") == "" {
		t.Errorf("span: %s", span)
	}
}

// A span has some twenty notes, on what lost most, and a count of the rest.
func TestShrinkBoundsNotes(t *testing.T) {
	var messages []contracts.ConversationMessage
	for i := range 100 {
		messages = append(messages, contracts.SystemText(strings.Repeat("x", 10_000+100*i)))
	}
	got := shrunk(t, payloadOf(contracts.SpanRecord{Messages: messagesOf(messages...)}), 400_000)
	notes := got.Metadata.Result.Spans[0].Metadata.Member("partial")
	n := 0
	for range notes.Members() {
		n++
	}
	if n != maxNotes+1 || notes.Member("messages[99].content") == "" || notes.Member("messages[80].content") == "" || notes.Member("messages[79].content") != "" {
		t.Errorf("%d notes: %s", n, notes)
	}
	if more, _ := notes.Member("more").Text(); !strings.HasPrefix(more, "80 cut by ") {
		t.Errorf("more: %q", more)
	}
}

// spansOf makes a chain of spans, each below the one before.
func spansOf(n, size int) []contracts.SpanRecord {
	spans := make([]contracts.SpanRecord, n)
	for i := range spans {
		spans[i] = contracts.SpanRecord{Name: strings.Repeat("span ", 12) + strconv.Itoa(i), Kind: contracts.KindAssistant, Messages: messagesOf(contracts.AssistantText(strings.Repeat("x", size)))}
		if i > 0 {
			spans[i].ParentID = uuidOf(i)
		}
	}
	return spans
}

// Too many small texts: those in the middle give way.
func TestShrinkEmptiesTheMiddle(t *testing.T) {
	p := payloadOf(spansOf(1000, 180)...)
	size := len(p.AppendJSON(nil))
	got := shrunk(t, p, size*95/100)
	var states []bool
	for _, s := range got.Metadata.Result.Spans {
		m, _ := s.Messages.Decode()
		states = append(states, strings.HasSuffix(m[0].Content.Text(), " bytes cut]…"))
	}
	first, last := slices.Index(states, true), len(states)-1-slices.Index(reversed(states), true)
	if len(states) != 1000 || first < 100 || last > 900 || slices.Contains(states[first:last+1], false) {
		t.Errorf("%d spans, emptied from %d to %d", len(states), first, last)
	}
	if got := got.Metadata.Result.Spans[500].Name; got != strings.Repeat("span ", 12)+"500" {
		t.Errorf("name %q", got)
	}
	if got := got.Metadata.Result.Spans[500].Metadata; got != `{"partial":{"more":"1 cut by 180 bytes in all"}}` {
		t.Errorf("noted %s", got)
	}
}

func reversed(b []bool) []bool {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

// Too many spans: those in the middle are left out, and counted.
func TestShrinkLeavesOutTheMiddle(t *testing.T) {
	p := payloadOf(spansOf(1000, 150)...)
	got := shrunk(t, p, 100_000)
	r := got.Metadata.Result
	n := len(r.Spans)
	if n < 100 || n > 400 || r.Spans[0].ID != uuidOf(1) || r.Spans[n-1].ID != uuidOf(1000) {
		t.Fatalf("%d spans are left, from %s to %s", n, r.Spans[0].ID, r.Spans[n-1].ID)
	}
	for i := 1; i < n; i++ { // all below the one before, still
		if r.Spans[i].ParentID != r.Spans[i-1].ID {
			t.Errorf("span %d stands below %s, want %s", i, r.Spans[i].ParentID, r.Spans[i-1].ID)
		}
	}
	notes := r.Extra[0].Value
	if why, _ := notes.Member("metadata.result.spans").Text(); !strings.HasPrefix(why, strconv.Itoa(1000-n)+" of 1,000 left out: ") {
		t.Errorf("noted %s", notes)
	}
	for limit := 10_000; limit < 10_600; limit += 25 { // there is room for the note wherever the limit falls
		p := payloadOf(spansOf(100, 150)...)
		Payload(p, limit, 0)
		if notes := p.Metadata.Result.Extra[0].Value; notes.Member("metadata.result.spans") == "" {
			t.Errorf("limit %d: noted %s", limit, notes)
		}
	}
}

// Where a payload can be as small as asked for, it is made so.
func TestShrinkNearTheLeast(t *testing.T) {
	for seed := range uint64(60) {
		p := randomPayload(seed)
		if seed%2 == 0 { // a session's file and texts, and few spans
			p = payloadOf(spansOf(int(seed/8), 20)...)
			for i := range seed % 8 {
				p.Attributes.Extra = append(p.Attributes.Extra, contracts.Member{Name: fmt.Sprint("x", i), Value: contracts.QuoteJSON(image(2000))})
			}
		}
		body := string(parsed(t, string(p.AppendJSON(nil))).AppendJSON(nil))
		if len(body) > 50_000 {
			continue
		}
		least := parsed(t, body)
		Payload(least, -1, 0)
		floor := len(least.AppendJSON(nil))
		for limit := floor; limit < min(floor+1500, len(body)); limit += 11 {
			p := parsed(t, body)
			if size := len(body) - Payload(p, limit, len(body)); size > limit {
				t.Fatalf("seed %d: %d bytes, limit %d, though %d are possible", seed, size, limit, floor)
			}
		}
	}
}

// A span that is too large by itself costs the others nothing.
func TestShrinkLeavesOutTheGiant(t *testing.T) {
	spans := spansOf(50, 10)
	var giant []contracts.ConversationMessage
	for range 10_000 {
		giant = append(giant, contracts.SystemText("x"))
	}
	spans[49].Messages = messagesOf(giant...)
	got := shrunk(t, payloadOf(spans...), 100_000)
	if n := len(got.Metadata.Result.Spans); n != 49 || got.Metadata.Result.Spans[25].Metadata != "{}" {
		t.Errorf("%d spans are left", n)
	}
}

// Among the spans that are left out, two are each other's parent.
func TestShrinkLeavesOutACircle(t *testing.T) {
	spans := spansOf(100, 10)
	spans[10].ParentID, spans[50].ParentID, spans[51].ParentID = uuidOf(51), uuidOf(52), uuidOf(51)
	p := payloadOf(spans...)
	got := shrunk(t, p, len(p.AppendJSON(nil))*3/4).Metadata.Result.Spans
	if len(got) > 90 || got[10].ID != uuidOf(11) || got[10].ParentID != "" {
		t.Errorf("%d spans are left, %s below %q", len(got), got[10].ID, got[10].ParentID)
	}
}

// A span without an id is above nobody.
func TestShrinkLeavesOutANameless(t *testing.T) {
	spans := spansOf(100, 10)
	for i := range spans {
		spans[i].ParentID = ""
	}
	p := payloadOf(spans...)
	nameless := &p.Metadata.Result.Spans[50]
	nameless.ID, nameless.ParentID = "", uuidOf(1)
	for _, s := range shrunk(t, p, len(p.AppendJSON(nil))*3/4).Metadata.Result.Spans {
		if s.ID == "" || s.ParentID != "" {
			t.Errorf("%q stands below %q", s.ID, s.ParentID)
		}
	}
}

// The session's own small values give way when there is nothing else.
func TestShrinkEmptiesTheSession(t *testing.T) {
	p := payloadOf()
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,"%d":"%s"`, i, strings.Repeat("x", 100))
	}
	p.Metadata.Request = contracts.JSON("{" + b.String()[1:] + "}")
	limit := len(p.AppendJSON(nil)) / 2
	if size := len(shrunk(t, p, limit).AppendJSON(nil)); size > limit {
		t.Errorf("%d bytes, want %d", size, limit)
	}
}

func TestShrinkToNothing(t *testing.T) {
	for name, body := range shrinkBodies(t) {
		p := parsed(t, body)
		cut := Payload(p, -1, 0)
		if out := p.AppendJSON(nil); len(p.Metadata.Result.Spans) != 0 || len(out)+cut != len(body) {
			t.Errorf("%s: cut %d of %d bytes: %s", name, cut, len(body), out)
		}
	}
}

// A cut text is one at every length and at every character.
func TestCutText(t *testing.T) {
	texts := []string{
		strings.Repeat("a", 300), strings.Repeat("ä€😀", 40), strings.Repeat("\"\\\n\x01", 40), strings.Repeat("\xff\xe2\x82", 60),
		strings.Repeat(`\`, 200), strings.Repeat("\u2028😀", 40),
	}
	for _, text := range texts {
		for to := range 260 {
			if size := quotedSize(text); size != len(contracts.QuoteJSON(text)) {
				t.Fatalf("the size of %q is %d", text, size)
			} else if size <= to {
				continue
			}
			b, cut := appendCut(nil, text, to)
			got := string(b)
			checkMark(t, text, got, cut)
			if size := len(contracts.QuoteJSON(got)); size > max(to, markSize) || to >= leastCut && size < to-16 {
				t.Errorf("%q cut to %d bytes has %d", text, to, size)
			}
		}
	}
	escaped := []string{`\u00e4`, `\ud83d\ude00`, `\n`, `\\`, `\"`, `\/`, `😀`, `a`, `\\u`, `\u005c`, `\ud83d`, `\ude00`}
	quoted := func(n int, pick func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(pick(i))
		}
		return `"` + b.String() + `"`
	}
	var all []string
	for _, e := range escaped {
		all = append(all, quoted(200, func(int) string { return e }))
		for _, f := range escaped {
			all = append(all, quoted(100, func(i int) string { return []string{e, f}[i%2] }))
		}
	}
	for _, q := range all {
		text, ok := contracts.JSON(q).Text()
		if !ok {
			t.Fatal(q)
		}
		for to := range 260 {
			if len(q) <= to {
				continue
			}
			b, of, cut := appendCutQuoted(nil, q, to)
			got := string(b)
			gotText, ok := contracts.JSON(got).Text()
			if !ok || !json.Valid([]byte(got)) {
				t.Fatalf("%s cut to %d bytes is %s", q, to, got)
			}
			checkMark(t, text, gotText, cut)
			if of != len(text) || len(got) > max(to, markSize) || to >= leastCut && len(got) < to-30 {
				t.Errorf("%s of %d bytes, cut to %d, is %s", q, of, to, got)
			}
		}
	}
}

var marks = regexp.MustCompile(`…\[([0-9,]+) bytes cut\]…`)

// checkMark checks that after is what is left of before, and says so.
func checkMark(t testing.TB, before, after string, cut int) {
	t.Helper()
	if !isCut(before, after) {
		t.Errorf("%q is not what is left of %q", short(after), short(before))
	}
	if cut >= 0 && !strings.Contains(after, string(appendMark(nil, cut))) {
		t.Errorf("%d cut, but %q", cut, short(after))
	}
}

// isCut tells whether after is before with its middle cut out, to the byte.
func isCut(before, after string) bool {
	for at := 0; ; {
		m := marks.FindStringSubmatchIndex(after[at:])
		if m == nil {
			return false
		}
		n, _ := strconv.Atoi(strings.ReplaceAll(after[at+m[2]:at+m[3]], ",", ""))
		head, tail := after[:at+m[0]], after[at+m[1]:]
		if n > 0 && len(head)+n+len(tail) == len(before) && strings.HasPrefix(before, head) && strings.HasSuffix(before, tail) {
			return true
		}
		at += m[0] + 1 // the text may hold marks of its own
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1_020_003: "1,020,003", 5_242_880: "5,242,880"} {
		if got := string(grouped(nil, n)); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}
