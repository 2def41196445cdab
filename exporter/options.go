// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// The environment variables that [New] reads. An option wins over its variable.
const (
	envOrganizationID = "SPECT_ORGANIZATION_ID"
	envAPIKey         = "SPECT_API_KEY" // #nosec G101 -- the variable's name
	envCollectorURL   = "SPECT_COLLECTOR_URL"
	envDisabled       = "SPECT_DISABLED"
	envLocal          = "SPECT_LOCAL"
	envSampling       = "SPECT_SAMPLING"
	envCompression    = "SPECT_COMPRESSION"
	envSpoolDir       = "SPECT_SPOOL_DIR"
)

// DefaultCollectorURL is where payloads go unless told otherwise.
const DefaultCollectorURL = "https://collect.spect.tools"

// The defaults of what options can change.
const (
	defaultTimeout         = 10 * time.Second
	defaultRetryTimeout    = time.Minute
	defaultWorkers         = 4
	defaultLinger          = time.Millisecond
	defaultGrace           = 250 * time.Millisecond
	defaultLeakTimeout     = 30 * time.Second
	defaultIdleTimeout     = 30 * time.Second
	defaultMaxAge          = time.Hour
	defaultMaxSpans        = 1 << 20
	defaultMaxBytes        = 512 << 20
	defaultMaxInside       = 1 << 20
	defaultQueueBytes      = 64 << 20
	defaultPayloadBytes    = 16 << 20
	defaultShutdownTimeout = 5 * time.Second

	// intakeShare is the part of maxBytes that may be on its way in beside it, or
	// minIntakeBytes where that is little.
	intakeShare    = 2
	minIntakeBytes = 1 << 20
)

// Option configures an [Exporter].
type Option interface{ apply(*config) }

type option func(*config)

func (f option) apply(c *config) { f(c) }

type config struct {
	organizationID string
	apiKey         secret
	collectorURL   string
	headers        map[string]string
	local          bool
	insecure       bool
	disabled       bool

	transport http.RoundTripper
	tls       *tls.Config
	proxy     func(*http.Request) (*url.URL, error)

	timeout         time.Duration
	retryTimeout    time.Duration
	shutdownTimeout time.Duration
	workers         int
	queueBytes      int
	payloadBytes    int
	compression     Compression
	spool           Spool

	// linger is how long the gatherer leaves what comes after it has taken
	// something in.
	linger                     time.Duration
	immediate                  bool
	grace, leakTimeout, maxAge time.Duration
	idleTimeout                time.Duration
	// maxInside bounds the spans of others between those of sessions.
	maxInside int
	// spectOnly passes over the spans that only other conventions make ours.
	spectOnly          bool
	maxSpans, maxBytes int

	sampling *Sampling
	content  contentConfig

	include       func(sdktrace.ReadOnlySpan) bool
	meterProvider metric.MeterProvider
	onDrop        func(Drop)

	redactors    []redact.Redactor
	hashFiles    bool
	maxFileBytes int

	onTrace      func(contracts.CollectorTracePayload)
	errorHandler func(error)
	// handles says that the application set the error handler.
	handles bool
	logger  logger
}

// WithOrganizationID names the organization that the sessions belong to.
// Environment: SPECT_ORGANIZATION_ID. It must be given in one of the two ways.
func WithOrganizationID(id string) Option {
	return option(func(c *config) { c.organizationID = id })
}

// WithAPIKey sets the key that authorizes delivery. Environment:
// SPECT_API_KEY. It must be given in one of the two ways, unless local. It is
// sent to the collector and nowhere else, and never printed.
func WithAPIKey(key string) Option {
	return option(func(c *config) { c.apiKey = newSecret(key) })
}

// WithCollectorURL sets the collector: a URL with scheme and host, and perhaps a
// path. Environment: SPECT_COLLECTOR_URL. Default: [DefaultCollectorURL].
func WithCollectorURL(u string) Option {
	return option(func(c *config) { c.collectorURL = u })
}

// WithHeaders adds headers to each request. They win over the exporter's own.
// Default: none.
func WithHeaders(headers map[string]string) Option {
	headers = maps.Clone(headers)
	return option(func(c *config) { c.headers = headers })
}

// WithLocal makes payloads and hands them to the callback of [WithOnTrace], but
// sends nothing; no API key is needed. Environment: SPECT_LOCAL=true.
func WithLocal() Option { return option(func(c *config) { c.local = true }) }

// WithInsecure allows a collector URL of scheme http on a host that is not the
// own machine. The API key and all content then travel in clear text.
func WithInsecure() Option { return option(func(c *config) { c.insecure = true }) }

// WithDisabled switches the exporter off: it takes nothing, starts no
// goroutine, and needs no configuration. Environment: SPECT_DISABLED=true,
// which switches package tracer and [Sampler] off too.
func WithDisabled() Option { return option(func(c *config) { c.disabled = true }) }

// WithTransport sets the transport of requests, in place of one that the
// exporter makes. Redirects are refused whatever the transport.
func WithTransport(rt http.RoundTripper) Option {
	return option(func(c *config) { c.transport = rt })
}

// WithTLSConfig sets the TLS configuration of the exporter's own transport. TLS
// older than 1.2 is never used.
func WithTLSConfig(t *tls.Config) Option {
	return option(func(c *config) { c.tls = t.Clone() })
}

// WithProxy sets the proxy of the exporter's own transport. Default:
// [http.ProxyFromEnvironment].
func WithProxy(proxy func(*http.Request) (*url.URL, error)) Option {
	return option(func(c *config) { c.proxy = proxy })
}

// WithTimeout bounds one request. Default: 10 seconds.
func WithTimeout(d time.Duration) Option {
	return option(func(c *config) { positive(&c.timeout, d) })
}

// WithRetryTimeout bounds all attempts to deliver one session, waits included. How
// to choose it: docs/reliability.md.
// Default: one minute. Zero means one attempt.
func WithRetryTimeout(d time.Duration) Option {
	return option(func(c *config) { c.retryTimeout = max(0, d) })
}

// WithShutdownTimeout bounds Shutdown where its context would allow more, so
// that a collector that hangs holds nobody else up. Default: 5 seconds.
func WithShutdownTimeout(d time.Duration) Option {
	return option(func(c *config) { positive(&c.shutdownTimeout, d) })
}

// WithWorkers sets how many sessions are delivered at the same time. Default: 4.
func WithWorkers(n int) Option {
	return option(func(c *config) { positive(&c.workers, n) })
}

// WithQueueBytes bounds the sessions that wait for delivery. Beyond it the
// oldest is dropped, and counted. Default: 64 MiB.
func WithQueueBytes(n int) Option {
	return option(func(c *config) { positive(&c.queueBytes, n) })
}

// WithMaxPayloadBytes bounds one payload. In a larger one the largest parts are
// cut first, files before texts, and the metadata of their spans says so: see
// convert.Shrink. Default: 16 MiB.
func WithMaxPayloadBytes(n int) Option {
	return option(func(c *config) { positive(&c.payloadBytes, n) })
}

// WithCompression sets how requests are compressed. Environment:
// SPECT_COMPRESSION, gzip or none. Default: [NoCompression].
func WithCompression(c Compression) Option {
	return option(func(cfg *config) { cfg.compression = c })
}

// WithSpool keeps payloads on disk until they are delivered. Environment:
// SPECT_SPOOL_DIR, the directory. Default: none; what is not delivered when the
// program ends is lost, and counted.
//
// A spool that cannot be used, because another process has it or the disk does
// not let it, is reported, and the exporter goes on without.
func WithSpool(s Spool) Option {
	return option(func(c *config) { c.spool = s })
}

// WithGrace sets how long a session that is complete waits for spans that start
// late. Default: 250 milliseconds. Zero means not at all.
func WithGrace(d time.Duration) Option {
	return option(func(c *config) { c.grace = max(0, d) })
}

// WithImmediate delivers a session before the call that ends its root returns,
// or when [WithTimeout] has passed: for short programs, and for functions that
// are frozen as soon as they have answered. A span that ends after its root
// follows without waiting. It implies WithGrace(0). Default: sessions are
// delivered in the background.
//
// Ending a session then takes as long as its delivery, and must not be done from
// a callback of the exporter.
func WithImmediate() Option {
	return option(func(c *config) { c.immediate, c.grace = true, 0 })
}

// WithLeakTimeout bounds how long a span that does not end delays its session
// after the root has ended. Default: 30 seconds.
func WithLeakTimeout(d time.Duration) Option {
	return option(func(c *config) { positive(&c.leakTimeout, d) })
}

// WithIdleTimeout bounds how long spans of other conventions wait for the span at
// the top of their trace in this process, from when anything last happened in the
// trace: until that has ended nobody knows whether it is an agent's, and so the
// session's root. Default: 30 seconds.
func WithIdleTimeout(d time.Duration) Option {
	return option(func(c *config) { positive(&c.idleTimeout, d) })
}

// WithoutConventions leaves alone the spans that other instrumentations make of
// calls to models: only spans with Spect's own attributes are sent. Default: the
// conventions that package convert reads make sessions too.
func WithoutConventions() Option {
	return option(func(c *config) { c.spectOnly = true })
}

// WithMaxSessionAge bounds how long a session whose root does not end is held.
// Default: one hour.
func WithMaxSessionAge(d time.Duration) Option {
	return option(func(c *config) { positive(&c.maxAge, d) })
}

// WithMaxHeld bounds what is held of sessions under way: spans that have ended,
// and the bytes of memory for these and those that have not. Beyond it sessions
// that are complete are released first, and then the oldest, as they are; and one
// session alone takes no more than a quarter of the bytes, and so do the log
// records ([Exporter.AddLog]) whose session is not known yet. Beside it, what is on
// its way in takes half as many bytes at most, or 1 MiB; beyond that it is refused.
// Default: 1,048,576 spans and 512 MiB.
func WithMaxHeld(spans, bytes int) Option {
	return option(func(c *config) {
		positive(&c.maxSpans, spans)
		positive(&c.maxBytes, bytes)
	})
}

// WithSampling says which sessions are sent. Environment: SPECT_SAMPLING, in its
// JSON form. Default: all.
func WithSampling(s Sampling) Option {
	return option(func(c *config) { c.sampling = &s })
}

// WithOnTrace has f called with each payload before it is sent. f is called
// from several goroutines, and delays the payload's delivery while it runs; a
// panic of f is reported, and the payload is sent. The payload is f's to keep. f
// must not wait for a flush, which waits for f.
func WithOnTrace(f func(contracts.CollectorTracePayload)) Option {
	return option(func(c *config) { c.onTrace = f })
}

// WithInclude lets spans that are not Spect's into sessions: those below a
// session's root for which f returns true. They become entries without a kind,
// with their attributes in their metadata. Default: none.
//
// f is called on a goroutine of the exporter, for spans that have ended in
// traces that hold a session; it must be quick. It needs the span processor,
// and what f lets in must end before its session is sent. The spans' order is
// by start time then.
func WithInclude(f func(sdktrace.ReadOnlySpan) bool) Option {
	return option(func(c *config) { c.include = f })
}

// WithMeterProvider has the exporter account for its spans in metrics, named as
// those of OpenTelemetry's own exporters: otel.sdk.exporter.span.exported,
// .inflight, otel.sdk.processor.span.processed, and spect.exporter.span.spooled,
// .recovered, spect.exporter.session.released and spect.exporter.retries.
// Default: none; the global provider is not used.
func WithMeterProvider(mp metric.MeterProvider) Option {
	return option(func(c *config) { c.meterProvider = mp })
}

// WithOnDrop has f called whenever spans are dropped, from the exporter's own
// goroutines. f must be quick, as nothing is taken in while it runs, and not wait
// for a flush. A panic of f is reported.
func WithOnDrop(f func(Drop)) Option {
	return option(func(c *config) { c.onDrop = f })
}

// WithErrorHandler has f called with what goes wrong, in place of
// OpenTelemetry's global error handler. A delivery that goes on failing is
// reported every five minutes, and no more than five errors of a kind in a
// minute. No error holds the API key, or content of a session. f must not wait for
// a flush, which may wait for f.
func WithErrorHandler(f func(error)) Option {
	return option(func(c *config) { c.errorHandler, c.handles = f, true })
}

// WithLogger has the exporter log to l. Default: it logs nothing. No record
// holds the API key, or content of a session.
//
//	Debug  each session on its way to the collector: id, name, reason, size
//	Info   at shutdown, what became of the spans
//	Warn   what an error handler hears and, at shutdown, what Diagnose finds
//
// With a logger, OpenTelemetry's global error handler is not called; a handler of
// [WithErrorHandler] is.
func WithLogger(l *slog.Logger) Option {
	return option(func(c *config) { c.logger.to = l })
}

// classify tells what a span is to a session.
func (c *config) classify(attrs []attribute.KeyValue) convert.Role {
	if c.spectOnly {
		if _, ok := find(attrs, contracts.KindKey); !ok {
			return convert.RoleNone
		}
	}
	return convert.Classify(attrs)
}

// positive sets an option's value where it means something.
func positive[T int | time.Duration](to *T, v T) {
	if v > 0 {
		*to = v
	}
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		collectorURL:    DefaultCollectorURL,
		proxy:           http.ProxyFromEnvironment,
		timeout:         defaultTimeout,
		retryTimeout:    defaultRetryTimeout,
		shutdownTimeout: defaultShutdownTimeout,
		workers:         defaultWorkers,
		linger:          defaultLinger,
		queueBytes:      defaultQueueBytes,
		payloadBytes:    defaultPayloadBytes,
		compression:     NoCompression,
		grace:           defaultGrace,
		leakTimeout:     defaultLeakTimeout,
		idleTimeout:     defaultIdleTimeout,
		maxAge:          defaultMaxAge,
		maxSpans:        defaultMaxSpans,
		maxBytes:        defaultMaxBytes,
		maxInside:       defaultMaxInside,
		errorHandler:    otel.Handle,
	}
	wrong := c.readEnvironment()
	for _, opt := range opts {
		if opt != nil {
			opt.apply(c)
		}
	}
	if c.logger.to != nil {
		handler := c.errorHandler
		c.errorHandler = func(err error) {
			c.logger.failed(err)
			if c.handles && handler != nil {
				handler(err)
			}
		}
	}
	if c.disabled {
		return c, nil
	}
	if wrong != nil {
		return nil, wrong
	}
	return c, c.check()
}

func (c *config) readEnvironment() error {
	// What switches everything off comes first: nothing else needs to be right then.
	for _, flag := range [...]struct {
		name string
		to   *bool
	}{{envDisabled, &c.disabled}, {envLocal, &c.local}} {
		v := strings.TrimSpace(os.Getenv(flag.name))
		if v == "" {
			continue
		}
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("spect: %s is %q: set it to true or false, or unset it", flag.name, v)
		}
		*flag.to = b
	}
	if v := os.Getenv(envOrganizationID); v != "" {
		c.organizationID = v
	}
	if v := os.Getenv(envAPIKey); v != "" {
		c.apiKey = newSecret(v)
	}
	if v := os.Getenv(envCollectorURL); v != "" {
		c.collectorURL = v
	}
	if v := os.Getenv(envSampling); v != "" {
		s, err := ParseSampling(v)
		if err != nil {
			return fmt.Errorf("%w (in %s)", err, envSampling)
		}
		c.sampling = s
	}
	if err := c.content.readEnvironment(); err != nil {
		return err
	}
	c.spool.Dir = os.Getenv(envSpoolDir)
	if v := strings.TrimSpace(os.Getenv(envCompression)); v != "" {
		c.compression = Compression(strings.ToLower(v))
	}
	return nil
}

// check refuses a configuration that could not work, or not safely.
func (c *config) check() error {
	if c.organizationID == "" && c.apiKey.reveal() == "" && !c.local {
		return fmt.Errorf("spect: no organization and no API key: set %s and %s, or use exporter.WithOrganizationID and exporter.WithAPIKey (or exporter.WithLocal, which sends nothing, instead of a key)", envOrganizationID, envAPIKey)
	}
	if c.organizationID == "" {
		return fmt.Errorf("spect: no organization: use exporter.WithOrganizationID or set %s", envOrganizationID)
	}
	if c.sampling != nil {
		if err := c.sampling.check(); err != nil {
			return fmt.Errorf("%w (exporter.WithSampling)", err)
		}
	}
	if err := redact.NewChain(c.redactors...).Check(); err != nil {
		return fmt.Errorf("spect: %w (exporter.WithRedactor)", err)
	}
	switch c.compression {
	case NoCompression, Gzip:
	default:
		return fmt.Errorf("spect: the compression is %q: use exporter.Gzip or exporter.NoCompression (%s: gzip or none)", c.compression, envCompression)
	}
	if c.spool.MaxBytes == 0 {
		c.spool.MaxBytes = defaultSpoolBytes
	}
	if c.spool.MaxAge == 0 {
		c.spool.MaxAge = defaultSpoolAge
	}
	if c.spool.MaxBytes < leastSpoolBytes || c.spool.MaxAge < 0 {
		return fmt.Errorf("spect: exporter.WithSpool has bounds of %d bytes and %v: use %d bytes or more, and an age above 0", c.spool.MaxBytes, c.spool.MaxAge, leastSpoolBytes)
	}
	if c.local {
		return nil
	}
	if c.apiKey.reveal() == "" {
		return fmt.Errorf("spect: no API key: use exporter.WithAPIKey or set %s (or exporter.WithLocal, which sends nothing)", envAPIKey)
	}
	const where = "use exporter.WithCollectorURL or set " + envCollectorURL
	u, err := url.Parse(strings.TrimSpace(c.collectorURL))
	switch {
	case err != nil: // the error would quote the URL, and what secrets it holds
		return fmt.Errorf("spect: the collector URL cannot be parsed: %s to something like %s", where, DefaultCollectorURL)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return fmt.Errorf("spect: the collector URL needs a scheme, http or https, and a host: %s to something like %s", where, DefaultCollectorURL)
	case u.User != nil:
		return fmt.Errorf("spect: the collector URL holds credentials: give them with exporter.WithAPIKey or exporter.WithHeaders, and the URL without (%s)", where)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("spect: the collector URL has a query or fragment, which would be lost: %s without", where)
	case u.Scheme == "http" && !c.insecure && !isLoopback(u.Hostname()):
		return fmt.Errorf("spect: the collector URL is plain http to %s: the API key and all content would travel in clear text; use https, or exporter.WithInsecure to allow it", u.Host)
	}
	c.collectorURL = strings.TrimRight(u.String(), "/")
	for name := range c.headers {
		if !isToken(name) || !isHeaderValue(c.headers[name]) {
			return fmt.Errorf("spect: exporter.WithHeaders has a header that HTTP cannot carry (name %q)", name)
		}
	}
	if !isHeaderValue(c.apiKey.reveal()) {
		return fmt.Errorf("spect: the API key holds a line break or another control character: set %s to the key alone", envAPIKey)
	}
	return nil
}

// isToken reports whether s can be the name of a header (RFC 9110).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isHeaderValue reports whether s holds no control characters, which net/http
// refuses in a header.
func isHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
