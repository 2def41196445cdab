// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// When Shutdown returns because its time is over, nothing is held any more: the
// session whose request still hangs is counted as dropped.
func TestShutdownDeadlineAccounts(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			col := exportertest.NewMemoryCollector(t, exportertest.WithDefault(exportertest.Stall()))
			exp, err := exporter.New(col.Options(exporter.WithShutdownTimeout(time.Second), exporter.WithErrorHandler(func(error) {}))...)
			if err != nil {
				t.Fatal(err)
			}
			tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
			_, s := tracer.New(tp).StartSession(t.Context(), "op")
			s.End()
			if tp.Shutdown(t.Context()) == nil {
				t.Error("no error, though the session was not delivered")
			}
			if st := exp.Stats(); st.Held != 0 || st.Dropped[exporter.DropShutdown] != 1 {
				t.Errorf("%+v", st)
			}
			col.Close()
		})
	}
}
