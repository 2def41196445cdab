// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package live runs programs with the SDKs and frameworks that Go has for
// models, as their users write them, with Spect beside another exporter. The
// provider is a server in the test that gives the recorded answers of testdata;
// what arrives is held against these recordings.
//
// Anthropic's SDK and Genkit make spans of their own. OpenAI's makes none, and no
// instrumentation of it is to be had as a module: a middleware of a few lines
// stands for what a user would write.
package live
