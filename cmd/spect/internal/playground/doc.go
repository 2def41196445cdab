// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package playground is a handful of example sessions: what the passengers and
// the crew of a small ferry company, Northwind Ferries, ask of the models that
// work for it. The models' and the tools' words are written down here, so that a
// scenario needs no network and says the same each time; it is traced as any
// program would trace itself, with package tracer.
//
// playground.go lists the scenarios, each of which is a file; agent.go is the
// program that they share: it calls the model and runs the tools that the model
// asks for.
package playground
