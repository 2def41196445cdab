// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package processes holds that a session goes on in another process: the test
// program starts itself a second time as a server, and calls it over HTTP and
// gRPC with OpenTelemetry's own instrumentation of both. It is a module apart
// so that the library needs neither.
package processes
