// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package sampled holds that a service which samples its traces, instrumented by
// OpenTelemetry's own packages, sends every session whole, and that its other
// exporter sees no difference.
package sampled
