// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"crypto/tls"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// environment sets the variables given, and no other of ours.
func environment(t *testing.T, set map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "SPECT_") {
			t.Setenv(name, "") // has it restored
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, value := range set {
		t.Setenv(name, value)
	}
}

type vars = map[string]string

// A configuration that cannot work is refused, with the option and the variable
// that would mend it, and with no secret.
func TestRefusals(t *testing.T) {
	const secret = "s3cr3t-k3y"
	ok := vars{"SPECT_ORGANIZATION_ID": "org", "SPECT_API_KEY": secret}
	with := func(more vars) vars {
		out := vars{}
		for _, m := range []vars{ok, more} {
			maps.Copy(out, m)
		}
		return out
	}
	for name, test := range map[string]struct {
		env  vars
		opts []exporter.Option
		want []string
	}{
		"nothing is set": {nil, nil, []string{
			"WithOrganizationID", "SPECT_ORGANIZATION_ID", "WithAPIKey", "SPECT_API_KEY", "WithLocal",
		}},
		"no organization":         {vars{"SPECT_API_KEY": secret}, nil, []string{"WithOrganizationID", "SPECT_ORGANIZATION_ID"}},
		"no organization, local":  {nil, []exporter.Option{exporter.WithLocal()}, []string{"WithOrganizationID", "SPECT_ORGANIZATION_ID"}},
		"empty option":            {ok, []exporter.Option{exporter.WithOrganizationID("")}, []string{"WithOrganizationID", "SPECT_ORGANIZATION_ID"}},
		"no key":                  {vars{"SPECT_ORGANIZATION_ID": "org"}, nil, []string{"WithAPIKey", "SPECT_API_KEY", "WithLocal"}},
		"key of two lines":        {with(vars{"SPECT_API_KEY": secret + "\r\nX-Evil: 1"}), nil, []string{"SPECT_API_KEY"}},
		"no scheme":               {with(vars{"SPECT_COLLECTOR_URL": "collect.example"}), nil, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL", "https://"}},
		"another scheme":          {ok, []exporter.Option{exporter.WithCollectorURL("ftp://collect.example")}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"no host":                 {ok, []exporter.Option{exporter.WithCollectorURL("https:///traces")}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"a port without a host":   {ok, []exporter.Option{exporter.WithCollectorURL("https://:8787")}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL", "host"}},
		"no URL":                  {ok, []exporter.Option{exporter.WithCollectorURL("https://a b%zz/" + secret)}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"empty URL":               {ok, []exporter.Option{exporter.WithCollectorURL("")}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"credentials in the URL":  {ok, []exporter.Option{exporter.WithCollectorURL("https://user:" + secret + "@collect.example")}, []string{"WithAPIKey", "WithHeaders", "SPECT_COLLECTOR_URL"}},
		"a query":                 {ok, []exporter.Option{exporter.WithCollectorURL("https://collect.example?token=" + secret)}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"a question mark":         {ok, []exporter.Option{exporter.WithCollectorURL("https://collect.example?")}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"a fragment":              {ok, []exporter.Option{exporter.WithCollectorURL("https://collect.example#" + secret)}, []string{"WithCollectorURL", "SPECT_COLLECTOR_URL"}},
		"clear text":              {with(vars{"SPECT_COLLECTOR_URL": "http://collect.example"}), nil, []string{"WithInsecure", "https", "collect.example"}},
		"clear text to an IP":     {ok, []exporter.Option{exporter.WithCollectorURL("http://192.0.2.1:8787")}, []string{"WithInsecure"}},
		"like the own machine":    {ok, []exporter.Option{exporter.WithCollectorURL("http://localhost.evil.example")}, []string{"WithInsecure"}},
		"a header of two lines":   {ok, []exporter.Option{exporter.WithHeaders(vars{"X-Team": secret + "\r\nX-Evil: 1"})}, []string{"WithHeaders", "X-Team"}},
		"a header without a name": {ok, []exporter.Option{exporter.WithHeaders(vars{"": secret})}, []string{"WithHeaders"}},
		"a header with a space":   {ok, []exporter.Option{exporter.WithHeaders(vars{"X Team": secret})}, []string{"WithHeaders", "X Team"}},
		"a header with a colon":   {ok, []exporter.Option{exporter.WithHeaders(vars{"X:Team": secret})}, []string{"WithHeaders", "X:Team"}},
		"a control character":     {ok, []exporter.Option{exporter.WithHeaders(vars{"X-Team": secret + "\x01"})}, []string{"WithHeaders", "X-Team"}},
		"a key like that":         {with(vars{"SPECT_API_KEY": secret + "\x7f"}), nil, []string{"SPECT_API_KEY"}},
		"disabled or not":         {with(vars{"SPECT_DISABLED": "maybe"}), nil, []string{"SPECT_DISABLED", "maybe", "true or false"}},
		"local or not":            {with(vars{"SPECT_LOCAL": "maybe"}), nil, []string{"SPECT_LOCAL", "maybe", "true or false"}},
	} {
		t.Run(name, func(t *testing.T) {
			environment(t, test.env)
			exp, err := exporter.New(test.opts...)
			if err == nil {
				_ = exp.Shutdown(t.Context())
				t.Fatal("accepted")
			}
			if exp != nil {
				t.Error("an exporter comes with the error")
			}
			text := err.Error()
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("the error does not name %s: %s", want, text)
				}
			}
			if strings.Contains(text, secret) {
				t.Errorf("the error holds the secret: %s", text)
			}
			if !strings.HasPrefix(text, "spect: ") || strings.Contains(text, "\n") {
				t.Errorf("the error is not one line that says whose it is: %q", text)
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	key := exporter.WithAPIKey("k")
	for name, test := range map[string]struct {
		env  vars
		opts []exporter.Option
	}{
		"the environment alone": {vars{"SPECT_ORGANIZATION_ID": "org", "SPECT_API_KEY": "k"}, nil},
		"options alone":         {nil, []exporter.Option{exporter.WithOrganizationID("org"), key, nil}},
		"local without a key":   {vars{"SPECT_LOCAL": " true "}, []exporter.Option{exporter.WithOrganizationID("org")}},
		"local with any URL":    {nil, []exporter.Option{exporter.WithOrganizationID("org"), exporter.WithLocal(), exporter.WithCollectorURL("::")}},
		"this machine by name":  {vars{"SPECT_COLLECTOR_URL": "http://LocalHost:8787"}, []exporter.Option{exporter.WithOrganizationID("org"), key}},
		"this machine by IPv4":  {vars{"SPECT_COLLECTOR_URL": "http://127.5.5.5"}, []exporter.Option{exporter.WithOrganizationID("org"), key}},
		"this machine by IPv6":  {vars{"SPECT_COLLECTOR_URL": " http://[::1]:8787/ "}, []exporter.Option{exporter.WithOrganizationID("org"), key}},
		"clear text when asked": {nil, []exporter.Option{exporter.WithOrganizationID("org"), key, exporter.WithInsecure(), exporter.WithCollectorURL("http://collect.example")}},
		"nothing when disabled": {nil, []exporter.Option{exporter.WithDisabled()}},
		"disabled by variable":  {vars{"SPECT_DISABLED": "1"}, nil},
		"zeros keep defaults": {nil, []exporter.Option{
			exporter.WithOrganizationID("org"), key, exporter.WithHeaders(nil), exporter.WithTransport(nil), exporter.WithTLSConfig(nil),
			exporter.WithProxy(nil), exporter.WithTimeout(0), exporter.WithRetryTimeout(-1), exporter.WithShutdownTimeout(-1),
			exporter.WithWorkers(0), exporter.WithQueueBytes(-1), exporter.WithGrace(-1), exporter.WithLeakTimeout(0),
			exporter.WithMaxSessionAge(0), exporter.WithMaxHeld(0, -1), exporter.WithOnTrace(nil), exporter.WithErrorHandler(nil),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			environment(t, test.env)
			exp, err := exporter.New(test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if err := exp.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// An option wins over its variable, a variable over the default.
func TestPrecedence(t *testing.T) {
	for name, test := range map[string]struct {
		env                vars
		opts               []exporter.Option
		host, path, bearer string
	}{
		"default": {
			vars{"SPECT_ORGANIZATION_ID": "env-org", "SPECT_API_KEY": "env-key"},
			nil,
			"collect.spect.tools", "/traces?name=env-org", "Bearer env-key",
		},
		"variables": {
			vars{"SPECT_ORGANIZATION_ID": "env-org", "SPECT_API_KEY": "env-key", "SPECT_COLLECTOR_URL": "https://env.example/base/"},
			nil,
			"env.example", "/base/traces?name=env-org", "Bearer env-key",
		},
		"options": {
			vars{"SPECT_ORGANIZATION_ID": "env-org", "SPECT_API_KEY": "env-key", "SPECT_COLLECTOR_URL": "https://env.example"},
			[]exporter.Option{exporter.WithOrganizationID("ö r/g&a+b"), exporter.WithAPIKey("opt-key"), exporter.WithCollectorURL("https://opt.example:99//")},
			"opt.example:99", "/traces?name=%C3%B6%20r%2Fg%26a%2Bb", "Bearer opt-key",
		},
		"a header over all": {
			vars{"SPECT_ORGANIZATION_ID": "env-org", "SPECT_API_KEY": "env-key"},
			[]exporter.Option{exporter.WithHeaders(vars{"authorization": "Custom 1"})},
			"collect.spect.tools", "/traces?name=env-org", "Custom 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			environment(t, test.env)
			var requests []*http.Request
			opts := append(test.opts, exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				requests = append(requests, r)
				return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody}, nil
			})))
			exp, told := open(t, opts...)
			_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
			s.End()
			shutdown(t, exp)
			told.none(t)
			if len(requests) != 1 {
				t.Fatalf("%d requests", len(requests))
			}
			r := requests[0]
			if r.URL.Host != test.host || r.URL.RequestURI() != test.path || r.Header.Get("Authorization") != test.bearer {
				t.Errorf("sent to %s%s with %s; want %s%s with %s",
					r.URL.Host, r.URL.RequestURI(), r.Header.Get("Authorization"), test.host, test.path, test.bearer)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Headers are the caller's at the time of the call, on every request.
func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		headers := vars{"x-team": "blue", "Host": "virtual.example", "content-type": "application/json; v=2"}
		l := newLine(t, exporter.WithHeaders(headers), exporter.WithRetryTimeout(time.Minute))
		headers["x-team"] = "red"
		l.col.Respond(exportertest.Status(http.StatusBadGateway))
		_, s := session(t.Context(), provider(l.exp).Tracer("app"), "s")
		s.End()
		flush(t, l.exp)
		for _, r := range l.col.Requests() {
			if r.Header.Get("X-Team") != "blue" || r.Header.Get("Content-Type") != "application/json; v=2" {
				t.Errorf("headers: %v", r.Header)
			}
		}
		if len(l.col.Requests()) != 2 {
			t.Errorf("%d requests, want 2", len(l.col.Requests()))
		}
	})
}

// With SPECT_DISABLED everything is off, and nothing else needs to be right.
func TestDisabled(t *testing.T) {
	environment(t, vars{
		"SPECT_DISABLED": "true", "SPECT_COLLECTOR_URL": "nonsense",
		"SPECT_SAMPLING": "nonsense", "SPECT_CONTENT": "nonsense", "SPECT_LOCAL": "nonsense", "SPECT_COMPRESSION": "nonsense",
	})
	called := false
	exp, err := exporter.New(
		exporter.WithOnTrace(func(contracts.CollectorTracePayload) { called = true }),
		exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { called = true; return nil, http.ErrServerClosed })))
	if err != nil {
		t.Fatal(err)
	}
	base := sdktrace.NeverSample()
	if sampler := exporter.Sampler(base); sampler != base {
		t.Error("the sampler is on")
	}
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)), sdktrace.WithSyncer(exp), sdktrace.WithBatcher(exp))
	_, s := session(t.Context(), tp.Tracer("app"), "s")
	s.End()
	if err := tp.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := exp.Flush(t.Context(), exporter.IncludeOpen()); err != nil {
		t.Error(err)
	}
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if stats := exp.Stats(); called || stats.Received != 0 || stats.Ignored != 0 {
		t.Errorf("something happened: %+v", stats)
	}
}

// A processor without an exporter does nothing.
func TestNilExporter(t *testing.T) {
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(nil)))
	_, s := session(t.Context(), tp.Tracer("app"), "s")
	s.End()
	if err := tp.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// Local mode hands the payload to the callback and sends nothing.
func TestLocal(t *testing.T) {
	var got []contracts.CollectorTracePayload
	exp, told := open(t,
		exporter.WithOrganizationID("org"), exporter.WithLocal(), exporter.WithWorkers(1),
		exporter.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { t.Error("sent"); return nil, http.ErrServerClosed })),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { got = append(got, p) }))
	ctx, s := session(t.Context(), provider(exp).Tracer("app"), "s")
	_, e := entry(ctx, provider(exp).Tracer("app"), "e")
	e.End()
	s.End()
	shutdown(t, exp)
	told.none(t)
	if len(got) != 1 || tree(got[0]) != "s: e" || got[0].OrganizationID != "org" {
		t.Errorf("got %+v", got)
	}
	if stats := exp.Stats(); stats.Delivered != 2 || stats.Sessions != 1 {
		t.Errorf("%+v", stats)
	}
}

// The exporter's own transport: TLS 1.2 at least, whatever the configuration.
func TestTLSFloor(t *testing.T) {
	for name, config := range map[string]*tls.Config{"default": nil, "lower": {MinVersion: tls.VersionTLS10}} {
		t.Run(name, func(t *testing.T) {
			server := newTLSServer(t, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
			if config == nil {
				config = &tls.Config{}
			}
			config.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"), exporter.WithCollectorURL(server.URL),
				exporter.WithTLSConfig(config), exporter.WithRetryTimeout(0))
			_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
			s.End()
			shutdown(t, exp)
			if text := told.one(t); !strings.Contains(text, "protocol version") {
				t.Errorf("reported: %s", text)
			}
			if n := exp.Stats().Dropped[exporter.DropRetriesExhausted]; n != 1 {
				t.Errorf("%+v", exp.Stats())
			}
		})
	}
}

// A proxy that wants credentials says so of every session, also where it makes no
// connection to the collector: none is the worse for waiting.
func TestProxyWantsCredentials(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer server.Close()
	proxy, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for to, method := range map[string]string{"https://collect.example": http.MethodConnect, "http://collect.example": http.MethodPost} {
		exp, told := open(t, exporter.WithOrganizationID("org"), exporter.WithAPIKey("key"), exporter.WithShutdownTimeout(time.Second),
			exporter.WithCollectorURL(to), exporter.WithInsecure(), exporter.WithProxy(http.ProxyURL(proxy)))
		_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
		s.End()
		err = exp.Flush(t.Context())
		var failure *exporter.DeliveryError
		if !errors.As(err, &failure) || failure.Status != http.StatusProxyAuthRequired || failure.Retryable() {
			t.Errorf("%s: Flush returned %v", to, err)
		}
		if have := <-asked; have != method || exp.Stats().Held != 1 {
			t.Errorf("%s: the proxy was asked to %s, %+v", to, have, exp.Stats())
		}
		for begun := time.Now(); len(told.all()) == 0 && time.Since(begun) < time.Minute; {
			time.Sleep(time.Millisecond) // Flush does not wait for the report
		}
		if text := told.one(t); !strings.Contains(text, "the proxy answered 407") {
			t.Errorf("%s: the report is %s", to, text)
		}
	}
}

// A proxy is used where one is given.
func TestProxy(t *testing.T) {
	col := exportertest.NewCollector(t)
	proxy, err := url.Parse(col.URL())
	if err != nil {
		t.Fatal(err)
	}
	exp, told := open(t, exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"),
		exporter.WithCollectorURL("http://collect.example"), exporter.WithInsecure(), exporter.WithProxy(http.ProxyURL(proxy)))
	_, s := session(t.Context(), provider(exp).Tracer("app"), "s")
	s.End()
	shutdown(t, exp)
	told.none(t)
	if r := col.Requests(); len(r) != 1 || r[0].Path != "http://collect.example/traces?name=o" {
		t.Errorf("requests through the proxy: %+v", r)
	}
}
