// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package scenario plays the reference's scenarios on OpenTelemetry: with
// package tracer, and with nothing but the documented span attributes. What an
// exporter makes of either must equal what the reference client sends.
package scenario
