// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package memory

import "unsafe"

// Arena is where texts are put together. They live until it is reset. The zero
// Arena is ready.
type Arena struct{ buf []byte }

// Reset takes everything back.
func (a *Arena) Reset() { a.buf = a.buf[:0] }

// Text returns what build appends, as a string that shares the arena's memory:
// nothing writes to that part again before the arena is reset, and a buffer
// that had to grow leaves the old one to its strings.
func (a *Arena) Text(build func(dst []byte) []byte) string {
	start := len(a.buf)
	a.buf = build(a.buf)
	b := a.buf[start:]
	return unsafe.String(unsafe.SliceData(b), len(b))
}
