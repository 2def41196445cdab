// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/payloadtest"
)

func TestValidateAcceptsVectors(t *testing.T) {
	for name, body := range bodies(t) {
		p, err := contracts.ParsePayload(string(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// consequences are problems of one value that another's problem brings about.
var consequences = []string{
	"/metadata/spect: is given, though request.spect is no object with members",
	"/metadata/result/spans/3/parentId: makes the span its own ancestor",
	"/metadata/result/spans/4/parentId: makes the span its own ancestor",
	"/metadata/result/spans/4/parentId: is not the id of a span of the session",
	"/metadata/result/spans/0/durationMs: is given, though the span has no endTime",
}

// Each mutation is seen, either by decoding, which names the path of a value of
// the wrong type, or by Validate; and nothing else is reported.
func TestValidateSeesMutations(t *testing.T) {
	for _, m := range payloadtest.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			p, err := contracts.ParsePayload(string(m.Apply()))
			if err == nil {
				err = p.Validate()
			}
			if m.Problem == "" || m.Judges == payloadtest.SchemaOnly {
				if err != nil {
					t.Fatalf("reported: %v", err)
				}
				return
			}
			var invalid *contracts.ValidationError
			switch {
			case err == nil:
				t.Fatal("accepted")
			case !errors.As(err, &invalid):
				if !strings.Contains(err.Error(), ": "+m.Problem+": ") {
					t.Fatalf("decoding names another path: %v", err)
				}
			default:
				found := false
				for _, p := range invalid.Problems {
					switch {
					case p.Path == m.Problem && found && !strings.HasPrefix(p.Message, "is null"):
						t.Errorf("reported twice: %v", p)
					case p.Path == m.Problem:
						found = true
					case !slices.Contains(consequences, p.String()):
						t.Errorf("reported too: %v", p)
					}
				}
				if !found {
					t.Fatalf("the problem is not at %s: %v", m.Problem, err)
				}
			}
		})
	}
}

// What only a program can do: these do not survive encoding or decoding.
func TestValidateSeesWhatCannotBeDecoded(t *testing.T) {
	start := time.Date(2026, 4, 24, 3, 6, 40, 0, time.UTC)
	for name, test := range map[string]struct {
		spoil func(p *contracts.CollectorTracePayload)
		want  string
	}{
		"no start":       {func(p *contracts.CollectorTracePayload) { p.StartTime = time.Time{} }, "/startTime"},
		"far future":     {func(p *contracts.CollectorTracePayload) { p.EndTime = start.AddDate(9000, 0, 0) }, "/endTime"},
		"finer than ms":  {func(p *contracts.CollectorTracePayload) { p.StartTime = start.Add(time.Microsecond) }, "/startTime"},
		"span version":   {func(p *contracts.CollectorTracePayload) { span(p, 0).Version = -1 }, "/metadata/result/spans/0/version"},
		"unended, timed": {func(p *contracts.CollectorTracePayload) { span(p, 0).EndTime = time.Time{} }, "/metadata/result/spans/0/durationMs"},
		"cut request":    {func(p *contracts.CollectorTracePayload) { p.Metadata.Request = `{"a":` }, "/metadata/request"},
		"cut spect":      {func(p *contracts.CollectorTracePayload) { p.Metadata.Spect = `{"adapter":"go"` }, "/metadata/spect"},
		"cut otel":       {func(p *contracts.CollectorTracePayload) { p.Metadata.OTel = `{` }, "/metadata/otel"},
		"cut object":     {func(p *contracts.CollectorTracePayload) { p.Response.Object = `NaN` }, "/response/object"},
		"cut usage":      {func(p *contracts.CollectorTracePayload) { p.Response.Usage = `{"n":NaN}` }, "/response/usage"},
		"cut input":      {func(p *contracts.CollectorTracePayload) { p.Attributes.RequestInput = `'x'` }, "/attributes/request.input"},
		"cut metadata":   {func(p *contracts.CollectorTracePayload) { span(p, 0).Metadata = `{]` }, "/metadata/result/spans/0/metadata"},
		"no span start":  {func(p *contracts.CollectorTracePayload) { span(p, 6).StartTime = time.Time{} }, "/metadata/result/spans/6/startTime"},
		"no array":       {func(p *contracts.CollectorTracePayload) { span(p, 0).Messages = `{}` }, "/metadata/result/spans/0/messages"},
		"cut messages":   {func(p *contracts.CollectorTracePayload) { span(p, 0).Messages = `[{]` }, "/metadata/result/spans/0/messages"},
		"cut parameters": {func(p *contracts.CollectorTracePayload) { span(p, 3).Tool.Parameters = `{"a"` }, "/metadata/result/spans/3/tool/parameters"},
		"cut result":     {func(p *contracts.CollectorTracePayload) { span(p, 4).Tool.Result = "\"\xff\"" }, "/metadata/result/spans/4/tool/result"},
		"cut task":       {func(p *contracts.CollectorTracePayload) { span(p, 5).Subagent.Input = `tru` }, "/metadata/result/spans/5/subagent/input"},
		"named twice":    {func(p *contracts.CollectorTracePayload) { p.Extra = contracts.Members{{"id", `"x"`}} }, "/id"},
		"spans twice": {func(p *contracts.CollectorTracePayload) {
			p.Metadata.Result.Extra = contracts.Members{{"spans", `[1]`}}
		}, "/metadata/result/spans"},
		"deep": {func(p *contracts.CollectorTracePayload) {
			p.Response.Object = contracts.JSON(strings.Repeat("[", 10000) + strings.Repeat("]", 10000))
		}, "/"},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, payloadtest.Sample())
			test.spoil(p)
			var invalid *contracts.ValidationError
			if err := p.Validate(); !errors.As(err, &invalid) {
				t.Fatalf("accepted: %v", err)
			}
			for _, p := range invalid.Problems {
				if p.Path == test.want {
					return
				}
			}
			t.Fatalf("no problem at %s: %v", test.want, invalid)
		})
	}
}

// Every object of the payload may have members that the contract does not name,
// and each is looked at.
func TestValidateSeesUnnamedMembers(t *testing.T) {
	const spans = "/metadata/result/spans"
	failure := contracts.NormalizedError{Message: "m"}
	for path, extra := range map[string]func(p *contracts.CollectorTracePayload) *contracts.Members{
		"/":                   func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Extra },
		"/model":              func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Model.Extra },
		"/operation":          func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Operation.Extra },
		"/metadata":           func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Metadata.Extra },
		"/metadata/result":    func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Metadata.Result.Extra },
		"/prompt":             func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Prompt.Extra },
		"/response":           func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Response.Extra },
		"/attributes":         func(p *contracts.CollectorTracePayload) *contracts.Members { return &p.Attributes.Extra },
		spans + "/0":          func(p *contracts.CollectorTracePayload) *contracts.Members { return &span(p, 0).Extra },
		spans + "/2/model":    func(p *contracts.CollectorTracePayload) *contracts.Members { return &span(p, 2).Model.Extra },
		spans + "/3/tool":     func(p *contracts.CollectorTracePayload) *contracts.Members { return &span(p, 3).Tool.Extra },
		spans + "/5/error":    func(p *contracts.CollectorTracePayload) *contracts.Members { return &span(p, 5).Error.Extra },
		spans + "/5/subagent": func(p *contracts.CollectorTracePayload) *contracts.Members { return &span(p, 5).Subagent.Extra },
		"/metadata/result/error": func(p *contracts.CollectorTracePayload) *contracts.Members {
			p.Metadata.Result.Error = &failure
			return &failure.Extra
		},
	} {
		p := parse(t, payloadtest.Sample())
		*extra(p) = contracts.Members{{"later", "{"}}
		var invalid *contracts.ValidationError
		if !errors.As(p.Validate(), &invalid) || !slices.ContainsFunc(invalid.Problems, func(p contracts.Problem) bool { return p.Path == path }) {
			t.Errorf("%s: a member that is not JSON: %v", path, invalid)
		}
	}
}

func TestValidateReportsEveryProblem(t *testing.T) {
	err := new(contracts.CollectorTracePayload).Validate()
	var invalid *contracts.ValidationError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range invalid.Problems {
		got = append(got, p.String())
	}
	want := []string{
		"/id: is missing", "/traceId: is missing", "/spanId: is missing", "/organizationId: is missing",
		"/startTime: is missing", "/endTime: is missing", "/model/id: is missing", "/model/provider: is missing",
		"/metadata/result: is missing", "/prompt/format: is missing",
		"/response/timestamp: is missing", "/attributes/provider: is missing",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text := err.Error(); !strings.Contains(text, ": /id: is missing; /traceId: is missing; ") || !strings.HasSuffix(text, "; and 4 more") || strings.Contains(text, "timestamp") {
		t.Errorf("the text lists the first few: %s", text)
	}
}

// The reference client sends {"id": "", "provider": "unknown"} for a model whose id
// was given as empty, and "" as the response's.
func TestValidateAcceptsAnEmptyModelID(t *testing.T) {
	p := parse(t, payloadtest.Sample())
	p.Response.Model = ""
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "/response/model") {
		t.Errorf("no model of the response, though the session has one: %v", err)
	}
	if p.Model.ID = ""; p.Validate() != nil {
		t.Error(p.Validate())
	}
}

func TestValidateFindsCycles(t *testing.T) {
	p := parse(t, payloadtest.Sample())
	spans := p.Metadata.Result.Spans
	// 5 → 6 → 5, and 7 hangs on it without being part of it.
	spans[5].ParentID, spans[6].ParentID, spans[7].ParentID = spans[6].ID, spans[5].ID, spans[6].ID
	var invalid *contracts.ValidationError
	if !errors.As(p.Validate(), &invalid) {
		t.Fatal("accepted")
	}
	var paths []string
	for _, p := range invalid.Problems {
		paths = append(paths, p.Path)
	}
	const want = "[/metadata/result/spans/5/parentId /metadata/result/spans/6/parentId]"
	if got := fmt.Sprint(paths); got != want {
		t.Errorf("problems at %s, want %s", got, want)
	}
}

// No problem and no decoding error may quote the payload: it may be logged.
func TestProblemsQuoteNothing(t *testing.T) {
	const secret = "s3cr3t"
	paths := map[string]bool{}
	for _, m := range payloadtest.Mutations() {
		if len(m.Edits) == 1 && m.Edits[0].Value != "" {
			paths[m.Edits[0].Path] = true
		}
	}
	for _, value := range []string{
		`"` + secret + `"`, `["` + secret + `"]`, `{"` + secret + `":1}`, `[{"type":"` + secret + `","text":"` + secret + `"}]`,
		`{"message":["` + secret + `"]}`, `[{"id":"` + secret + `","role":"` + secret + `","content":"` + secret + `"}]`,
		`[{"id":5,"role":"user","content":[{"type":"text","` + secret + `":"` + secret + `"},"` + secret + `"]}]`,
	} {
		for path := range paths {
			m := payloadtest.Mutation{Name: path, Edits: []payloadtest.Edit{{Path: path, Value: value}}}
			p, err := contracts.ParsePayload(string(m.Apply()))
			if err == nil {
				err = p.Validate()
			}
			if err == nil {
				continue
			}
			text := err.Error()
			var invalid *contracts.ValidationError
			if errors.As(err, &invalid) {
				text = fmt.Sprint(invalid.Problems)
			}
			if strings.Contains(text, secret) {
				t.Errorf("%s = %s: %s", path, value, text)
			}
		}
	}
	p := parse(t, payloadtest.Sample())
	p.Extra = contracts.Members{{secret, "{" + secret}}
	if err := p.Validate(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("an unnamed member: %v", err)
	}
}

func parse(t *testing.T, text []byte) *contracts.CollectorTracePayload {
	t.Helper()
	p, err := contracts.ParsePayload(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func span(p *contracts.CollectorTracePayload, i int) *contracts.SpanRecord {
	return &p.Metadata.Result.Spans[i]
}
