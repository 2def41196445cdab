// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package memory_test

import (
	"fmt"
	"testing"

	"github.com/spect-tools/spect-go/convert/internal/memory"
)

// What was handed out stays as it is while more is handed out.
func TestWhatIsHandedOutStays(t *testing.T) {
	var arena memory.Arena
	var slab memory.Slab[int]
	for range 3 {
		var texts []string
		var numbers []*int
		var lists [][]int
		for i := range 500 {
			texts = append(texts, arena.Text(func(dst []byte) []byte { return fmt.Append(dst, i) }))
			numbers = append(numbers, slab.Put(i))
			lists = append(lists, append(slab.Room(i%12), i))
		}
		for i := range 500 {
			if texts[i] != fmt.Sprint(i) || *numbers[i] != i || lists[i][0] != i {
				t.Fatalf("the %dth are %q, %d and %v", i, texts[i], *numbers[i], lists[i])
			}
		}
		arena.Reset()
		slab.Reset()
		if n := *slab.New(); n != 0 {
			t.Fatalf("a new number is %d", n)
		}
	}
}

func TestEmptied(t *testing.T) {
	small, large := map[int]bool{1: true}, make(map[int]bool)
	for i := range 10_000 {
		large[i] = true
	}
	if m := memory.Emptied(small); m == nil || len(small) != 0 {
		t.Errorf("a small map becomes %v", m)
	}
	if memory.Emptied(large) != nil || memory.Emptied[int, bool](nil) != nil {
		t.Error("a large map is kept")
	}
}
