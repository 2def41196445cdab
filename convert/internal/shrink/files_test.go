// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/file"
)

// someFile is the bytes of a file, of the given size, and what stands for it.
func someFile(size int) (data, inBase64, sum string) {
	data = strings.Repeat("Spect\x00\xff!file", size)[:size]
	return data, base64.StdEncoding.EncodeToString([]byte(data)), fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
}

// Files in the shapes of providers, as JSON values that travel raw.
func TestHashFilesInValues(t *testing.T) {
	_, b64, sum := someFile(600)
	hashed := `{"sha256":"` + sum + `","size":600}`
	typed := `{"mediaType":"image/png","sha256":"` + sum + `","size":600}`
	for name, test := range map[string]struct{ in, want string }{
		"openai image":      {`[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + b64 + `","detail":"low"}}]`, `[{"type":"image_url","image_url":{"url":` + typed + `,"detail":"low"}}]`},
		"openai responses":  {`[{"type":"input_image","image_url":"data:image/png;base64,` + b64 + `"}]`, `[{"type":"input_image","image_url":` + typed + `}]`},
		"openai audio":      {`{"type":"input_audio","input_audio":{"data":"` + b64 + `","format":"wav"}}`, `{"type":"input_audio","input_audio":{"data":` + hashed + `,"format":"wav"}}`},
		"openai file":       {`{"file":{"filename":"a.pdf","file_data":"data:image/png;base64,` + b64 + `"}}`, `{"file":{"filename":"a.pdf","file_data":` + typed + `}}`},
		"openai image made": {`{"data":[{"b64_json":"` + b64 + `"}]}`, `{"data":[{"b64_json":` + hashed + `}]}`},
		"anthropic":         {`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + b64 + `"}}`, `{"type":"image","source":{"type":"base64","media_type":"image/png","data":` + hashed + `}}`},
		"gemini":            {`{"inlineData":{"mimeType":"image/png","data":"` + b64 + `"}}`, `{"inlineData":{"mimeType":"image/png","data":` + hashed + `}}`},
		"gemini, snake":     {`{"inline_data":{"mime_type":"image/png","data":"` + b64 + `"}}`, `{"inline_data":{"mime_type":"image/png","data":` + hashed + `}}`},
		"bedrock":           {`{"image":{"format":"png","source":{"bytes":"` + b64 + `"}}}`, `{"image":{"format":"png","source":{"bytes":` + hashed + `}}}`},
		"mcp":               {`{"content":[{"type":"image","data":"` + b64 + `","mimeType":"image/png"}]}`, `{"content":[{"type":"image","data":` + hashed + `,"mimeType":"image/png"}]}`},
		"escaped slashes":   {`{"data":"` + strings.ReplaceAll(b64, "/", `\/`) + `"}`, `{"data":` + hashed + `}`},
		"in a string":       {`"{\"url\":\"data:image/png;base64,` + b64 + `\"}"`, `"{\"url\":\"data:image/png;sha256=` + sum + `;size=600,\"}"`},
		"in a string twice": {`"\"{\\\"url\\\":\\\"data:image/png;base64,` + strings.ReplaceAll(b64, "/", `\\\/`) + `\\\"}\""`, `"\"{\\\"url\\\":\\\"data:image/png;sha256=` + sum + `;size=600,\\\"}\""`},
		"as a text":         {`{"text":"data:image/png;base64,` + b64 + `"}`, `{"text":"data:image/png;sha256=` + sum + `;size=600,"}`},
		"in markdown":       {`{"md":"see ![x](data:image/png;base64,` + b64 + `) and more"}`, `{"md":"see ![x](data:image/png;sha256=` + sum + `;size=600,) and more"}`},
		"url":               {`{"image_url":{"url":"https://example.com/a.png?data=` + b64[:40] + `"}}`, ``},
		"id":                {`{"data":"file-abc123DEF456ghi789JKL012"}`, ``},
		"words":             {`{"data":"a value of some words","bytes":[1,2,3],"base64":true}`, ``},
		"short words":       {`{"data":"internationalization"}`, ``},
		"hash":              {`{"digest":"` + sum + `"}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if want == "" {
				want = test.in
			}
			p := &contracts.CollectorTracePayload{}
			p.Metadata.Request = contracts.JSON(`{"spect":{"v":` + test.in + `}}`)
			p.Metadata.Spect = contracts.JSON(`{"v":` + test.in + `}`)
			p.Response.Object = contracts.JSON(test.in)
			p.Metadata.Result = &contracts.CollectorTraceResult{
				Extra: contracts.Members{{Name: "x", Value: contracts.JSON(test.in)}},
				Spans: []contracts.SpanRecord{{Metadata: contracts.JSON(`{"attributes":{"v":` + test.in + `}}`), Tool: &contracts.SpanToolOverlay{Result: contracts.JSON(test.in)}}},
			}
			for range 2 { // what stands for a file stays
				HashFiles(p, 0)
				for _, got := range []contracts.JSON{
					p.Response.Object, p.Metadata.Spect.Member("v"), p.Metadata.Request.Member("spect").Member("v"), p.Metadata.Result.Extra[0].Value,
					p.Metadata.Result.Spans[0].Tool.Result, p.Metadata.Result.Spans[0].Metadata.Member("attributes").Member("v"),
				} {
					if string(got) != want {
						t.Errorf("got  %s\nwant %s", got, want)
					}
				}
			}
			if p.Metadata.Result.Spans[0].Metadata.Member("partial") != "" {
				t.Error("a file that was not wanted is noted")
			}
		})
	}
}

// The data of a file part: what is the file is hashed, what names it stays.
func TestHashFilesInMessages(t *testing.T) {
	_, b64, sum := someFile(60)
	hashed := `{"sha256":"` + sum + `","size":60}`
	textSum := fmt.Sprintf("%x", sha256.Sum256([]byte("hello file")))
	for _, test := range []struct{ data, want string }{
		{`"` + b64 + `"`, hashed},
		{`"data:image/png;base64,` + b64 + `"`, hashed},
		{`"data:text/plain,hello%20file"`, `{"sha256":"` + textSum + `","size":10}`},
		{`"hello file"`, `{"sha256":"` + textSum + `","size":10}`},
		{`{"bytes":"` + b64 + `"}`, `{"bytes":` + hashed + `}`},
		{`"https://example.com/cat.png"`, ``},
		{`"gs://bucket/cat.png"`, ``},
		{`"file-abc123"`, ``},
		{`"files/abc-123"`, ``},
		{hashed, ``},
	} {
		want := test.want
		if want == "" {
			want = test.data
		}
		p := &contracts.CollectorTracePayload{}
		p.Prompt.Messages = contracts.MakeMessages(contracts.User(contracts.FileContentPart{MediaType: "image/png", Filename: "f", Data: contracts.JSON(test.data)}))
		HashFiles(p, 5)
		HashFiles(p, 5)
		if got := string(p.Prompt.Messages); !strings.Contains(got, `"data":`+want+`}`) || !contracts.JSON(got).Valid() {
			t.Errorf("%s: %s, want %s", test.data, got, want)
		}
	}
}

// The limit is of the decoded bytes.
func TestHashFilesLimit(t *testing.T) {
	for _, size := range []int{999, 1000, 1001, 1002, 1003} {
		_, b64, _ := someFile(size)
		p := &contracts.CollectorTracePayload{Response: contracts.CollectorTraceResponse{Text: new(string)}}
		*p.Response.Text = "data:image/png;base64," + b64
		p.Response.Object = contracts.QuoteJSON(b64)
		was := p.Response.Text
		HashFiles(p, 1000)
		if got := strings.Contains(string(p.Response.Object), "sha256"); got != (size > 1000) {
			t.Errorf("%d bytes in a value: hashed %t", size, got)
		}
		if got := strings.Contains(*p.Response.Text, "sha256"); got != (size > 1000) {
			t.Errorf("%d bytes in a text: hashed %t", size, got)
		}
		if strings.Contains(*was, "sha256") {
			t.Error("the caller's text was changed")
		}
	}
}

// Whatever a JSON value is, and wherever it stands: it stays valid, and hashing again
// changes nothing.
func FuzzHashFiles(f *testing.F) {
	_, b64, _ := someFile(1200)
	for _, data := range []string{b64, "data:image/png;base64," + b64, "data:;base64,", "data:x;base64,A", ";base64,AAAA", `data:\\;base64,\\/\\n`, "data:a;base64,=\\", "data:text/plain,%zz", "_data:;base64,AAAA", `data:;base64,\\/\r004é`} {
		f.Add(string(contracts.MakeJSON(map[string]string{"data": data, data: "x " + data + " y"})), 0)
		f.Add(string(contracts.QuoteJSON(data)), 900)
		f.Add(string(contracts.QuoteJSON(data)), 0)
		f.Add(` {"\u0064ata" : [ `+string(contracts.QuoteJSON(data))+` , null ] , "data":-0,"":{"data":1e400}} `, 1)
		f.Add(`"`+strings.ReplaceAll(data, "/", `\/\u0041`)+`\ud800"`, 0)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		value := contracts.JSON(text)
		if !value.Valid() {
			value = contracts.QuoteJSON(text)
		}
		p := &contracts.CollectorTracePayload{Name: text}
		p.Response.Object = value
		p.Metadata.Request = `{"spect":` + value + `}`
		if value.IsObject() {
			p.Metadata.Spect = p.Metadata.Request.Member("spect")
		}
		p.Prompt.Messages = contracts.MakeMessages(contracts.UserText(text), contracts.User(contracts.FileContentPart{Data: value}),
			contracts.ToolMessage(contracts.ToolResultContentPart{Output: contracts.ToolResultOutput{Type: "json", Value: value}}))
		HashFiles(p, limit)
		once := string(p.AppendJSON(nil))
		if !contracts.JSON(once).Valid() {
			t.Fatalf("%s became %s", text, once)
		}
		if HashFiles(p, limit); string(p.AppendJSON(nil)) != once {
			t.Fatalf("%s became %s, and then %s", text, once, p.AppendJSON(nil))
		}
	})
}

// Data: URLs are found in linear time.
func TestHashURLsLinear(t *testing.T) {
	for _, unit := range []string{";base64,", "data:;base64,", "data:", "data:a/b;base64,AAAA", `data:a;base64,\\`, `\`} {
		begin := time.Now()
		_ = file.HashURLs(strings.Repeat(unit, (1<<20)/len(unit)), 0)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%q: %v for a megabyte", unit, took)
		}
	}
}
