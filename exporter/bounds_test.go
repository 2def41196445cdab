// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"testing"
)

// However many scopes a program makes, so many are remembered; spans of the others
// are looked at.
func TestScopesAreBounded(t *testing.T) {
	var s scopes
	for i := range 2 * maxScopes {
		name := fmt.Sprint(i)
		for range 2 * newScope {
			s.watched(name)
		}
		if watched := s.watched(name); watched != (i >= maxScopes) {
			t.Fatalf("scope %d is watched: %v", i, watched)
		}
	}
	if n := len(*s.known.Load()); n != maxScopes {
		t.Errorf("%d scopes are remembered", n)
	}
}

// However many kinds of errors there are, so many are told of in a minute.
func TestKindsOfReportsAreBounded(t *testing.T) {
	told := 0
	r := newReporter(func(error) { told++ })
	for i := range 10 * maxKinds {
		r.report(fmt.Errorf("spect: %d: that", i))
	}
	if told != maxKinds || len(r.came) != maxKinds {
		t.Errorf("%d errors were told of, %d kinds are remembered", told, len(r.came))
	}
}
