// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package payloadtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// parse keeps numbers as they are spelled.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(markSurrogates(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

var escapes = regexp.MustCompile(`\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^u]|u)`)

// markSurrogates spells an unpaired surrogate so that it survives decoding:
// encoding/json would make U+FFFD of every one of them, and a value that was
// damaged like that would pass for the original.
func markSurrogates(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u`)) {
		return text
	}
	return escapes.ReplaceAllFunc(text, func(escape []byte) []byte {
		if len(escape) != len(`\ud800`) {
			return escape
		}
		return append([]byte("\U0010FFFF"), bytes.ToLower(escape[2:])...)
	})
}

// instants are what sameInstant reads: with any separator of date and time, any
// number of decimals after a point or a comma, an offset or none.
var instants = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:.(\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)?)?$`)

// sameInstant compares two times, and as texts what is none. A time without an
// offset is local; beyond microseconds nothing counts.
func sameInstant(a, b string) bool {
	x, okX := instant(a)
	y, okY := instant(b)
	if okX && okY {
		return x.Cmp(y) == 0
	}
	return a == b
}

// instant is in seconds.
func instant(s string) (*big.Rat, bool) {
	m := instants.FindStringSubmatch(s)
	if m == nil || m[4] != "" && m[3] == "" {
		return nil, false
	}
	date, clock, seconds, fraction, offset := m[1], m[2], m[3], m[4], m[5]
	if clock == "" {
		clock = "00:00"
	}
	if seconds == "" {
		seconds = ":00"
	}
	layout, where := "2006-01-02T15:04:05", time.Local
	if offset != "" {
		layout += "Z07:00"
	}
	t, err := time.ParseInLocation(layout, date+"T"+clock+seconds+offset, where)
	if err != nil {
		return nil, false
	}
	micros, _ := strconv.ParseInt((fraction + strings.Repeat("0", 6))[:6], 10, 64)
	return big.NewRat(t.Unix()*1e6+micros, 1e6), true
}
