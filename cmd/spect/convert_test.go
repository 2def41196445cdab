// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spect-tools/spect-go/contracts"
)

// oneCall is a request that calls a model, as an instrumentation traces it: the
// request's span comes last.
const oneCall = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"app"}}]},
"scopeSpans":[{"scope":{"name":"openai"},"spans":[
{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"0202030405060708","name":"chat m","kind":3,
"startTimeUnixNano":"1777000000000000000","endTimeUnixNano":"1777000001000000000","attributes":[
{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
{"key":"gen_ai.request.model","value":{"stringValue":"m"}},
{"key":"gen_ai.usage.input_tokens","value":{"intValue":"7"}},
CONTENT
{"key":"gen_ai.response.id","value":{"stringValue":"r"}}],"status":{}},
{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0202030405060708","name":"POST /ask","kind":2,
"startTimeUnixNano":"1777000000000000000","endTimeUnixNano":"1777000002000000000","attributes":[{"key":"session.id","value":{"stringValue":"s-1"}}],"status":{}}]}]}]}`

const content = `{"key":"gen_ai.input.messages","value":{"stringValue":"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"Ships?\"}]}]"}},
{"key":"gen_ai.output.messages","value":{"stringValue":"[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"Seven.\"}]}]"}},`

// oneCallsLogs holds the content of the call instead.
const oneCallsLogs = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[
{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","timeUnixNano":"1777000000000000000","eventName":"gen_ai.user.message",
"body":{"kvlistValue":{"values":[{"key":"content","value":{"stringValue":"Ships?"}}]}}},
{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","timeUnixNano":"1777000001000000000","eventName":"gen_ai.choice",
"body":{"kvlistValue":{"values":[{"key":"message","value":{"kvlistValue":{"values":[{"key":"content","value":{"stringValue":"Seven."}}]}}}]}}}]}]}]}`

func inFile(t *testing.T, name, data string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// payloads are those that the command printed, one in a line.
func payloads(t *testing.T, out string) (all []*contracts.CollectorTracePayload) {
	t.Helper()
	for line := range strings.Lines(out) {
		p, err := contracts.ParsePayload(line)
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		all = append(all, p)
	}
	return all
}

func withContent() string { return strings.Replace(oneCall, "CONTENT", content, 1) }

func withoutContent() string { return strings.Replace(oneCall, "CONTENT", "", 1) }

func TestConvert(t *testing.T) {
	t.Setenv("SPECT_ORGANIZATION_ID", "")
	td, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces([]byte(withContent()))
	if err != nil {
		t.Fatal(err)
	}
	protobuf, err := new(ptrace.ProtoMarshaler).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
	}{
		"a file":                  {"", []string{inFile(t, "trace.json", withContent())}},
		"protobuf":                {"", []string{inFile(t, "trace.pb", string(protobuf))}},
		"standard input":          {withContent(), nil},
		"standard input, by name": {withContent(), []string{"-"}},
		"content in log records":  {withoutContent(), []string{"--logs", inFile(t, "logs.json", oneCallsLogs)}},
		"the spans twice":         {withContent(), []string{"-", inFile(t, "trace.json", withContent())}},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, err := execute(t.Context(), c.stdin, append([]string{"convert"}, c.args...)...)
			if err != nil || errs != "" {
				t.Fatalf("%v\n%s", err, errs)
			}
			all := payloads(t, out)
			if len(all) != 1 {
				t.Fatalf("%d sessions:\n%s", len(all), out)
			}
			p := all[0]
			spans := p.Metadata.Result.Spans
			if p.OrganizationID != "local" || p.Attributes.ConversationID != "s-1" || p.Response.Text == nil || *p.Response.Text != "Seven." ||
				len(spans) != 2 || spans[0].Kind != contracts.KindUser || spans[1].Kind != contracts.KindGenerate {
				t.Errorf("printed %s", out)
			}
		})
	}
}

func TestConvertSaysWhatIsMissing(t *testing.T) {
	t.Setenv("SPECT_ORGANIZATION_ID", "org_1")
	out, _, err := execute(t.Context(), withoutContent(), "convert")
	all := payloads(t, out)
	if err != nil || len(all) != 1 || all[0].OrganizationID != "org_1" || all[0].Metadata.Result.Spans[0].Metadata.Member("partial").Member("messages") == "" {
		t.Errorf("%v\n%s", err, out)
	}
}

// What holds no session gives none, and that is said but no error.
func TestConvertWithoutSessions(t *testing.T) {
	const noSpans = "there are no spans in what was read\n"
	for in, said := range map[string]string{
		"": noSpans, " \n": noSpans, "{}": noSpans,
		strings.ReplaceAll(withContent(), "gen_ai.", "app."): "no session in 2 spans: --explain says of each why\n",
	} {
		out, errs, err := execute(t.Context(), in, "convert", "--pretty", "-")
		if out != "" || errs != said || err != nil {
			t.Errorf("%.20q: %v\n%s%s", in, err, out, errs)
		}
	}
}

// Arguments travel as the model wrote them, but a payload is one line.
func TestConvertOneLine(t *testing.T) {
	arguments := `{\\n  \\\"city\\\": \\\"Paris\u2028\\\"\\r\\n}`
	request := strings.Replace(oneCall, "CONTENT", `{"key":"gen_ai.output.messages","value":{"stringValue":"[{\"role\":\"assistant\",\"parts\":[`+
		`{\"type\":\"tool_call\",\"id\":\"c\",\"name\":\"f\",\"arguments\":\"`+arguments+`\"}]}]"}},`, 1)
	out, _, err := execute(t.Context(), "", "convert", inFile(t, "spans.json", request))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(out, "\n") != 1 || strings.ContainsAny(out, "\r\u2028") || !strings.Contains(out, `"city": "Paris\u2028"`) {
		t.Errorf("%q", out)
	}
	payloads(t, out)
}

func TestConvertPretty(t *testing.T) {
	plain, _, err := execute(t.Context(), withContent(), "convert")
	if err != nil {
		t.Fatal(err)
	}
	pretty, _, err := execute(t.Context(), withContent(), "convert", "--pretty")
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal([]byte(plain), &a) != nil || json.Unmarshal([]byte(pretty), &b) != nil || strings.Count(pretty, "\n") < 20 || strings.Count(plain, "\n") != 1 {
		t.Errorf("printed\n%s\n%s", plain, pretty)
	}
}

func TestConvertExplains(t *testing.T) {
	out, errs, err := execute(t.Context(), withContent(), "convert", "--explain")
	if err != nil || len(payloads(t, out)) != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`0102030405060708 "chat m"`, "a call of a model", "from gen_ai: request.model, request.messages",
		`0202030405060708 "POST /ask"`, "in no session: nothing of language models",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("%q is not said:\n%s", want, errs)
		}
	}
}

// Spect's own spans are explained too, though nothing was to be found out of them.
func TestConvertExplainsOwnSpans(t *testing.T) {
	span := func(id, parent, name, kind string) string {
		return fmt.Sprintf(`{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":%q,"parentSpanId":%q,"name":%q,"startTimeUnixNano":"1","endTimeUnixNano":"2",`+
			`"attributes":[{"key":"spect.kind","value":{"stringValue":%q}}]}`, id, parent, name, kind)
	}
	in := `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Join([]string{
		span("0000000000000001", "", "answer", "session"), span("0000000000000002", "0000000000000001", "gen", "generate"),
		`{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000003","parentSpanId":"0000000000000001","name":"http"}`,
	}, ",") + `]}]}]}`
	_, errs, err := execute(t.Context(), in, "convert", "--explain")
	want := `0000000000000001 "answer"
  the session "answer"
0000000000000002 "gen"
  an entry of the session "answer"
0000000000000003 "http"
  in no session: nothing of language models
`
	if err != nil || errs != want {
		t.Errorf("%v, it says\n%s\nwant\n%s", err, errs, want)
	}
}

func TestConvertFails(t *testing.T) {
	for name, args := range map[string][]string{
		"no such file":          {filepath.Join(t.TempDir(), "none")},
		"no OTLP":               {inFile(t, "x", "hello")},
		"half of it":            {inFile(t, "x", withContent()[:300])},
		"no logs":               {"--logs", inFile(t, "x", "hello"), inFile(t, "trace.json", withContent())},
		"logs that are missing": {"--logs", filepath.Join(t.TempDir(), "none"), inFile(t, "trace.json", withContent())},
	} {
		out, _, err := execute(t.Context(), "", append([]string{"convert"}, args...)...)
		if err == nil || out != "" || !strings.Contains(err.Error(), filepath.Base(args[min(1, len(args)-1)])) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
