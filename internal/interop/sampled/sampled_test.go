// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package sampled

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// counting gives the same ids in each run, spread so that a ratio of them is
// sampled.
type counting struct {
	mu sync.Mutex
	n  uint64
}

func (c *counting) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return binary.BigEndian.AppendUint64(nil, c.n*0x9e3779b97f4a7c15)
}

// NewIDs implements sdktrace.IDGenerator.
func (c *counting) NewIDs(context.Context) (id trace.TraceID, span trace.SpanID) {
	copy(id[:8], c.next())
	copy(id[8:], c.next())
	copy(span[:], c.next())
	return id, span
}

// NewSpanID implements sdktrace.IDGenerator.
func (c *counting) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	copy(span[:], c.next())
	return span
}

// service is a service that answers requests, some of them with the help of a
// model and of another service, which has a model of its own.
type service struct {
	url   string
	model string // the provider of models, which traces nothing
	heard *headers

	app    trace.Tracer
	llm    *tracer.Tracer
	client *http.Client
}

// headers are the trace headers that came with requests, in their order.
type headers struct {
	mu  sync.Mutex
	all []string
}

func (h *headers) hear(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.all = append(h.all, fmt.Sprint(r.URL.Path, r.Header["Traceparent"], r.Header["Tracestate"], r.Header["Baggage"]))
		h.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// newService starts a service on tp.
func newService(t *testing.T, tp trace.TracerProvider) *service {
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}, tracer.Propagator{})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s := &service{heard: new(headers), app: tp.Tracer("app"), llm: tracer.New(tp), client: &http.Client{
		Transport: otelhttp.NewTransport(transport, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(propagator)),
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", s.plain)
	mux.HandleFunc("/ask", s.ask)
	mux.HandleFunc("/search", s.search)
	server := httptest.NewServer(s.heard.hear(otelhttp.NewHandler(mux, "server", otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(propagator))))
	t.Cleanup(server.Close)
	model := httptest.NewServer(s.heard.hear(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})))
	t.Cleanup(model.Close)
	s.url, s.model = server.URL, model.URL
	return s
}

// plain handles a request without a model.
func (s *service) plain(w http.ResponseWriter, r *http.Request) {
	ctx, query := s.app.Start(r.Context(), "query", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.Int("rows", 3)))
	query.AddEvent("retried", trace.WithAttributes(attribute.Bool("again", true)))
	_, row := s.app.Start(ctx, "row", trace.WithLinks(trace.LinkFromContext(r.Context(), attribute.String("to", "the request"))))
	row.SetStatus(codes.Error, "no such row")
	row.RecordError(errors.New("no such row"))
	row.End()
	query.End()
	s.fetch(r.Context(), s.model+"/plain") // a request of the service's own
	w.WriteHeader(http.StatusNoContent)
}

// ask handles a request with a session: a model call, and a tool that is the
// other service.
func (s *service) ask(w http.ResponseWriter, r *http.Request) {
	ctx, session := s.llm.StartSession(r.Context(), "ask", tracer.Model("m"))
	defer session.End()
	calling, gen := s.llm.Start(ctx, contracts.KindGenerate, "gen")
	s.fetch(calling, s.model+"/generate")
	gen.End()
	working, tool := s.llm.StartToolCall(ctx, contracts.ToolCall{ID: "c", Name: "tool"})
	inside, between := s.app.Start(working, "between")
	s.fetch(inside, s.url+"/search")
	_, hand := s.app.Start(inside, "hand", trace.WithAttributes(contracts.KindKey.String("reasoning"), contracts.SeqKey.Int(99)))
	hand.End()
	between.End()
	tool.End()
	w.WriteHeader(http.StatusNoContent)
}

// search is the other service's handler.
func (s *service) search(w http.ResponseWriter, r *http.Request) {
	ctx, session := s.llm.StartSession(r.Context(), "search", tracer.Model("m"))
	defer session.End()
	ctx, embed := s.llm.Start(ctx, contracts.KindGenerate, "embed")
	s.fetch(ctx, s.model+"/embed")
	embed.End()
	w.WriteHeader(http.StatusNoContent)
}

func (s *service) fetch(ctx context.Context, url string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("x"))
	if err != nil {
		panic(err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
}

// handle has the service handle requests one after the other, from callers that
// trace nothing, that sample their trace, and that do not.
func (s *service) handle(t *testing.T, requests int) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range requests {
		path := "/ask"
		if i%2 == 0 {
			path = "/plain"
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if flags := i / 2 % 3; flags < 2 {
			r.Header.Set("Traceparent", fmt.Sprintf("00-%032x-%016x-%02x", 1000+i, 1+i, flags))
			r.Header.Set("Tracestate", "vendor=1")
		}
		r.Header.Set("Baggage", "app=1")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

// The other exporter receives exactly the spans that it receives without
// exporter.Sampler and the processor, and other services the same headers; and
// all sessions arrive, whole and tied to each other.
func TestServiceThatSamples(t *testing.T) {
	const requests = 60
	ratio := sdktrace.TraceIDRatioBased(0.01)
	for name, base := range map[string]sdktrace.Sampler{
		"1 % of the traces":                     ratio,
		"1 %, or as the caller says":            sdktrace.ParentBased(ratio),
		"half, or as the caller says":           sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.5)),
		"half of the traces":                    sdktrace.TraceIDRatioBased(0.5),
		"1 % whatever a caller in it samples":   sdktrace.ParentBased(ratio, sdktrace.WithRemoteParentSampled(ratio)),
		"all that a caller does not sample":     sdktrace.ParentBased(ratio, sdktrace.WithRemoteParentNotSampled(sdktrace.AlwaysSample())),
		"none, but all below a span in process": sdktrace.ParentBased(sdktrace.NeverSample(), sdktrace.WithLocalParentNotSampled(sdktrace.TraceIDRatioBased(0.5))),
		"none":                                  sdktrace.NeverSample(),
		"all":                                   sdktrace.AlwaysSample(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(opts ...sdktrace.TracerProviderOption) (spans, headers []string) {
				other := tracetest.NewInMemoryExporter()
				tp := sdktrace.NewTracerProvider(append(opts, sdktrace.WithIDGenerator(new(counting)), sdktrace.WithSyncer(other))...)
				s := newService(t, tp)
				s.handle(t, requests)
				if err := tp.ForceFlush(context.Background()); err != nil {
					t.Error(err)
				}
				return said(other.GetSpans()), s.heard.all
			}
			spans, headers := run(sdktrace.WithSampler(base))
			col := exportertest.NewCollector(t)
			exp, err := exporter.New(col.Options()...)
			if err != nil {
				t.Fatal(err)
			}
			withSpans, withHeaders := run(sdktrace.WithSampler(exporter.Sampler(base)), sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
			if err := exp.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
			same(t, "the other exporter's spans", spans, withSpans)
			same(t, "the headers", headers, withHeaders)

			asked := map[string]contracts.CollectorTracePayload{}
			searches := 0
			for _, p := range col.Sessions() {
				if p.Name == "ask" {
					asked[p.ID] = p
				}
			}
			for _, p := range col.Sessions() {
				entries := p.Metadata.Result.Spans
				var names []string
				for _, e := range entries {
					names = append(names, e.Name)
				}
				switch text := strings.Join(names, " "); {
				case p.Name == "ask" && text == "gen tool hand" && entries[2].ParentID == entries[1].ID && p.TraceID == p.ID:
				case p.Name == "search" && text == "embed" && asked[p.TraceID].ID != "" && p.ParentID == asked[p.TraceID].Metadata.Result.Spans[1].ID:
					searches++
				default:
					t.Errorf("a session arrived as %s: %s", text, p.AppendJSON(nil))
				}
			}
			if len(asked) != requests/2 || searches != requests/2 {
				t.Errorf("%d and %d sessions arrived, want %d each", len(asked), searches, requests/2)
			}
		})
	}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// said is everything that spans say but their times; what is another in each run,
// which are ports and the ids that Spect makes; and on a session what names the
// session around it, for without exporter.Sampler there may be none.
func said(spans tracetest.SpanStubs) []string {
	slices.SortFunc(spans, func(a, b tracetest.SpanStub) int {
		return cmp.Compare(a.SpanContext.SpanID().String(), b.SpanContext.SpanID().String())
	})
	var out []string
	for i := range spans {
		s := &spans[i]
		var attrs []string
		for _, kv := range s.Attributes {
			switch key := string(kv.Key); {
			case kv.Key == contracts.SessionTraceIDKey, kv.Key == contracts.SessionParentIDKey, kv.Key == contracts.SessionOriginKey:
			case strings.Contains(key, "port"), key == "url.full":
				attrs = append(attrs, key)
			default:
				attrs = append(attrs, key+"="+uuids.ReplaceAllString(kv.Value.String(), "UUID"))
			}
		}
		var events []string
		for _, e := range s.Events {
			events = append(events, fmt.Sprint(e.Name, e.Attributes, e.DroppedAttributeCount))
		}
		var links []string
		for _, l := range s.Links {
			links = append(links, fmt.Sprint(l.SpanContext.SpanID(), l.SpanContext.TraceFlags(), l.Attributes))
		}
		sc := s.SpanContext
		out = append(out, fmt.Sprint(sc.SpanID(), " ", s.Name, " ", sc.TraceID(), sc.TraceFlags(), sc.TraceState(), s.Parent.SpanID(), s.Parent.TraceFlags(),
			s.Parent.IsRemote(), s.SpanKind, attrs, events, links, s.Status, s.DroppedAttributes, s.DroppedEvents, s.DroppedLinks, s.ChildSpanCount,
			s.Resource, s.InstrumentationScope.Name))
	}
	return out
}

func same(t *testing.T, what string, without, with []string) {
	t.Helper()
	if len(without) != len(with) {
		t.Errorf("%s are %d without, %d with Spect", what, len(without), len(with))
	}
	for i := range min(len(without), len(with)) {
		if without[i] != with[i] {
			t.Fatalf("%s differ:\n%s\n%s", what, without[i], with[i])
		}
	}
}
