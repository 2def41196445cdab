// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package otlptest reads recorded traces for tests: files of OTLP/JSON, one
// ExportTraceServiceRequest or ExportLogsServiceRequest each. It knows neither
// protocol buffers nor the types of the packages that it helps to test, so that
// tests inside them can use it.
package otlptest
