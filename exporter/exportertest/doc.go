// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package exportertest is a Spect collector for tests: of a program that is
// traced, and of an exporter's patience with a collector that misbehaves.
//
//	col := exportertest.NewCollector(t)
//	exp, err := exporter.New(col.Options()...)
//	…
//	session := col.RequireSession(t, "openai.responses.create")
//
// [NewCollector] listens on a port of the own machine. [NewMemoryCollector]
// speaks the same HTTP over memory, without a socket, and so works in a bubble
// of testing/synctest, where minutes of retries pass in no time. Both accept
// what the real collector accepts, unless [Collector.Respond] was given a
// script: a [Response] for each of the requests to come.
//
// [Collector.Refuse] makes it unreachable for a while. A [Sink] is less: it
// takes sessions without any HTTP, for tests that care only for what is traced;
// and [RequireGolden] compares sessions with a file.
//
// Sessions are sent in the background. Shut the provider or the exporter down,
// or flush it, before looking at what arrived; or wait for it with
// [Collector.WaitSessions].
package exportertest
