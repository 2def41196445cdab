// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package reliability proves by test what docs/reliability.md promises of the
// exporter's delivery, with nothing but its public API:
//
//   - TestMatrix: each fault that a collector can have, for a short and for a
//     long time, with and without a spool, through both doors, in a program that
//     goes on, that ends, and that is killed. What becomes of each session is
//     held against a table of rules, and makes the table in the document.
//   - TestNumberedSessions: very many sessions through random faults and restarts.
//   - TestKill: a program that is killed at random moments.
//
// All but processes that are killed runs in the time of testing/synctest, so that
// hours of an outage pass in no time. There is no code here but tests.
package reliability
