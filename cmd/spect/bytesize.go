// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is a flag's number of bytes: 64MiB, 10MB, 4096.
type byteSize int64

// byteUnits, largest first, and those with longer names before their suffixes.
var byteUnits = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}

// String implements the flag's value.
func (b *byteSize) String() string { return b.text() }

// Type implements the flag's value: it names the argument in the help.
func (*byteSize) Type() string { return "size" }

// Set implements the flag's value.
func (b *byteSize) Set(value string) error {
	number, unit := strings.TrimSpace(value), int64(1)
	for _, u := range byteUnits {
		if n := len(number) - len(u.name); n > 0 && strings.EqualFold(number[n:], u.name) {
			number, unit = strings.TrimSpace(number[:n]), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/unit {
		return fmt.Errorf("%q is not a size such as 64MiB", value)
	}
	*b = byteSize(n * unit)
	return nil
}

func (b byteSize) text() string {
	for _, u := range byteUnits[:3] {
		if b > 0 && int64(b)%u.size == 0 {
			return strconv.FormatInt(int64(b)/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
