// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import "github.com/spect-tools/spect-go/exporter"

// The three ways in which a program goes through a fault.
type program string

const (
	// goesOn: it flushes during the fault, and lives for longer than that.
	goesOn program = "goes on"
	// ends: it shuts down during the fault.
	ends program = "ends"
	// killed: it is killed during the fault, with SIGKILL.
	killed program = "is killed"
)

var programs = []program{goesOn, ends, killed}

// fate is what becomes of a session.
type fate string

const (
	// arrives: the program delivers it.
	arrives fate = "arrives"
	// waits: it stays on disk, and the next start delivers it.
	waits fate = "next start"
	// lost: it ended with the process, and nobody counted it.
	lost fate = "lost"
)

// dropped: it is counted, for a reason.
func dropped(why exporter.DropReason) fate { return fate("`" + why + "`") }

// The durations of faults, and the bounds of the exporters: a fault is shorter
// than the retries' budget and the time for the shutdown, or longer than both.
const (
	shortFault      = 2 // seconds
	longFault       = 300
	retryTimeout    = 100
	shutdownTimeout = 45
	flushTimeout    = 180
)

// rule says what may become of the sessions that end during a fault. It is
// written from what was promised:
//
//   - What may go well later is tried again, for as long as the budget allows:
//     refused, reset, unknown host, timeout, 408, 429, 5xx except 501.
//   - What will not is not tried again: 3xx, 4xx, 501. A 413 is answered by
//     cutting the payload, once.
//   - A refused key loses nothing, as long as the program lives.
//   - A spool keeps what could not be delivered for the next start, also of a
//     program that is killed. Without one that is lost; it is counted, unless the
//     program was killed.
//   - A session may arrive twice where the answer got lost, and else never.
func rule(k kind, long, spool bool, p program) []fate {
	switch {
	case k == odd:
		return []fate{arrives}
	case k == final:
		return []fate{dropped(exporter.DropRejected)}
	case k == unheard && p == killed && !spool:
		return []fate{arrives} // by chance: the first attempt
	case p == killed && !spool:
		return []fate{lost}
	case p == killed:
		return []fate{waits}
	case k == refusedKey && p == goesOn:
		return []fate{arrives}
	case k == refusedKey && spool:
		return []fate{waits}
	case k == refusedKey:
		return []fate{dropped(exporter.DropRejected)}
	case !long && p == ends && spool:
		// It does not wait for the collector: what is on disk is safe.
		return []fate{arrives, waits}
	case !long, p == goesOn && spool:
		return []fate{arrives}
	case spool:
		return []fate{waits}
	case p == goesOn:
		return []fate{dropped(exporter.DropRetriesExhausted)}
	}
	return []fate{dropped(exporter.DropShutdown)}
}
