// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// service answers questions over HTTP, with the help of a model.
type service struct {
	tracer *tracer.Tracer
	model  *http.Client
}

// newService is instrumented on both sides: for who asks it, and for whom it asks.
func newService(tp trace.TracerProvider, tr *tracer.Tracer) http.Handler {
	s := &service{tracer: tr, model: &http.Client{Transport: otelhttp.NewTransport(model{},
		otelhttp.WithTracerProvider(tp),
		// The model is somebody else's: it is told of no trace.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()))}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /answer", s.serveAnswer)
	return otelhttp.NewHandler(mux, "answer",
		otelhttp.WithTracerProvider(tp),
		// A session that another service began goes on here.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, tracer.Propagator{})))
}

func (s *service) serveAnswer(w http.ResponseWriter, r *http.Request) {
	text, err := s.answer(r.Context(), r.URL.Query().Get("q"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = io.WriteString(w, text)
}

// answer is traced as a session.
func (s *service) answer(ctx context.Context, question string) (text string, err error) {
	ctx, session := s.tracer.StartSession(ctx, "advice.answer", tracer.Model("gpt-4.1"))
	defer session.EndErr(&err)
	session.Add(ctx, contracts.UserText(question))

	text, err = s.generate(ctx, question)
	if err != nil {
		return "", err
	}
	session.SetResult(tracer.Result{Text: text, FinishReasons: []string{"stop"}})
	return text, nil
}

// generate calls the model. The span of the HTTP request is below the span that
// is started here; OTLP shows it there, and Spect passes it over.
func (s *service) generate(ctx context.Context, question string) (text string, err error) {
	ctx, gen := s.tracer.Start(ctx, contracts.KindGenerate, "openai.responses.create")
	defer gen.EndErr(&err)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://model.example/v1/responses", strings.NewReader(question))
	if err != nil {
		return "", err
	}
	res, err := s.model.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct{ Text string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("the model's answer: %w", err)
	}
	gen.Add(contracts.AssistantText(answer.Text))
	return answer.Text, nil
}

// model stands in for a model behind HTTP, without a network.
type model struct{}

// RoundTrip implements [http.RoundTripper].
func (model) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	question, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"text": "That depends, but it is less than you think: " + string(question)})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body)), Request: req,
	}, nil
}
