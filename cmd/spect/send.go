// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// sendOptions are the flags of the commands that send sessions.
type sendOptions struct {
	collector string
	timeout   time.Duration
}

func (o *sendOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.collector, "collector", "http://localhost:8787", "`URL` of the collector to send to")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 10*time.Second, "how long to try to deliver a session")
}

// sender is a tracer provider whose sessions go the way of every program's:
// through the SDK and the exporter's span processor.
type sender struct {
	provider *sdktrace.TracerProvider
	opts     sendOptions
	exporter *exporter.Exporter
	sent     exporter.Stats // as of the last check
	lastID   atomic.Value   // string: the session that was last made a payload
	refused  atomic.Bool    // no connection was made

	mu     sync.Mutex // held while report runs
	report func(error)
}

// newSender makes a sender. What goes wrong on the way is told to report at
// once, one after the other. The caller must shut the sender down.
func newSender(opts sendOptions, report func(error), more ...exporter.Option) (*sender, error) {
	if opts.timeout <= 0 {
		return nil, fmt.Errorf("--timeout is %s; it must be more than 0", opts.timeout)
	}
	for _, name := range [...]string{"SPECT_DISABLED", "SPECT_LOCAL"} {
		if on, err := strconv.ParseBool(strings.TrimSpace(os.Getenv(name))); err == nil && on {
			return nil, fmt.Errorf("%s is set, so nothing would be sent: unset it for this command", name)
		}
	}
	if err := checkCollector(opts.collector); err != nil {
		return nil, err
	}
	s := &sender{opts: opts, report: report}
	exp, err := exporter.New(append([]exporter.Option{
		exporter.WithCollectorURL(opts.collector),
		exporter.WithSampling(exporter.Sampling{}), // all, whatever the environment says
		exporter.WithSpool(exporter.Spool{}),       // none: this command tells what became of a session
		exporter.WithTimeout(opts.timeout),
		exporter.WithRetryTimeout(opts.timeout),
		exporter.WithShutdownTimeout(opts.patience()),
		exporter.WithOnTrace(func(p contracts.CollectorTracePayload) { s.lastID.Store(p.ID) }),
		exporter.WithErrorHandler(s.handle),
	}, more...)...)
	if err != nil {
		return nil, inner(err)
	}
	s.exporter = exp
	s.provider = sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // here too
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "spect"))),
		sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
	return s, nil
}

// checkCollector refuses what the exporter would refuse, in the words of this
// command: it has a flag where a program has options and a variable.
func checkCollector(collector string) error {
	u, err := url.Parse(strings.TrimSpace(collector))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return errors.New("--collector is not a URL such as http://localhost:8787: it needs a scheme, http or https, and a host")
	case u.Scheme == "http" && !isLoopback(net.JoinHostPort(u.Hostname(), u.Port())):
		return fmt.Errorf("--collector is plain http to %s: the API key and all content would travel in clear text; use https", u.Host)
	}
	return nil
}

func (s *sender) handle(err error) {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		s.refused.Store(true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.report != nil {
		s.report(err)
	}
}

// shutdown delivers what is there. Nothing is reported after it has returned,
// though a request that was broken off may still come to its end.
func (s *sender) shutdown(ctx context.Context) error {
	err := inner(s.provider.Shutdown(ctx))
	if ctx.Err() != nil { // then the SDK asks no processor to shut down
		err = errors.Join(err, inner(s.exporter.Shutdown(ctx)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = nil
	return err
}

// patience is a little more than the time to deliver, so that the exporter's
// own account of a failure comes first.
func (o sendOptions) patience() time.Duration { return o.timeout + time.Second }

// flush delivers what has ended. It fails where something still waits then; what
// was given up, check tells of.
func (s *sender) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.patience())
	defer cancel()
	if err := s.provider.ForceFlush(ctx); err != nil && s.exporter.Stats().Held > 0 {
		return inner(err)
	}
	return nil
}

// innerError is an error of the exporter's within one of the command's, which says
// itself whose it is.
type innerError struct{ error }

// inner is the exporter's error for within the command's; nil for none.
func inner(err error) error {
	if err == nil {
		return nil
	}
	return innerError{err}
}

func (e innerError) Error() string { return strings.TrimPrefix(e.error.Error(), "spect: ") }
func (e innerError) Unwrap() error { return e.error }

// check returns the id of the one session that was sent since the last check,
// and an error when it was not one, or not accepted.
func (s *sender) check() (id string, err error) {
	was, is := s.sent, s.exporter.Stats()
	s.sent = is
	dropped := maps.Clone(is.Dropped)
	maps.DeleteFunc(dropped, func(why exporter.DropReason, n uint64) bool { return n == was.Dropped[why] })
	switch {
	case len(dropped) > 0:
		reasons := fmt.Sprint(slices.Sorted(maps.Keys(dropped)))
		hint := ""
		if s.refused.Swap(false) {
			hint = "; is a collector there? `spect dev` starts one"
		}
		return "", fmt.Errorf("not accepted by %s: %s%s", s.opts.collector, strings.Trim(reasons, "[]"), hint)
	case is.Sessions-was.Sessions != 1 || is.Held > 0:
		return "", fmt.Errorf("%d sessions were accepted by %s, and %d spans wait: want one whole session", is.Sessions-was.Sessions, s.opts.collector, is.Held)
	}
	id, _ = s.lastID.Load().(string)
	return id, nil
}
