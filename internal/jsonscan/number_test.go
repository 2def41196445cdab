// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

func TestInt64(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "-0": 0, "-0.0": 0, "0e5": 0, "0.000e-7": 0, "0e99999999999999999999": 0, "0e-99999999999999999999": 0,
		"7": 7, "-12": -12, " 12\n": 12, "12.0": 12, "-12.000": -12, "1e3": 1000, "1E+3": 1000, "1e03": 1000, "1e0": 1, "10e-1": 1,
		"1200e-2": 12, "1.5e1": 15, "-1.50e1": -15, "0.001e3": 1, "0.0012e5": 120, "1.234e3": 1234, "100.0e-2": 1,
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
		"922337203685477580.7e1": math.MaxInt64, "-9.223372036854775808e18": math.MinInt64, "9223372036854775807.0": math.MaxInt64,
		"1e18": 1e18, "9e18": 9e18, "9007199254740993": 1<<53 + 1,
		"1" + strings.Repeat("0", 100) + "e-100":       1,
		"0." + strings.Repeat("0", 100) + "5e101":      5,
		"0." + strings.Repeat("0", 100) + "5" + "e102": 50,
	} {
		if got, ok := Int64(s); got != want || !ok {
			t.Errorf("Int64(%q) = %d, %t, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{
		"", " ", "-", "+1", "01", "1.", ".5", "1e", "a", "1a", "1 2", "0x10", "1_0", `"1"`, "null", "[1]", "١",
		"1.5", "1e-1", "15e-1", "0.1", "1.0000000000000000000000001", "12.5e0", "1e-99999999999999999999",
		"9223372036854775808", "-9223372036854775809", "1e19", "9.3e18", "-9.3e18", "1e400", "1e99999999999999999999", "123456789012345678901",
	} {
		if got, ok := Int64(s); ok {
			t.Errorf("Int64(%q) = %d, want none", s, got)
		}
	}
}

func FuzzInt64(f *testing.F) {
	for _, s := range validTexts {
		if Kind(s) == '0' {
			f.Add(s)
		}
	}
	f.Add("9223372036854775807.00")
	f.Add("-922337203685477580.8E1")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Int64(s)
		if !Valid(s) || Kind(s) != '0' {
			if ok {
				t.Errorf("Int64(%q) = %d, want none", s, got)
			}
			return
		}
		s = TrimSpace(s)
		if i := strings.IndexAny(s, "eE"); i >= 0 {
			if exp, err := strconv.Atoi(s[i+1:]); err != nil || exp < -5000 || exp > 5000 {
				return // too big to be worked out exactly
			}
		}
		want, _ := new(big.Rat).SetString(s)
		if isInt := want.IsInt() && want.Num().IsInt64(); ok != isInt || ok && got != want.Num().Int64() {
			t.Errorf("Int64(%q) = %d, %t, want %s", s, got, ok, want)
		}
	})
}
