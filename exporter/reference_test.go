// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/internal/scenario"
)

// TestReference: for every scenario the request equals the one that the
// reference client makes, both when the spans are made with package tracer and
// when they carry nothing but attributes.
func TestReference(t *testing.T) {
	ways := map[string]func(context.Context, *sdktrace.TracerProvider, *reference.Scenario){
		"tracer": func(ctx context.Context, tp *sdktrace.TracerProvider, sc *reference.Scenario) {
			scenario.Play(ctx, tp, sc)
		},
		"attributes": func(ctx context.Context, tp *sdktrace.TracerProvider, sc *reference.Scenario) {
			scenario.PlayAttributes(ctx, tp.Tracer("app"), sc)
		},
	}
	for _, v := range reference.Vectors() {
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			t.Run(v.Name+"/"+way, func(t *testing.T) {
				sc, err := reference.ParseScenario(v.Scenario)
				if err != nil {
					t.Fatal(err)
				}
				requests := record(t, sc, func(tp *sdktrace.TracerProvider) { ways[way](t.Context(), tp, sc) })
				if len(requests) != 1 {
					t.Fatalf("%d requests, want 1", len(requests))
				}
				var want payloadtest.Request
				if err := json.Unmarshal(v.Captured, &want); err != nil {
					t.Fatal(err)
				}
				for _, d := range payloadtest.DiffRequests(want, requests[0]) {
					t.Error(d)
				}
			})
		}
	}
}

// record runs play behind the processor door and returns what was posted.
func record(t *testing.T, sc *reference.Scenario, play func(*sdktrace.TracerProvider)) []payloadtest.Request {
	t.Helper()
	var requests []payloadtest.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		headers := map[string]string{}
		for name := range r.Header {
			headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		requests = append(requests, payloadtest.Request{Method: r.Method, Path: r.RequestURI, Headers: headers, Body: body})
	}))
	exp, err := exporter.New(
		exporter.WithOrganizationID(sc.Observer.OrganizationID),
		exporter.WithAPIKey(sc.Observer.APIKey),
		exporter.WithCollectorURL(server.URL),
		exporter.WithHeaders(sc.Observer.Headers),
		exporter.WithErrorHandler(func(err error) { t.Error(err) }),
	)
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	play(tp)
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	server.Close() // waits for the handlers
	return requests
}
