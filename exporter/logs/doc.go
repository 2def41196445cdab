// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package logs brings the content of model calls to Spect where their
// instrumentation puts it into log records, and not on spans: OpenTelemetry's
// GenAI conventions up to 1.36, and Google's ADK for Go.
//
//	exp, err := exporter.New()
//	if err != nil {
//		return err
//	}
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp)))
//	lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs.NewProcessor(exp)))
//
// It stands beside the log processors that a service has, and changes nothing of
// what they see. The exporter joins each record with the span that it names, and
// sends it in that span's session. Without this package a session has all but
// the messages, and says so.
//
// It is a module of its own, so that who has no need for it does not depend on
// OpenTelemetry's log SDK.
package logs
