// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strconv"
	"strings"
)

// Int64 parses a number text that is an integer, however written: 1000, 1e3
// and 1000.0 are the same. ok is false for any other text, and for an integer
// that overflows.
func Int64(s string) (_ int64, ok bool) {
	s = TrimSpace(s)
	if number(s, 0) != len(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && strings.ContainsAny(s, ".eE") {
		n, err = strconv.ParseInt(positional(s), 10, 64)
	}
	return n, err == nil
}

// positional rewrites a number without fraction and exponent. The result is
// empty where it is no integer or has more digits than an int64.
func positional(s string) string {
	const maxDigits = 19

	abs := strings.TrimPrefix(s, "-")
	sign := s[:len(s)-len(abs)]
	var exp int64
	if i := strings.IndexAny(abs, "eE"); i >= 0 {
		// Out of range, exp is the nearest 48-bit integer: no text is long
		// enough to make up for that.
		exp, _ = strconv.ParseInt(abs[i+1:], 10, 48)
		abs = abs[:i]
	}
	whole, fraction, _ := strings.Cut(abs, ".")

	// The value is 0.digits * 10^point.
	all := whole + fraction
	digits := strings.TrimLeft(all, "0")
	point := int64(len(whole)-(len(all)-len(digits))) + exp
	digits = strings.TrimRight(digits, "0")
	switch zeros := point - int64(len(digits)); {
	case digits == "":
		return "0"
	case zeros < 0 || point > maxDigits:
		return ""
	default:
		return sign + digits + strings.Repeat("0", int(zeros))
	}
}
