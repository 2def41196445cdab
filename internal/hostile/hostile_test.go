// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/internal/hostile"
)

const text = `{"a/b":["\"é\u2028😀\\",{"":-0.50,"b":[]},true,null],"c":{},"d":"{\"x\":1}"}`

func decode(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// Another spelling says the same.
func TestRespell(t *testing.T) {
	want, spellings := decode(t, text), map[string]bool{}
	for seed := range uint64(500) {
		spelled := hostile.Respell(rand.New(rand.NewPCG(seed, 0)), text)
		if have := decode(t, spelled); !reflect.DeepEqual(have, want) {
			t.Fatalf("%s says %v", spelled, have)
		}
		spellings[spelled] = true
	}
	if len(spellings) < 490 {
		t.Errorf("%d spellings", len(spellings))
	}
}

// A mutation is JSON, mostly, and another.
func TestMutate(t *testing.T) {
	const runs = 2000
	valid, others := 0, map[string]bool{}
	for seed := range uint64(runs) {
		mutated := hostile.Mutate(rand.New(rand.NewPCG(seed, 0)), text)
		if again := hostile.Mutate(rand.New(rand.NewPCG(seed, 0)), text); again != mutated {
			t.Fatalf("%s, and then %s", mutated, again)
		}
		others[mutated] = true
		if json.Valid([]byte(mutated)) {
			valid++
		}
	}
	if valid < runs*95/100 || valid == runs || len(others) < runs*8/10 {
		t.Errorf("%d are valid, %d are others", valid, len(others))
	}
}
