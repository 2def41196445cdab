// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
)

// Times read as package time writes them.
func TestFormatTimeAsPackageTime(t *testing.T) {
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	r := rand.New(rand.NewPCG(1, 2))
	zone := time.FixedZone("", -5*3600)
	for range 10_000 {
		seconds := first + r.Int64N(last-first+1)
		for layout, ns := range map[string]int64{
			"2006-01-02T15:04:05Z":           0,
			"2006-01-02T15:04:05.000000Z":    1000 * (1 + r.Int64N(999_999)),
			"2006-01-02T15:04:05.000000000Z": 1 + 1000*r.Int64N(1_000_000),
		} {
			at := time.Unix(seconds, ns).In(zone)
			if have, want := contracts.FormatTime(at), at.UTC().Format(layout); have != want {
				t.Fatalf("%s, want %s", have, want)
			}
		}
	}
	if have := contracts.FormatTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); have != "10000-01-01T00:00:00Z" {
		t.Errorf("a time beyond the wire's reads %s", have)
	}
}
