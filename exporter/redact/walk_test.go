// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

// A walker that met a hostile value keeps little of what that took: what is
// cleared between values, and kept for as long as there are sessions.
func TestWalkerKeepsLittle(t *testing.T) {
	const depth, wide = 9_000, 100_000
	each := Func(func(_ Place, text string) (string, error) { return text + strings.Repeat("x", 20), nil })
	w := &walker{chain: NewChain(each)}
	for _, value := range []contracts.JSON{
		contracts.JSON(strings.Repeat("[", depth) + strings.Repeat("]", depth)),
		contracts.JSON("[" + strings.Repeat(`"",1,`, wide) + "1]"),
	} {
		w.json(KindMetadata, "", false, &value)
		if w.failure.Places > 0 || !value.Valid() {
			t.Fatal(w.failure.How)
		}
		if cap(w.frames) > maxFrames || cap(w.edits) > maxEdits || cap(w.arena) > maxKept {
			t.Errorf("it keeps %d frames, %d edits, %d bytes", cap(w.frames), cap(w.edits), cap(w.arena))
		}
	}
}
