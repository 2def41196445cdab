// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"fmt"
	"testing"

	"github.com/spect-tools/spect-go/exporter"
)

func TestStatsPrint(t *testing.T) {
	for want, s := range map[string]exporter.Stats{
		"0 received = 0 delivered; sessions 0, retries 0": {},
		"60 received = 57 delivered + 2 held + 1 dropped (late 1); sessions 19 (complete 19), retries 1": {
			Received: 60, Delivered: 57, Held: 2, Dropped: map[exporter.DropReason]uint64{exporter.DropLate: 1},
			Sessions: 19, Released: map[exporter.ReleaseReason]uint64{exporter.ReleaseComplete: 19}, Retries: 1,
		},
		"5 received + 4 recovered = 1 delivered + 3 spooled + 5 dropped (sampled 3, queue_full 2); sessions 1, retries 0, " +
			"7 spans ignored, 2 sessions withheld in part; log records: 6 received = 2 joined + 3 held + 1 dropped (unclaimed 1)": {
			Received: 5, Recovered: 4, Delivered: 1, Spooled: 3, Ignored: 7, Sessions: 1, Withheld: 2,
			Dropped: map[exporter.DropReason]uint64{exporter.DropQueueFull: 2, exporter.DropSampled: 3},
			Logs:    exporter.LogStats{Received: 6, Joined: 2, Held: 3, Dropped: map[exporter.DropReason]uint64{exporter.DropUnclaimed: 1}},
		},
	} {
		if got := fmt.Sprint(s); got != want {
			t.Errorf("printed\n%s\nwant\n%s", got, want)
		}
	}
}
