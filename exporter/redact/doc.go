// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package redact takes out of a session what must not leave the service: secrets,
// personal data, whatever the service's own rules name.
//
//	exp, err := exporter.New(exporter.WithRedactor(redact.Secrets(), redact.Emails()))
//
// A [Redactor] is shown one text after the other, with the [Place] where it
// stands, and returns it as it may be sent. The package walks: it knows every
// place of the wire contract where content can be, in messages and their parts,
// in tool values and metadata as raw JSON, in errors and names. In JSON it
// replaces strings, the names of members, and numbers; all other bytes stay.
//
// # Ready-made redactors
//
//	Secrets     keys and tokens of known formats, passwords, private keys
//	Emails      e-mail addresses
//	Cards       payment card numbers, by issuer and Luhn's check digit
//	Phones      telephone numbers: E.164, and usual national forms
//	IBANs       bank accounts, by country and check digits
//	Pattern     a regular expression
//	JSONPaths   members of JSON values, by path
//
// What they find becomes a marker, such as [REDACTED:email]; with [Hashed] it
// carries a keyed hash, so that equal values are seen to be equal without being
// known. Put Secrets first: it knows that an address in a URL is a password.
//
// They work in linear time on any input, allocate nothing where there is nothing
// to find, and find what they were made to find: a name in prose is not among it.
// No pattern knows all that is private. To be sure that content does not leave,
// do not send it.
//
// # Own redactors
//
// A [Func] is enough:
//
//	redact.Func(func(p redact.Place, text string) (string, error) {
//		if p.Kind == redact.KindToolResult && p.Tool == "lookup_patient" {
//			return redact.Marker("patient"), nil
//		}
//		return text, nil
//	})
//
// One that fails or panics loses the text, not the session: [Withheld] is sent in
// its place.
//
// # What is not seen
//
// Base64 of files is not shown, except that a file whose media type says that it is
// text is decoded, and encoded again where something was found:
// exporter.WithMaxFileBytes keeps files from being sent. Text that OpenTelemetry's
// attribute limits have cut may hold a part of a secret that has no form any more.
package redact
