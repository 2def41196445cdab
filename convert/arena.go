// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import "unsafe"

// arena is where a payload's own texts are put together. They live until the
// arena is reset.
type arena struct{ buf []byte }

func (a *arena) reset() { a.buf = a.buf[:0] }

// text returns what build appends, as a string that shares the arena's memory:
// nothing writes to that part again before the arena is reset, and a buffer
// that had to grow leaves the old one to its strings.
func (a *arena) text(build func(dst []byte) []byte) string {
	start := len(a.buf)
	a.buf = build(a.buf)
	b := a.buf[start:]
	return unsafe.String(unsafe.SliceData(b), len(b))
}
