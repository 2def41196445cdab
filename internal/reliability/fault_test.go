// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/exporter/exportertest"
)

// fault is something that goes wrong at the collector, or on the way there.
type fault struct {
	name string
	kind kind
	// does is what the collector does with requests, in units of time. It is nil
	// where none arrives.
	does func(unit time.Duration) exportertest.Response
	// refuses, unknown and leaves are the faults without an answer: nobody
	// listens, the host has no address, the collector goes away while it has a
	// request.
	refuses, unknown, leaves bool
	// late says that a request ends by its timeout.
	late bool
	// like is what the table calls this fault and others together.
	like string
	// fill is a number of bytes that each session holds.
	fill int
}

// kind is what a fault is to the rules.
type kind string

const (
	// odd: the session is accepted all the same.
	odd kind = "odd"
	// passing: the same request may go well later.
	passing kind = "passing"
	// unheard: it went well, and nobody can know.
	unheard kind = "unheard"
	// final: the same request would go wrong again.
	final kind = "final"
	// refusedKey: no request will go well, until somebody gives the key back its rights.
	refusedKey kind = "refused key"
)

// patience is WithTimeout, in units.
const patience = 10

func status(code int) func(time.Duration) exportertest.Response {
	return func(time.Duration) exportertest.Response { return exportertest.Status(code) }
}

func plain(r exportertest.Response) func(time.Duration) exportertest.Response {
	return func(time.Duration) exportertest.Response { return r }
}

func redirect(code int) func(time.Duration) exportertest.Response {
	return plain(exportertest.Status(code).WithHeader("Location", "http://127.0.0.1:1/traces?name=o"))
}

const anyRetryAfter = "429, whatever its Retry-After"

// faults are all of the test kit's.
var faults = []fault{
	{name: "answers late", kind: odd, does: func(unit time.Duration) exportertest.Response { return exportertest.Delay(3 * unit) }},
	{name: "reads slowly", kind: odd, does: exportertest.SlowRead},
	{name: "accepts, with an answer that breaks off", kind: odd, does: plain(exportertest.Truncated())},
	{name: "accepts, with an answer of 64 MiB", kind: odd, does: plain(exportertest.Huge(64 << 20))},
	{name: "413 to more than 32 kB", kind: odd, does: plain(exportertest.TooLarge(32_000)), fill: 40_000},

	{name: "refuses connections", kind: passing, refuses: true},
	{name: "has no address", kind: passing, unknown: true},
	{name: "resets connections", kind: passing, does: plain(exportertest.Reset())},
	{name: "goes away during a request", kind: passing, leaves: true},
	{name: "never answers", kind: passing, late: true, does: plain(exportertest.Stall())},
	{name: "answers too late", kind: passing, late: true, does: func(unit time.Duration) exportertest.Response { return exportertest.Delay(6 * patience * unit) }},
	{name: "reads too slowly", kind: passing, late: true, does: func(unit time.Duration) exportertest.Response { return exportertest.SlowRead(6 * patience * unit) }},
	{name: "408", kind: passing, does: status(408)},
	{name: "429", kind: passing, like: anyRetryAfter, does: status(429)},
	{name: "429, Retry-After: 5", kind: passing, like: anyRetryAfter, does: plain(exportertest.RetryAfter(429, 5*time.Second))},
	{name: "429, Retry-After: a date", kind: passing, like: anyRetryAfter, does: plain(exportertest.RetryAfterDate(429, 5*time.Second))},
	{name: "429, Retry-After: a date that is past", kind: passing, like: anyRetryAfter, does: plain(exportertest.RetryAfterDate(429, -time.Hour))},
	{name: "429, Retry-After: an hour", kind: passing, like: anyRetryAfter, does: plain(exportertest.RetryAfter(429, time.Hour))},
	{name: "429, Retry-After: nonsense", kind: passing, like: anyRetryAfter, does: plain(exportertest.Status(429).WithHeader("Retry-After", "soon"))},
	{name: "500", kind: passing, does: status(500)},
	{name: "502", kind: passing, does: status(502)},
	{name: "503", kind: passing, does: status(503)},
	{name: "504", kind: passing, does: status(504)},

	{name: "accepts, and breaks the connection before it says so", kind: unheard, does: plain(exportertest.Unheard())},

	{name: "302", kind: final, does: redirect(302)},
	{name: "307", kind: final, does: redirect(307)},
	{name: "308", kind: final, does: redirect(308)},
	{name: "400", kind: final, does: status(400)},
	{name: "404", kind: final, does: status(404)},
	{name: "413 to any size", kind: final, does: status(413), fill: 40_000},
	{name: "422", kind: final, does: status(422)},
	{name: "501", kind: final, does: status(501)},

	{name: "401", kind: refusedKey, does: status(401)},
	{name: "403", kind: refusedKey, does: status(403)},
	{name: "407", kind: refusedKey, does: status(407)},
}

// network is the way to a collector in memory, and what is the matter with both.
type network struct {
	*exportertest.Collector
	unit time.Duration
	// unresolved says that the host has no address.
	unresolved atomic.Bool
	// gone is closed when a collector that leaves has left, and need not any more
	// once stay was called.
	gone chan struct{}
	stay context.CancelFunc
}

func newNetwork(col *exportertest.Collector, unit time.Duration) *network {
	n := &network{Collector: col, unit: unit, gone: make(chan struct{}), stay: func() {}}
	close(n.gone)
	return n
}

// begin has the collector misbehave; end makes it well.
func (n *network) begin(t testing.TB, f *fault) {
	t.Helper()
	switch {
	case f.refuses:
		n.Refuse(t, true)
	case f.unknown:
		n.unresolved.Store(true)
	case f.leaves:
		n.SetDefault(exportertest.Stall())
		before := len(n.Requests())
		ctx, stay := context.WithCancel(context.Background())
		n.gone, n.stay = make(chan struct{}), stay
		go func() {
			defer close(n.gone)
			if n.WaitRequests(ctx, before+1) == nil {
				time.Sleep(n.unit / 2)
				n.Refuse(t, true)
			}
		}()
	default:
		n.SetDefault(f.does(n.unit))
	}
}

func (n *network) end(t testing.TB) {
	t.Helper()
	n.stay()
	<-n.gone
	n.unresolved.Store(false)
	n.SetDefault(exportertest.Accept())
	n.Refuse(t, false)
}

// RoundTrip implements [http.RoundTripper].
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.unresolved.Load() {
		_ = r.Body.Close()
		return nil, noAddress(r)
	}
	return n.Transport().RoundTrip(r)
}

// noAddress is what the resolver says.
func noAddress(r *http.Request) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
}
