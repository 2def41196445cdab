// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

func TestObjectLosesNothing(t *testing.T) {
	var o Object
	o.Read(`{"a":"x","n":7,"list":[],"null":null,"twice":1,"twice":2,"obj":{}}`)
	if got := o.Text("a") + o.Text("n") + o.Text("twice") + o.Text("null") + o.Text("none"); got != "x72" {
		t.Errorf("texts: %q", got)
	}
	// An object or an array has no text, and stays.
	if o.Text("list") != "" || o.Text("obj") != "" || o.Take("null") != "" {
		t.Error("an array, an object or null has text")
	}
	rest := o.Rest()
	if len(rest) != 2 || rest[0].Name != "list" || rest[1].Name != "obj" {
		t.Errorf("rest: %v", rest)
	}
	if o.Get("a") != `"x"` || o.Take("a") != `"x"` {
		t.Error("what was taken is gone")
	}
	o.Read("[1]")
	if len(o.Rest()) != 0 {
		t.Error("an array has members")
	}
}

func TestOptions(t *testing.T) {
	var o Object
	o.Read(`{"id":"i","encrypted_content":"e","empty":[],"nothing":{},"b":{"snake_case":1},"_x":2,"a_":3,"a_B":4,"q\"":5}`)
	var common, options Options
	if options.JSON("p") != "" || !options.Empty() {
		t.Error("nothing is something")
	}
	options.AddAll(&common)
	common.Text("no", "")
	common.Text("said", `"`)
	options.AddAll(&common)
	options.Add("absent", "")
	options.Rest(&o)
	const want = `{"p":{"said":"\"","itemId":"i","encryptedContent":"e","b":{"snake_case":1},"_x":2,"a_":3,"a_B":4,"q\"":5}}`
	if got := options.JSON("p"); got != want || !got.Valid() {
		t.Errorf("%s", got)
	}
}

func TestArguments(t *testing.T) {
	for j, want := range map[contracts.JSON]contracts.JSON{
		"": "{}", "null": "{}", `""`: "{}", `" \n"`: "{}", `"{\"a\": 1.0}"`: `{"a": 1.0}`, `"7"`: "7", `{"a":1}`: `{"a":1}`,
		`" {\"a\": 1 }\n"`: `{"a": 1 }`, `"{\"a\":"`: `"{\"a\":"`, `"plain"`: `"plain"`, "7": "7",
	} {
		if got := Arguments(j); got != want {
			t.Errorf("%s: %s, want %s", j, got, want)
		}
	}
}

func TestOutput(t *testing.T) {
	for text, want := range map[string]contracts.ToolResultOutput{
		"":          {Type: contracts.OutputText, Value: `""`},
		"sunny":     {Type: contracts.OutputText, Value: `"sunny"`},
		"7":         {Type: contracts.OutputText, Value: `"7"`},
		`"quoted"`:  {Type: contracts.OutputText, Value: `"\"quoted\""`},
		` {"a": 1}`: {Type: contracts.OutputJSON, Value: `{"a": 1}`},
		"[1, 2]":    {Type: contracts.OutputJSON, Value: "[1, 2]"},
		"{cut":      {Type: contracts.OutputText, Value: `"{cut"`},
	} {
		got := Output(text)
		if got.Type != want.Type || got.Value != want.Value {
			t.Errorf("%q: %v", text, got)
		}
		failed := Failed(got)
		if failed.Type != "error-"+want.Type || failed.Value != want.Value {
			t.Errorf("%q, failed: %v", text, failed)
		}
	}
	parts := PartsOutput([]contracts.ContentPart{contracts.TextContentPart{Text: "a"}})
	if parts.Type != contracts.OutputContent || parts.Value != `[{"type":"text","text":"a"}]` || Failed(parts).Type != contracts.OutputErrorJSON {
		t.Errorf("%v", parts)
	}
}

func TestNotEmpty(t *testing.T) {
	for _, j := range []contracts.JSON{"", "[]", "{}", "[ ]", "{\n}", " [\t] "} {
		if got := NotEmpty(j); got != "" {
			t.Errorf("%q: %q", j, got)
		}
	}
	for _, j := range []contracts.JSON{"null", `""`, "0", "[0]", "{ \"\":1}", "[[]]", "[ "} {
		if got := NotEmpty(j); got != j {
			t.Errorf("%q: %q", j, got)
		}
	}
}

func TestCalls(t *testing.T) {
	var c Calls
	result := func(id, name, wantID, wantName string) {
		t.Helper()
		if gotID, gotName := c.Result(id, name); gotID != wantID || gotName != wantName {
			t.Errorf("%s %s: %s %s", id, name, gotID, gotName)
		}
	}
	result("x", "n", "x", "n")
	result("", "n", "", "n")
	for _, call := range [][2]string{{"1", "f"}, {"2", "g"}, {"3", "f"}, {"4", "g"}, {"5", ""}} {
		c.Add(call[0], call[1])
	}
	result("2", "other", "2", "g")
	result("", "g", "4", "g") // the other one has its result
	result("", "g", "", "g")
	result("", "", "1", "f")
	result("", "f", "3", "f")
	result("1", "", "1", "f")
	result("", "", "5", "")
	result("", "", "", "")
	c.Add("6", "f")
	result("", "f", "6", "f")
	c.Add("6", "again")
	result("6", "", "6", "again")
}

func TestCallID(t *testing.T) {
	same := []contracts.JSON{`{"a":1,"b":["x",{}]}`, ` { "b" : ["\u0078", { } ], "a" : 1.0 }`}
	other := []contracts.JSON{`{"a":1,"b":[{},"x"]}`, `{"a":2,"b":["x",{}]}`, `{"a":"1","b":["x",{}]}`, `{"b":1,"a":["x",{}]}`, `{}`, ``, `"x"`}
	id := CallID("f", same[0])
	if CallID("f", same[1]) != id {
		t.Error("the spelling makes a difference")
	}
	for _, input := range other {
		if CallID("f", input) == id {
			t.Errorf("%s has the same id", input)
		}
	}
	if CallID("g", same[0]) == id || !strings.HasPrefix(id, "f-") {
		t.Errorf("%s does not say whose call it is", id)
	}
}

func TestCount(t *testing.T) {
	for j, want := range map[contracts.JSON]llm.Count{
		"0": llm.Tokens(0), "17": llm.Tokens(17), "17.0": llm.Tokens(17), "17.9": llm.Tokens(17), "1e3": llm.Tokens(1000),
		`"17"`: llm.Tokens(17), `" 17 "`: llm.Tokens(17),
		"": {}, "null": {}, "-1": {}, `""`: {}, `"x"`: {}, "[1]": {}, "true": {}, "1e300": {}, `"0x10"`: {}, `"Inf"`: {},
	} {
		if got := Count(j); got != want {
			t.Errorf("%s: %v", j, got)
		}
	}
}

func TestDataURL(t *testing.T) {
	for url, want := range map[string][2]string{
		"data:image/png;base64,aGk=":                {"image/png", "aGk="},
		"DATA:text/plain;charset=utf-8;base64,aGk=": {"text/plain", "aGk="},
		"data:;base64,aGk=":                         {"", "aGk="},
		"data:text/plain,hi":                        {},
		"data:image/png;base64":                     {},
		"https://e.x/data:image/png;base64,aGk=":    {},
		"":                                          {},
	} {
		mediaType, data, ok := DataURL(url)
		if ok != (want[1] != "") || ok && (mediaType != want[0] || data != want[1]) {
			t.Errorf("%s: %q %q %t", url, mediaType, data, ok)
		}
	}
}

func TestMediaType(t *testing.T) {
	for name, want := range map[string]string{
		"png": "image/png", "a.PNG": "image/png", "https://e.x/a.b/c.jpeg?d=e.gif#f.pdf": "image/jpeg", "mp3": "audio/mpeg", "three_gp": "video/3gpp",
		"": "", "a": "", "https://e.x/": "", "https://e.x.png/a": "", "a.": "", "a." + strings.Repeat("x", 99): "",
	} {
		if got := MediaType(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSniff(t *testing.T) {
	for start, want := range map[string]string{
		"\x89PNG\r\n\x1a\n": "image/png", "\xff\xd8\xff\xe0": "image/jpeg", "GIF89a": "image/gif", "%PDF-1.7": "application/pdf", "ID3\x04": "audio/mpeg",
		"fLaC\x00": "audio/flac", "OggS\x00": "audio/ogg", "RIFF\x01\x02\x03\x04WEBPVP8 ": "image/webp", "RIFF\xff\xff\xff\xffWAVEfmt ": "audio/wav",
		"RIFF\x00\x00\x00\x00AVI LIST": "", "RIFF": "", "text": "", "": "",
	} {
		if got := Sniff(base64.StdEncoding.EncodeToString([]byte(start))); got != want {
			t.Errorf("%q: %q", start, got)
		}
	}
}

func TestVerbatim(t *testing.T) {
	for raw, want := range map[contracts.JSON]contracts.JSON{
		`{"type":"program","a":1}`:              `{"type":"program","a":1}`,
		`{"type":""}`:                           `{"type":""}`,
		`{"type":"text"}`:                       `{"type":"unknown","value":{"type":"text"}}`,
		`{"type":"program","type":"reasoning"}`: `{"type":"unknown","value":{"type":"program","type":"reasoning"}}`,
		`{"a":1}`:                               `{"type":"unknown","value":{"a":1}}`,
		`{"type":7}`:                            `{"type":"unknown","value":{"type":7}}`,
		"7":                                     `{"type":"unknown","value":7}`,
		"":                                      `{"type":"unknown","value":null}`,
	} {
		got := Verbatim(raw)
		if got.Raw != want || got.PartType != Text(want.Member("type")) {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

func TestSound(t *testing.T) {
	if got := Sound("[\"a\xff\"]"); got != "[\"a\uFFFD\"]" {
		t.Errorf("%q", got)
	}
	deep := func(n int) contracts.JSON {
		return contracts.JSON(`{"a":` + strings.Repeat("[", n) + `"[[\"["` + strings.Repeat("]", n) + "}")
	}
	if Sound(deep(jsonscan.PartDepth-1)) == "" || Sound(deep(jsonscan.PartDepth)) != "" || Sound(deep(jsonscan.PartDepth)[:jsonscan.PartDepth+20]) != "" {
		t.Error("the bound is not where it should be")
	}
	wide := contracts.JSON("[" + strings.Repeat("[],", 3*jsonscan.PartDepth) + "[]]")
	if Sound(wide) != wide {
		t.Error("a wide text is deep")
	}
	brackets := contracts.JSON(`["` + strings.Repeat(`[\"`, 2*jsonscan.PartDepth) + `"]`)
	if Sound(brackets) != brackets {
		t.Error("brackets in a text count")
	}
	if _, ok := Parse(string(deep(jsonscan.PartDepth))); ok {
		t.Error("Parse takes what nests too deep")
	}
}
