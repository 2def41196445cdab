// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package discard is the other side of the benchmarks: a server for OTLP and
// for Spect payloads that counts the spans in them and forgets them. It runs in
// a process of its own, so that the CPU time of the client is the client's
// alone; on 127.0.0.1 only; and no longer than the client.
package discard
