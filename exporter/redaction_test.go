// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// private is a text that must not leave; it is not like anything.
const private = "Xqprivate"

// privately takes it out.
var privately = redact.Func(func(_ redact.Place, text string) (string, error) {
	return strings.ReplaceAll(text, private, "[gone]"), nil
})

// confide ends a session with private texts everywhere, in Spect's attributes and in
// those of another convention.
func confide(t *testing.T, tp *sdktrace.TracerProvider) {
	t.Helper()
	tr := tp.Tracer("app")
	n := 0
	text := func() string { n++; return fmt.Sprintf("%s %d", private, n) }
	object := func() string { return `{"` + text() + `":["` + text() + `\n",{"a":"\"` + text() + `"}]}` }
	ctx, root := session(t.Context(), tr, "s "+text(),
		contracts.SessionMetadataKey.String(object()), contracts.ConversationIDKey.String(text()), contracts.FunctionIDKey.String(text()),
		contracts.RequestInputKey.String(object()), contracts.ResponseTextKey.String(text()), contracts.ResponseObjectKey.String(object()),
		contracts.ResponseIDKey.String(text()), contracts.PromptFormatKey.String(text()), contracts.ResponseTimestampKey.String(text()),
		contracts.ResponseFinishReasonsKey.StringSlice([]string{text()}), contracts.ResultMetadataKey.String(object()),
		contracts.ProviderKey.String(text()), contracts.ResponseModelKey.String(text()))
	_, e := entry(ctx, tr, text(),
		contracts.MessagesKey.String(string(contracts.MakeMessages(
			contracts.UserText(text()),
			contracts.Assistant(contracts.ReasoningContentPart{Text: text()}, contracts.ToolCallContentPart{ToolCallID: text(), ToolName: text(), Input: contracts.JSON(object())}),
			contracts.ToolMessage(contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "t", Output: contracts.ToolResultOutput{Type: "text", Value: contracts.QuoteJSON(text())}})))),
		contracts.MetadataKey.String("not JSON: "+text()), contracts.ErrorStackKey.String(text()), contracts.ErrorCodeKey.String(text()))
	e.End()
	_, call := entry(ctx, tr, "call", contracts.KindKey.String(string(contracts.KindToolCall)), contracts.ToolParametersKey.String(object()), contracts.ToolNameKey.String(text()))
	call.End()
	_, result := entry(ctx, tr, "result", contracts.KindKey.String(string(contracts.KindToolResult)), contracts.ToolResultKey.String(text()), contracts.ToolCallIDKey.String(text()))
	result.End()
	_, agent := entry(ctx, tr, "agent", contracts.KindKey.String(string(contracts.KindSubagent)), contracts.SubagentInputKey.String(object()), contracts.SubagentTypeKey.String(text()))
	agent.End()
	_, failed := entry(ctx, tr, "failed")
	failed.RecordError(errors.New(text()))
	failed.SetStatus(codes.Error, text())
	failed.End()
	_, llm := start(ctx, tr, "llm", false, []attribute.KeyValue{
		attribute.String("openinference.span.kind", "LLM"), attribute.String("llm.model_name", "gpt-4.1"),
		attribute.String("llm.input_messages.0.message.role", "user"), attribute.String("llm.input_messages.0.message.content", text()),
		attribute.String("llm.invocation_parameters", object()), attribute.String("metadata", object()),
		attribute.String("some.attribute", text()), attribute.String("http.request.header.authorization", text()),
		attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"odd","content":"`+text()+`"}]}]`),
	})
	llm.End()
	root.End()
}

// Nothing that a redactor takes out is sent, shown, or written to disk; and other
// exporters see no difference.
func TestRedactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var shown []string
		col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Status(503)))
		exp, _ := open(t, col.Options(exporter.WithRedactor(privately), exporter.WithSpool(exporter.Spool{Dir: dir}),
			exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { shown = append(shown, string(p.AppendJSON(nil))) }))...)
		others := tracetest.NewInMemoryExporter()
		tp := provider(exp, sdktrace.WithSyncer(others), sdktrace.WithResource(resource.NewSchemaless(attribute.String("host.owner", private))))
		confide(t, tp)
		_ = exp.Flush(t.Context()) // the collector takes nothing yet
		check := func(what, text string) {
			t.Helper()
			if i := strings.Index(text, private); i >= 0 {
				t.Errorf("%s: …%s", what, text[max(0, i-200):min(len(text), i+20)])
			}
			if n := strings.Count(text, "[gone]"); n < 40 {
				t.Errorf("%s: %d texts are redacted", what, n)
			}
		}
		check("shown", strings.Join(shown, "\n"))
		onDisk := ""
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil {
				onDisk += string(b)
			}
		}
		check("on disk", onDisk)
		for _, r := range col.Requests() {
			check("sent", string(r.Body))
		}
		if len(col.Requests()) == 0 {
			t.Error("nothing was sent")
		}
		all, err := json.Marshal(others.GetSpans())
		if err != nil || strings.Count(string(all), private) < 40 || strings.Contains(string(all), "[gone]") {
			t.Errorf("other exporters see something else (%v)", err)
		}
		col.SetDefault(exportertest.Accept())
		shutdown(t, exp)
		if s := exp.Stats(); s.Withheld != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// What is cut for its size was redacted before: no half of a secret is left, neither
// by the exporter's own limit nor by the collector's.
func TestRedactedBeforeCut(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3D4e5", 4)[:36]
	for _, limit := range []int{16 << 20, 20_000} {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, exporter.WithRedactor(redact.Secrets()), exporter.WithMaxPayloadBytes(limit))
			l.col.Respond(exportertest.Status(413))
			ctx, root := session(t.Context(), provider(l.exp).Tracer("app"), "s")
			// Wherever it is cut, it is cut within a token.
			_, e := entry(ctx, provider(l.exp).Tracer("app"), "e", contracts.MessagesKey.String(
				string(contracts.MakeMessages(contracts.UserText(strings.Repeat(token+"\n", 3000))))))
			e.End()
			root.End()
			flush(t, l.exp)
			requests := l.col.Requests()
			if len(requests) != 2 || len(requests[1].Body) >= len(requests[0].Body) {
				t.Fatalf("%d requests", len(requests))
			}
			for _, r := range requests {
				if body := string(r.Body); strings.Contains(body, token[4:10]) || !strings.Contains(body, "[REDACTED:github-token]") {
					at := max(0, strings.Index(body, token[4:10]))
					t.Errorf("limit %d: a token is left in %.300s", limit, body[max(0, at-100):])
				}
			}
		})
	}
}

// A redactor that fails or panics withholds the content, not the session. It is told
// once, and nothing of the content.
func TestRedactorFails(t *testing.T) {
	for name, r := range map[string]redact.Func{
		"fails":  func(_ redact.Place, text string) (string, error) { return text, errors.New(text) },
		"panics": func(_ redact.Place, text string) (string, error) { panic(text) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, exporter.WithRedactor(r))
				tp := provider(l.exp)
				for range 3 {
					confide(t, tp)
				}
				flush(t, l.exp)
				shutdown(t, l.exp)
				if s := l.exp.Stats(); s.Sessions != 3 || s.Withheld != 3 || s.Received != s.Delivered {
					t.Errorf("%+v", s)
				}
				if told := l.out.one(t); strings.Contains(told, private) || !strings.Contains(told, "WithRedactor") || !strings.Contains(told, "redact.Func") {
					t.Errorf("reported %q", told)
				}
				for _, r := range l.col.Requests() {
					if body := string(r.Body); strings.Contains(body, private) || !strings.Contains(body, redact.Withheld) {
						t.Errorf("sent %.300s", body)
					}
				}
				valid(t, l.col.Sessions())
			})
		})
	}
}

// A redactor that could not work is refused.
func TestRedactorRefused(t *testing.T) {
	_, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithLocal(), exporter.WithRedactor(redact.Secrets(), redact.JSONPaths("user.email")))
	if err == nil || !strings.Contains(err.Error(), `path "user.email"`) || !strings.Contains(err.Error(), "WithRedactor") {
		t.Errorf("error %v", err)
	}
}

// Files above the size travel as their hash.
func TestMaxFileBytes(t *testing.T) {
	small, large := strings.Repeat("s", 90), strings.Repeat("L", 3000)
	url := func(content string) string {
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(content))
	}
	for _, test := range []struct {
		opts         []exporter.Option
		small, large bool
	}{
		{nil, true, true},
		{[]exporter.Option{exporter.WithMaxFileBytes(1000)}, true, false},
		{[]exporter.Option{exporter.WithMaxFileBytes(0)}, false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, test.opts...)
			tr := provider(l.exp).Tracer("app")
			ctx, root := session(t.Context(), tr, "s", contracts.RequestInputKey.String(
				`[{"type":"image_url","image_url":{"url":"`+url(large)+`"}},{"type":"image_url","image_url":{"url":"`+url(small)+`"}}]`))
			_, e := entry(ctx, tr, "e", contracts.MessagesKey.String(string(contracts.MakeMessages(contracts.User(
				contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(url(small))},
				contracts.FileContentPart{MediaType: "image/png", Data: contracts.QuoteJSON(url(large))})))))
			e.End()
			root.End()
			flush(t, l.exp)
			valid(t, l.col.Sessions())
			body := string(l.col.Requests()[0].Body)
			if got := strings.Count(body, url(small)) == 2; got != test.small {
				t.Errorf("small files travel: %t, want %t", got, test.small)
			}
			if got := strings.Count(body, url(large)) == 2; got != test.large {
				t.Errorf("large files travel: %t, want %t", got, test.large)
			}
			if !test.large && strings.Count(body, `"size":3000`) != 2 {
				t.Errorf("payload: %s", body)
			}
		})
	}
}
