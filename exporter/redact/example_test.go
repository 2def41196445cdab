// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// show prints a tool's result as it would be sent.
func show(result contracts.JSON, rs ...redact.Redactor) {
	p := &contracts.CollectorTracePayload{}
	p.Metadata.Result = &contracts.CollectorTraceResult{Spans: []contracts.SpanRecord{{
		Kind: contracts.KindToolResult,
		Tool: &contracts.SpanToolOverlay{ToolName: "lookup", Result: result},
	}}}
	if err := redact.NewChain(rs...).Payload(p); err != nil {
		fmt.Println(err)
	}
	fmt.Println(p.Metadata.Result.Spans[0].Tool.Result)
}

// Redactors work one after the other. An exporter is given them by
// exporter.WithRedactor.
func Example() {
	show(`{"to": "ann@example.com", "card": 4111111111111111, "n": 1.50}`,
		redact.Secrets(), redact.Emails(), redact.Cards())

	// Output:
	// {"to": "[REDACTED:email]", "card": "[REDACTED:card]", "n": 1.50}
}

// A rule of one's own is a function. It is told where a text stands.
func ExampleFunc() {
	customers := redact.Func(func(p redact.Place, text string) (string, error) {
		if p.Kind == redact.KindToolResult && p.Tool == "lookup" && p.Member() == "name" {
			return redact.Marker("customer"), nil
		}
		return strings.ReplaceAll(text, "Project Heron", redact.Marker("project")), nil
	})
	show(`{"name":"Ann Lee","note":"works on Project Heron"}`, customers)

	// Output:
	// {"name":"[REDACTED:customer]","note":"works on [REDACTED:project]"}
}

// With a key, equal values have equal markers in all sessions, without being known.
func ExampleHashed() {
	key := []byte("from the service's secret store") // 32 random bytes, always the same
	show(`["ann@example.com","bob@example.com","Ann@example.com"]`, redact.Hashed(key, redact.Emails()))

	// Output:
	// ["[REDACTED:email:akjbodgogiddohpg]","[REDACTED:email:jggjkoeedgcaiafd]","[REDACTED:email:akjbodgogiddohpg]"]
}

func ExamplePattern() {
	show(`{"text":"see TICKET-004711"}`, redact.Pattern("ticket", regexp.MustCompile(`TICKET-[0-9]+`)))

	// Output:
	// {"text":"see [REDACTED:ticket]"}
}

func ExampleJSONPaths() {
	show(`{"user":{"email":"a@b.example","id":7},"rows":[{"ssn":"078-05-1120"},{"ssn":null}]}`,
		redact.JSONPaths("$.user.email", "$..ssn"))

	// Output:
	// {"user":{"email":"[REDACTED:path]","id":7},"rows":[{"ssn":"[REDACTED:path]"},{"ssn":"[REDACTED:path]"}]}
}
