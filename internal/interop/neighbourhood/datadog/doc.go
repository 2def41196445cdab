// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package datadog holds what Spect does where the tracer provider is Datadog's:
// it says that it cannot stand behind it, and leaves it at work.
package datadog
