// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package memory

// maxKept is how much a map may hold that is used again: to clear it takes as long
// as it once was large.
const maxKept = 1 << 12

// Emptied is m with nothing in it, or nil where it has become large.
func Emptied[K comparable, V any](m map[K]V) map[K]V {
	if len(m) > maxKept {
		return nil
	}
	clear(m)
	return m
}
