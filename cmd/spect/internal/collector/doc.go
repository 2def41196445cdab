// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package collector is the development collector: an HTTP server that accepts
// session payloads as the Spect collector does (POST /traces?name=ORG), keeps
// them in a [Store], and serves them to people and programs.
//
// A payload is kept byte for byte. Nothing but the summary shown in a list is
// read from it, and that tolerantly, so a payload that breaks the contract can
// be looked at too.
//
// # Paths
//
//	POST   /traces?name=ORG           one payload; answers 200 {}
//	GET    /api/sessions              summaries, newest first (?limit=&before=)
//	DELETE /api/sessions              forget all
//	GET    /api/sessions/{id}         the payload as it was received
//	GET    /api/sessions/{id}/request the request it came with, without secrets
//	GET    /api/events                server-sent events: session, removed, cleared
//	GET    /healthz                   {"status":"ok"}
//	GET    /                          the viewer, when there is one
//
// Errors are {"error":{"code","message"}}.
//
// # Safety
//
// Prompts and tool results are private, and a server on loopback is reachable
// from every web page the developer visits. So the Host header must name this
// machine's loopback (DNS rebinding), requests that a browser makes for another
// origin are refused (no CORS, no cross-site POST), bodies and decompressed
// bodies are bounded, and headers that carry credentials are never kept. Off
// loopback a token is demanded of every request, see [WithToken]. The checks wrap
// the whole server and depend on no path.
package collector
