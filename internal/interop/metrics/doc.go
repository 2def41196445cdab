// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package metrics reads the exporter's metrics with OpenTelemetry's SDK, and
// holds their names against the semantic conventions. It is a module apart so
// that the library needs no SDK for metrics.
package metrics
