// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package neighbourhood holds that Spect changes nothing for those beside it: a
// service of real parts (net/http, gRPC, a database, a model's SDK with spans of
// its own, metrics, OTLP over HTTP) runs with and without, and what the OTLP
// receiver gets, what its neighbours are sent, what its metrics say and what is
// global are the same. It is a module apart so that the library needs none of
// these.
package neighbourhood
