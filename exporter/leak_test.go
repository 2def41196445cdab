// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// leakRun is one run of the planted program, and all that left the process.
type leakRun struct {
	*plants
	// wire is what the collector was sent, disk what the spool's files held.
	wire, disk string
	// isolated is what an exporter behind WithoutContent was given, isolatedAll one
	// that is kept from content of conventions too, other one that is not.
	isolated, isolatedAll, other string
	// told is what was reported and counted, logged what the application's logger
	// was given and Diagnose found, which has names in it.
	told, logged string
}

// leakWay is how the program's spans come to the exporter.
type leakWay struct {
	name   string
	byDoor bool // the exporter door
	tracer []tracer.Option
}

var leakWays = []leakWay{
	{name: "processor"},
	{name: "exporter", byDoor: true},
	{name: "aside", tracer: []tracer.Option{tracer.WithContentAside()}},
}

// runLeak runs the program.
func runLeak(t *testing.T, w leakWay, opts ...exporter.Option) *leakRun {
	t.Helper()
	run := &leakRun{plants: &plants{}}
	logged, logger := captureLogs(t), &captured{}
	rt := &bodies{}
	dir := t.TempDir()
	meter := &meters{}
	header := run.lost(0, "header of requests")
	opts = append([]exporter.Option{
		exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithTransport(rt),
		exporter.WithSpool(exporter.Spool{Dir: dir, NoSync: true}), exporter.WithHeaders(map[string]string{"X-Tenant": header}),
		exporter.WithMeterProvider(meter), exporter.WithOnDrop(func(d exporter.Drop) { logged.line(d) }),
		exporter.WithErrorHandler(func(err error) { logged.line(err) }),
		exporter.WithLogger(slog.New(slog.NewTextHandler(logger, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "guest" }),
	}, opts...)
	exp, err := exporter.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	isolated, isolatedAll, other := &texts{}, &texts{}, &texts{}
	door := sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp))
	if w.byDoor {
		door = sdktrace.WithSyncer(exp)
	}
	service := run.put(identity, "resource")
	tp := sdktrace.NewTracerProvider(door, sdktrace.WithSyncer(exporter.WithoutContent(isolated)),
		sdktrace.WithSyncer(exporter.WithoutContent(isolatedAll, exporter.AndOfConventions())), sdktrace.WithSyncer(other),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))))
	run.addLog = exp.AddLog
	run.play(t.Context(), tp, w.tracer...)
	logged.line(exp.Shutdown(context.Background()))
	logged.line(tp.Shutdown(context.Background()))
	logged.line(exp, exp.Stats(), exp.MarshalLog())
	logger.line(exp.Diagnose())
	meter.collect(logged)

	run.wire = strings.Join(rt.all(), "\n")
	run.disk = filesIn(t, dir)
	run.isolated, run.isolatedAll, run.other = isolated.String(), isolatedAll.String(), other.String()
	run.told, run.logged = logged.String(), logger.String()
	return run
}

// TestNoLeaks plants distinct texts in every place that can hold content, and
// looks for them in all that leaves the process, under each policy: what a policy
// forbids is nowhere, and what it allows is there.
func TestNoLeaks(t *testing.T) {
	for _, policy := range []exporter.ContentPolicy{exporter.FullContent, exporter.NoToolValues, exporter.MetadataOnly, exporter.NoContent} {
		for _, w := range leakWays {
			t.Run(policy.String()+"/"+w.name, func(t *testing.T) {
				run := runLeak(t, w, exporter.WithContent(policy))
				if len(run.places) < 200 {
					t.Errorf("only %d texts were planted", len(run.places))
				}
				sent := 0
				for _, p := range run.places {
					allowed := p.kinds&policy.Withholds() == 0
					if w.byDoor && (p.name == "text of an open span" || strings.HasPrefix(p.name, "url.full") || strings.HasPrefix(p.name, "db.query")) {
						allowed = false // that door sees no open spans, and lets none in
					}
					switch got := strings.Contains(run.wire, p.text); {
					case got && (!allowed || p.unsent):
						t.Errorf("%s (%s) was sent", p.name, p.text)
					case !got && allowed && !p.unsent:
						t.Errorf("%s (%s) was not sent", p.name, p.text)
					case got:
						sent++
					}
					run.checkOthers(t, &p, w)
					if strings.Contains(run.told, p.text) {
						t.Errorf("%s (%s) was told", p.name, p.text)
					}
					if (p.kinds != 0 || p.unsent) && strings.Contains(run.logged, p.text) {
						t.Errorf("%s (%s) was logged", p.name, p.text)
					}
					if !allowed && strings.Contains(run.disk, p.text) {
						t.Errorf("%s (%s) is on disk", p.name, p.text)
					}
				}
				t.Logf("%d texts planted, %d sent", len(run.places), sent)
			})
		}
	}
}

// checkOthers checks what other exporters were given.
func (run *leakRun) checkOthers(t *testing.T, p *place, w leakWay) {
	t.Helper()
	if p.name == "header of requests" || p.name == "text of an open span" || strings.HasPrefix(p.name, "log: ") {
		return // on no span that has ended
	}
	private := p.kinds&contracts.ContentPrivate != 0 ||
		strings.HasPrefix(p.name, "session: ") || strings.HasPrefix(p.name, "span: ") // in the messages
	check := func(who, what string, want bool) {
		if got := strings.Contains(what, p.text); got != want {
			t.Errorf("%s (%s): %s has it: %v, want %v", p.name, p.text, who, got, want)
		}
	}
	check("another exporter", run.other, !(private && p.tracer && w.tracer != nil))
	check("one behind WithoutContent", run.isolated, !(private && p.spect))
	switch {
	case p.spect || p.kinds&(contracts.ContentMessages|contracts.ContentErrors) != 0:
		check("one that is kept from content of conventions too", run.isolatedAll, !private)
	case p.kinds == settings: // other exporters are kept from the prompt's part of it only
	default:
		check("one that is kept from content of conventions too", run.isolatedAll, true)
	}
}

// captured is what was logged.
type captured struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (c *captured) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Write(b)
}

func (c *captured) line(what ...any) {
	for _, v := range what {
		_, _ = fmt.Fprintf(c, "%v %+v %#v\n", v, v, v)
	}
}

func (c *captured) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.String()
}

// captureLogs has all that is logged, and what OpenTelemetry's error handler is
// told, kept until the test ends.
func captureLogs(t *testing.T) *captured {
	c := &captured{}
	log.SetOutput(c)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { c.line(err) }))
	t.Cleanup(func() {
		log.SetOutput(os.Stderr)
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Print(err) }))
	})
	return c
}

// texts is an exporter that writes spans out.
type texts struct{ captured }

func (e *texts) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		_, _ = fmt.Fprintln(e, s.Name(), s.Attributes(), s.Events(), s.Status(), s.InstrumentationScope(), s.Resource(), s.Links())
		for _, kv := range s.Attributes() {
			_, _ = fmt.Fprintln(e, kv.Key, kv.Value.AsString())
		}
		for _, event := range s.Events() {
			for _, kv := range event.Attributes {
				_, _ = fmt.Fprintln(e, kv.Key, kv.Value.AsString())
			}
		}
	}
	return nil
}

func (*texts) Shutdown(context.Context) error { return nil }

// filesIn is what the files in a directory hold.
func filesIn(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, path, string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// meters keeps the callbacks of meters.
type meters struct {
	noop.MeterProvider
	callbacks []metric.Callback
}

func (m *meters) Meter(string, ...metric.MeterOption) metric.Meter { return meter{all: m} }

// collect writes out what the callbacks observe.
func (m *meters) collect(out *captured) {
	for _, f := range m.callbacks {
		out.line(f(context.Background(), observer{out: out}))
	}
}

type meter struct {
	noop.Meter
	all *meters
}

func (m meter) RegisterCallback(f metric.Callback, _ ...metric.Observable) (metric.Registration, error) {
	m.all.callbacks = append(m.all.callbacks, f)
	return noop.Registration{}, nil
}

type observer struct {
	noop.Observer
	out *captured
}

func (o observer) ObserveInt64(_ metric.Int64Observable, n int64, opts ...metric.ObserveOption) {
	set := metric.NewObserveConfig(opts).Attributes()
	o.out.line(n, set.ToSlice())
}

// A collector that is down, with a spool: what is on disk is what would be sent.
func TestNoLeaksOnDisk(t *testing.T) {
	for _, policy := range []exporter.ContentPolicy{exporter.FullContent, exporter.NoToolValues, exporter.MetadataOnly, exporter.NoContent} {
		run := runLeak(t, leakWays[0], exporter.WithContent(policy), exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("down")
		})))
		for _, p := range run.places {
			if allowed := p.kinds&policy.Withholds() == 0 && !p.unsent; allowed != strings.Contains(run.disk, p.text) {
				t.Errorf("%v: %s (%s): on disk: %v, want %v", policy, p.name, p.text, !allowed, allowed)
			}
		}
	}
}

// Nothing that fails tells content: answers and transports that quote what they
// were sent, callbacks that panic with what they were given.
func TestNoLeaksInFailures(t *testing.T) {
	answer := func(status int, body string) exporter.Option {
		return exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent, _ := io.ReadAll(r.Body)
			text := strings.ReplaceAll(body, "$", string(sent))
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text))}, nil
		}))
	}
	for name, opts := range map[string][]exporter.Option{
		"refused":      {answer(400, `{"error":"invalid payload","received":$}`)},
		"refused bare": {answer(422, "$")},
		"no such key":  {answer(401, "$")},
		"down":         {answer(500, "a bug with $")},
		"transport": {exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent, _ := io.ReadAll(r.Body)
			return nil, fmt.Errorf("could not send %s", sent[len(sent)/2:])
		}))},
		"transport panics": {exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent, _ := io.ReadAll(r.Body)
			panic(string(sent))
		}))},
		"OnTrace panics":  {exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { panic(string(p.AppendJSON(nil))) })},
		"resolver panics": {exporter.WithContentResolver(func(s exporter.ContentSession) exporter.ContentPolicy { panic(s) })},
		"include panics":  {exporter.WithInclude(func(s sdktrace.ReadOnlySpan) bool { panic(fmt.Sprint(s.Attributes())) })},
		"OnDrop panics":   {answer(400, ""), exporter.WithOnDrop(func(d exporter.Drop) { panic(d) })},
	} {
		for _, spooled := range []bool{false, true} {
			opts := append([]exporter.Option{exporter.WithRetryTimeout(0), exporter.WithShutdownTimeout(2 * time.Second)}, opts...)
			if !spooled {
				opts = append(opts, exporter.WithSpool(exporter.Spool{}))
			}
			run := runLeak(t, leakWays[0], opts...)
			if !strings.Contains(run.told, "spect: ") {
				t.Errorf("%s: nothing was told: %s", name, run.told)
			}
			for _, p := range run.places {
				if (p.kinds != 0 || p.unsent) && strings.Contains(run.logged, p.text) {
					t.Errorf("%s, spooled %v: %s (%s) was logged", name, spooled, p.name, p.text)
				}
				if strings.Contains(run.told, p.text) {
					at := strings.Index(run.told, p.text)
					t.Errorf("%s, spooled %v: %s (%s) was told: %s", name, spooled, p.name, p.text, run.told[max(0, at-200):at+20])
				}
			}
		}
	}
}

// What an answer quotes of a payload is cut out, and the rest is told.
func TestErrorsQuoteNoPayload(t *testing.T) {
	told := &captured{}
	exp, err := exporter.New(exporter.WithOrganizationID("o"), exporter.WithAPIKey(exportertest.APIKey), exporter.WithErrorHandler(func(err error) { told.line(err) }),
		exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Body: io.NopCloser(strings.NewReader(`bad metadata: "my secret question" is no object`))}, nil
		})))
	if err != nil {
		t.Fatal(err)
	}
	tp := provider(exp)
	ctx, s := tracer.New(tp).StartSession(t.Context(), "s")
	s.Add(ctx, contracts.UserText("my secret question"))
	s.End()
	_ = exp.Shutdown(t.Context())
	if text := told.String(); !strings.Contains(text, `bad metadata: `) || !strings.Contains(text, "is no object") || strings.Contains(text, "secret") {
		t.Error(text)
	}
}
