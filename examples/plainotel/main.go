// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Command plainotel traces a session with nothing but the OpenTelemetry API: spans
// that carry the attributes of docs/attributes.md. What is traced imports nothing
// of Spect; only the set-up does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/exporter"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, opts ...exporter.Option) error {
	exp, err := exporter.New(opts...) // SPECT_ORGANIZATION_ID and SPECT_API_KEY, or options
	if err != nil {
		return err
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	tracer := tp.Tracer("example.com/weather")
	for _, city := range []string{"Oslo", "Atlantis"} {
		text, err := answer(ctx, tracer, city)
		if err != nil {
			text = "Sorry: " + err.Error()
		}
		fmt.Fprintln(w, text)
	}
	return tp.Shutdown(ctx) // delivers the sessions
}

// answer is a session: the span that says so is its root.
func answer(ctx context.Context, tracer trace.Tracer, city string) (string, error) {
	ctx, session := tracer.Start(ctx, "weather.answer", trace.WithAttributes(
		attribute.String("spect.kind", "session"),
		attribute.String("spect.model.id", "gpt-4.1"),
		attribute.String("spect.provider", "openai"),
		attribute.String("spect.session.metadata", `{"channel": "web"}`)))
	defer session.End()

	_, user := tracer.Start(ctx, "user", trace.WithAttributes(
		attribute.String("spect.kind", "user"),
		attribute.String("spect.messages", toJSON([]message{{Role: "user", Content: "What is the weather in " + city + "?"}}))))
	user.End()

	celsius, err := weather(ctx, tracer, city)
	if err != nil {
		session.RecordError(err)
		session.SetStatus(codes.Error, err.Error())
		return "", err
	}
	text := fmt.Sprintf("It is %d °C in %s.", celsius, city)
	session.SetAttributes(
		attribute.String("spect.response.text", text),
		attribute.String("spect.response.usage", `{"inputTokens": 31, "outputTokens": 9, "totalTokens": 40}`),
		attribute.StringSlice("spect.response.finish_reasons", []string{"stop"}))
	return text, nil
}

// weather is a tool: a span for the call, and one below it for the result.
func weather(ctx context.Context, tracer trace.Tracer, city string) (celsius int, err error) {
	ctx, call := tracer.Start(ctx, "weather", trace.WithAttributes(
		attribute.String("spect.kind", "tool-call"),
		attribute.String("spect.tool.call_id", "call_1"),
		attribute.String("spect.tool.name", "weather"),
		attribute.String("spect.tool.parameters", toJSON(map[string]string{"city": city}))))
	defer call.End()

	celsius, err = lookUp(city)
	if err != nil {
		call.RecordError(err)
		call.SetStatus(codes.Error, err.Error())
		return 0, err
	}
	_, result := tracer.Start(ctx, "weather.result", trace.WithAttributes(
		attribute.String("spect.kind", "tool-result"),
		attribute.String("spect.tool.call_id", "call_1"),
		attribute.String("spect.tool.name", "weather"),
		attribute.Int("spect.tool.result", celsius))) // an attribute of any type stands for the JSON that it spells
	result.End()
	return celsius, nil
}

// message is what spect.messages is a list of.
type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // what has no JSON is told of as text
		return err.Error()
	}
	return string(text)
}

func lookUp(city string) (celsius int, err error) {
	if city != "Oslo" {
		return 0, errors.New("there is no such city")
	}
	return 7, nil
}
