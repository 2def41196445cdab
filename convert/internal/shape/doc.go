// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package shape holds what the readers of the providers' own JSON shapes have
// in common: a walk over an object that loses no member, the providerOptions
// of a part, the arguments and results of tools, media types.
//
// The readers work on text that [Sound] has passed: then every value that a
// walk yields is valid JSON and may go into a message as it is.
package shape
