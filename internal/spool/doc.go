// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package spool keeps payloads on disk until they are delivered.
//
//	s, err := spool.Open(dir, spool.Options{MaxBytes: 256 << 20, MaxAge: 7 * 24 * time.Hour, OnDrop: count})
//	...
//	id, err := s.Put(ctx, spool.Entry{SessionID: id, Organization: org, Spans: n, Payload: json})
//	... // the collector has accepted it
//	err = s.Ack(ctx, id)
//
// [Spool.All] iterates over what waits, oldest first, one payload in memory at a
// time: after a start, what earlier processes have left. [Read] looks at a spool
// without disturbing whoever uses it.
//
// # What holds
//
// When Put has returned, the payload is on disk and synchronized. When Ack has
// returned, the payload's mark is with the operating system. So after a process
// was killed, at whatever moment, the next finds all that was put and not
// acknowledged, and nothing that was acknowledged. After a power failure
// it also finds all that was put, and may find again what was acknowledged in
// the last seconds, or dropped: deliver it again, the ids in it are the same.
//
// A record that was cut or changed is passed over and counted; the records
// behind it are found.
//
// The bounds are kept by dropping the oldest payloads, each of which is told to
// Options.OnDrop. When the disk is full or fails, Put returns the system's error
// and what is there stays; the next Put tries again. A disk that does not answer
// holds up Put, Ack and Close no longer than their contexts allow.
//
// # How it works
//
// A payload is appended to the newest of a few files, the segments; its mark is
// later overwritten in place. One goroutine does all writing. What comes while
// it waits for the disk is written together and synchronized once, so the
// throughput grows with the number of callers. In memory there are about 50 bytes
// for each payload that waits.
//
// A segment ends at a 16th of MaxBytes, 16 MiB at most, or with one payload that
// is larger. It is removed when nothing in it waits. Where a few payloads that
// wait hold on to many segments, they are written anew at the end of the log:
// files are never larger together than twice what waits and three segments. For
// that, and because a segment is dropped as a whole or by half, the bound in
// bytes begins to drop payloads when between about a half and 15 16ths of it wait.
// Without MaxBytes nothing is moved.
//
// # The directory
//
//	lock                     locked by the process that has the spool open
//	00180a1f32c0d4e8.spool   a segment; the 16 digits are a hexadecimal number
//
// Files have mode 0600; the directory, where Open makes it, 0700. Other files
// are left alone. Segments are numbered from the same sequence as payloads, so
// their names in order are the order in which they were made.
//
// The lock is flock where there is one, and on Windows a file that nobody else
// may open: the system gives it back when the process ends. On other systems
// (AIX, Solaris, Plan 9, WebAssembly) there is no lock, and no two processes must
// be given the same directory.
//
// # The format
//
// Version 1. Numbers are little-endian, checksums are CRC-32C (Castagnoli). A
// segment begins with a header of 16 bytes:
//
//	 0  8  "SPECTSPL"
//	 8  4  the version
//	12  4  checksum of the bytes 0 to 11
//
// Records follow, one behind the other:
//
//	 0  4  F5 'S' 'P' 'R'
//	 4  4  checksum of the bytes from 16 to the end of the organization
//	 8  8  the mark: all zeros while the payload waits, all ones when it does not
//	       any more. The majority of the 64 bits counts
//	16  8  the payload's number: not 0, and below 1<<63
//	24  8  when it was put, in Unix milliseconds
//	32  4  how many spans are in it
//	36  4  the payload's length
//	40  4  the payload's checksum
//	44  2  the session id's length, up to 1024
//	46  2  the organization's length, up to 1024
//	48     the session id, the organization, the payload
//
// Nothing but marks changes later. F5 occurs in no UTF-8 text, so what looks like
// the start of a record is none that a payload only spells: behind damage, the
// next one is where reading goes on. A number that occurs twice is a payload
// that was being moved when the process ended; the later segment's counts. A
// segment of a version that is not known is not touched, and the spool not
// opened.
package spool
