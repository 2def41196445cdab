// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// logger writes what the exporter has to say to the application's logger, if
// there is one: facts about sessions and spans, never what is in them.
type logger struct{ to *slog.Logger }

// log writes one record. A handler that panics is the application's to find, by
// its other records.
func (l logger) log(level slog.Level, text string, attrs ...slog.Attr) {
	apart(func() {
		defer func() { _ = recover() }()
		l.to.LogAttrs(context.Background(), level, text, attrs...)
	})
}

// enabled reports whether a record of that level goes anywhere.
func (l logger) enabled(level slog.Level) (yes bool) {
	defer func() { _ = recover() }()
	return l.to != nil && l.to.Enabled(context.Background(), level)
}

// failed logs what the error handler hears.
func (l logger) failed(err error) {
	l.log(slog.LevelWarn, "spect: a problem", slog.String("error", err.Error()))
}

// released logs a session on its way to the collector.
func (l logger) released(sh *shipment) {
	if !l.enabled(slog.LevelDebug) {
		return
	}
	// The payload's memory is used again, and a handler may keep what it gets.
	l.log(slog.LevelDebug, "spect: a session",
		slog.String("session", sh.id), slog.String("name", strings.Clone(sh.payload.Name)),
		slog.String("reason", string(sh.why)), slog.Int("spans", sh.count), slog.Int("bytes", len(sh.body)))
}

// closed logs, at the end, what was found and what became of the spans.
func (l logger) closed(found []Finding, s Stats) {
	if l.to == nil {
		return
	}
	for _, f := range found {
		attrs := []slog.Attr{slog.String("code", string(f.Code)), slog.Uint64("count", f.Count), slog.Time("first", f.First)}
		if f.SpanName != "" {
			attrs = append(attrs, slog.String("span", f.SpanName))
		}
		if f.SessionID != "" {
			attrs = append(attrs, slog.String("session", f.SessionID))
		}
		l.log(slog.LevelWarn, "spect: "+f.problem(), append(attrs, slog.String("advice", f.Advice()))...)
	}
	var dropped []any
	for _, why := range slices.Sorted(maps.Keys(s.Dropped)) {
		dropped = append(dropped, slog.Uint64(string(why), s.Dropped[why]))
	}
	l.log(slog.LevelInfo, "spect: shut down", slog.Uint64("sessions", s.Sessions), slog.Uint64("received", s.Received),
		slog.Uint64("recovered", s.Recovered), slog.Uint64("delivered", s.Delivered), slog.Uint64("held", s.Held),
		slog.Uint64("spooled", s.Spooled), slog.Uint64("retries", s.Retries), slog.Group("dropped", dropped...))
}
