// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/internal/bench/discard"
)

// TestMain lets the test's program be the server too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == serveArgument {
		exit(discard.Serve(os.Stdin, os.Stdout, longest))
	}
	goleak.VerifyTestMain(m)
}

// TestRun runs everything, as briefly as it can be, and looks for the figures
// that the documentation names.
func TestRun(t *testing.T) {
	var o options
	if err := o.parse([]string{"-rounds=1", "-time=1ms", "-turns=1", "-held=60", "-open=200", "-collect=900", "-burst=12"}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(t.Context(), &o, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var names []string
	for _, size := range sizes {
		for _, name := range []string{"cpu_vs_otlp", "start_to_posted_vs_otlp", "raw_cpu_vs_otlp", "raw_no_ids_cpu_vs_otlp", "gzip_cpu_vs_otlp_gzip", "throughput_vs_otlp", "otlp_gzip_vs_otlp"} {
			names = append(names, name+"_"+size.name)
		}
	}
	names = append(names, "cpu_vs_otlp_4k_prose", "cpu_vs_otlp_history", "gzip_cpu_vs_otlp_gzip_history", "raw_cpu_vs_otlp_4k_code",
		"hot_vs_bsp_discard", "hot_by_hand_vs_bsp_discard",
		"foreign_span_vs_noop", "foreign_span_in_session_vs_noop", "foreign_span_allocations_added",
		"held_bytes_beyond_captured", "held_bytes_beyond_captured_4k", "cpu_many_open_vs_few", "gc_cpu_held_vs_retained",
		"validated_copy_share_4k", "validated_copy_share_4k_prose", "spool_puts_vs_write_sync", "spool_puts_vs_write_sync_64")
	for _, name := range names {
		if n := strings.Count(out.String(), "\nratio "+name+" "); n != 1 {
			t.Errorf("%d figures %s", n, name)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestOptions(t *testing.T) {
	for _, args := range [][]string{{"-path=("}, {"extra"}, {"-rounds=x"}} {
		if err := new(options).parse(args); err == nil {
			t.Errorf("no error for %v", args)
		}
	}
	for _, args := range [][]string{{"-corpus=poems"}, {"-part=memory"}} {
		var o options
		if err := o.parse(args); err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), &o, new(strings.Builder)); err == nil {
			t.Errorf("no error for %v", args)
		}
	}
}

func TestSpread(t *testing.T) {
	if s := spreadOf([]float64{9, 1, 4, 2}); s != (spread{median: 3, low: 1, high: 9}) {
		t.Error(s)
	}
	if s := spreadOf([]float64{7, 5, 6}); s.median != 6 {
		t.Error(s)
	}
	if s := spreadOf(nil); s != (spread{}) {
		t.Error(s)
	}
}
