// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Command spect is the companion of the Spect exporter.
//
// spect dev runs a local collector: it accepts the payloads that the exporter,
// or any other Spect client, posts, and shows them in a page. It listens on
// loopback only and keeps what it receives in memory.
//
//	spect dev
//	export SPECT_COLLECTOR_URL=http://127.0.0.1:8787
//	export SPECT_ORGANIZATION_ID=local SPECT_API_KEY=local
//	go run ./my-service
//
// spect convert shows the sessions that spans of any instrumentation make: OTLP
// in, payloads out.
//
//	spect convert --explain trace.json
//
// spect dev --demo shows example sessions, which spect playground sends to any
// collector; spect emit plays scenario files; spect spool looks at the sessions
// that an exporter keeps on disk. spect help lists all commands; spect help dev
// says what can be set.
package main
