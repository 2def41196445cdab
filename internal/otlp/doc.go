// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package otlp brings OTLP to the neutral spans and log records that package
// convert takes: requests as files or receivers have them, and the Collector's
// pdata. It is a module of its own, so that the library stays free of OTLP.
//
//	bytes ─ ReadTraces ─▶ ptrace.Traces ─ Spans ─▶ []convert.Span
//	bytes ─ ReadLogs ───▶ plog.Logs ───── Logs ──▶ []convert.Log
//
// Nothing is kept between calls; all of it may be used concurrently.
package otlp
