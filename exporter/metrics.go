// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spect-tools/spect-go/internal/version"
)

// scopeName is the instrumentation scope of the exporter's own metrics.
const scopeName = "github.com/spect-tools/spect-go/exporter"

// componentType is the exporter's otel.component.type.
const componentType = "spect_span_exporter"

// observe makes the metrics of WithMeterProvider: the account of Stats, read
// when the metrics are, in the names that OpenTelemetry gives to those of its
// own exporters. They outlive Shutdown: what it delivered is to be read too.
func (e *Exporter) observe(mp metric.MeterProvider) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("spect: metrics: the provider panicked: %s", panicText(r))
		}
	}()
	meter := mp.Meter(scopeName, metric.WithInstrumentationVersion(version.Version))
	processed, err1 := meter.Int64ObservableCounter("otel.sdk.processor.span.processed",
		metric.WithUnit("{span}"), metric.WithDescription("The spans that came in; error.type says why some were dropped there."))
	exported, err2 := meter.Int64ObservableCounter("otel.sdk.exporter.span.exported",
		metric.WithUnit("{span}"), metric.WithDescription("The spans that were delivered or, with error.type, dropped."))
	inflight, err3 := meter.Int64ObservableUpDownCounter("otel.sdk.exporter.span.inflight",
		metric.WithUnit("{span}"), metric.WithDescription("The spans that wait for their session or its delivery."))
	sessions, err4 := meter.Int64ObservableCounter("spect.exporter.session.released",
		metric.WithUnit("{session}"), metric.WithDescription("The sessions that were released, by reason."))
	retries, err5 := meter.Int64ObservableCounter("spect.exporter.retries",
		metric.WithUnit("{request}"), metric.WithDescription("The requests that were made again."))
	spooled, err6 := meter.Int64ObservableUpDownCounter("spect.exporter.span.spooled",
		metric.WithUnit("{span}"), metric.WithDescription("The spans of the sessions that wait in the spool for their delivery."))
	recovered, err7 := meter.Int64ObservableCounter("spect.exporter.span.recovered",
		metric.WithUnit("{span}"), metric.WithDescription("The spans of the sessions that were found in the spool at the start."))
	for _, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
		if err != nil {
			return fmt.Errorf("spect: metrics: %w", err)
		}
	}
	component := attribute.NewSet(
		attribute.String("otel.component.type", componentType),
		attribute.String("otel.component.name", componentType+"/"+e.cfg.organizationID))
	plain := metric.WithAttributeSet(component)
	with := func(key, value string) metric.MeasurementOption {
		return metric.WithAttributes(append(component.ToSlice(), attribute.String(key, value))...)
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s, returned := e.account()
		refused := s.Dropped[DropIntakeFull]
		o.ObserveInt64(processed, int64(s.Received+returned-refused), plain) // which never falls
		o.ObserveInt64(exported, int64(s.Delivered), plain)
		o.ObserveInt64(inflight, int64(s.Held), plain)
		o.ObserveInt64(spooled, int64(s.Spooled), plain)
		o.ObserveInt64(recovered, int64(s.Recovered), plain)
		o.ObserveInt64(retries, int64(s.Retries), plain)
		for why, n := range s.Dropped {
			if why == DropIntakeFull {
				o.ObserveInt64(processed, int64(n), with("error.type", string(why)))
				continue
			}
			o.ObserveInt64(exported, int64(n), with("error.type", string(why)))
		}
		for why, n := range s.Released {
			o.ObserveInt64(sessions, int64(n), with("spect.release.reason", string(why)))
		}
		return nil
	}, processed, exported, inflight, sessions, spooled, recovered, retries)
	if err != nil {
		return fmt.Errorf("spect: metrics: %w", err)
	}
	return nil
}
