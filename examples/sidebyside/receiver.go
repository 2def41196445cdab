// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"sync"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver stands in for whatever takes the service's spans today: it speaks
// OTLP over HTTP, and remembers what it got.
type receiver struct {
	mu      sync.Mutex
	running bool
	traces  map[string][]string // names of spans by trace id
}

func (r *receiver) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = true
}

func (r *receiver) started() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running
}

// ServeHTTP implements [http.Handler].
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var export collectorpb.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &export)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.traces == nil {
		r.traces = map[string][]string{}
	}
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				id := hex.EncodeToString(span.TraceId)
				r.traces[id] = append(r.traces[id], span.Name)
			}
		}
	}
}

func (r *receiver) count() (traces, spans int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, names := range r.traces {
		spans += len(names)
	}
	return len(r.traces), spans
}

// names are the names of a trace's spans, sorted.
func (r *receiver) names(traceID string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.traces[traceID]))
}
