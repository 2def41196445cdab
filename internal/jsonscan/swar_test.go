// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"testing"
)

func TestPlainFindsFirstSpecialByte(t *testing.T) {
	special := func(c byte) bool { return c == '"' || c == '\\' || c < 0x20 }
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				// Any bytes may follow the first hit, all that precede it are plain.
				for _, fill := range []string{"a", " ", "!", "#", "[", "]", "\x7f", "\x80", "\xa2", "\xdc", "\xff"} {
					for _, rest := range []string{fill, "\"", "\x1f"} {
						s := strings.Repeat(fill, at) + string([]byte{byte(c)}) + strings.Repeat(rest, length-at-1)
						want := at
						for want < length && !special(s[want]) {
							want++
						}
						if got := plain(s, 0); got != want {
							t.Fatalf("plain(%q, 0) = %d, want %d", s, got, want)
						}
						if got := plain("\"\""+s, 2); got != want+2 {
							t.Fatalf("plain(%q, 2) = %d, want %d", "\"\""+s, got, want+2)
						}
					}
				}
			}
		}
	}
}
