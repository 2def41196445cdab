// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package shrink makes payloads smaller: it brings one under a size, and puts
// hashes in the place of files.
//
// find.go finds the parts of a payload that may give way, each a stretch of the
// text that holds it; shrink.go and files.go choose among them; cut.go cuts them;
// notes.go says in the payload what is gone. walk.go is how JSON is walked: by
// positions, for only what is cut is written again.
package shrink
