// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Command spectbench measures what Spect costs a program, beside what
// OpenTelemetry's own exporter costs it in the same run. It is the project's
// benchmark: `make bench-quick` at the root runs it with -quick.
//
// # What is measured
//
// Sessions of ten OpenTelemetry spans: a root, which holds the result, and nine
// model calls, each with a transcript of 0.5, 4 or 20 kB. They are made in two
// ways that give the same spans: with package tracer, which encodes the
// messages itself, and by hand, with the transcript as an attribute that was
// made before. The texts are those of package corpus.
//
// CPU is the user and system time of this process, by getrusage, or of one of
// its threads; so it needs a Unix, and for the latter Linux. The server that
// takes and counts the spans is another process. All paths take turns,
// round by round, so that a noisy minute hits all of them; ratios are medians of
// the ratios within one round. From the CPU from a span's start to its post,
// that of the same spans with a processor that does nothing is subtracted,
// which leaves what it costs from its end to the post.
//
// A path takes spans in bursts of 1,000 sessions, or of as many as have 40 MB of
// messages, and each burst is flushed, so that no path's queue overflows; the
// server has to have received every span of a round, or the run fails. With short
// bursts (-burst 51 is about one batch of OTLP's 512 spans) every other moment is
// the end of one, in which a post at a time is waited for: that costs Spect, with
// its post a session, more than it costs OTLP.
//
// # What is printed
//
// Tables, and at the end one line `ratio NAME VALUE` for each figure. SIZE is
// 0.5k, 4k and 20k, and end to end also history, sessions in which each call says
// again what those before it said, and 0.5 kB more:
//
//	cpu_vs_otlp_SIZE             CPU per span from its end to the post, made with
//	                             tracer, ÷ the same spans through otlptracehttp,
//	                             uncompressed, 512 a batch; code-heavy corpus
//	start_to_posted_vs_otlp_SIZE CPU from start to post, tracer's own encoding
//	                             too, ÷ that of the same text set as one attribute
//	                             and sent by otlptracehttp; nothing subtracted
//	raw_cpu_vs_otlp_SIZE         as cpu_vs_otlp, of messages set by hand, which are
//	                             validated; prose corpus
//	raw_no_ids_cpu_vs_otlp_SIZE  the same, of messages without ids, which get some
//	gzip_cpu_vs_otlp_gzip_SIZE   as cpu_vs_otlp, both compressed with gzip
//	otlp_gzip_vs_otlp_SIZE       what compression costs OTLP
//	throughput_vs_otlp_SIZE      spans per second of wall time, from the start of spans
//	                             that are made by hand to their receipt, ÷ OTLP's
//	hot_vs_bsp_discard           CPU of the application's thread from start to end
//	                             of a span of ours made with tracer, our processor ÷
//	                             BatchSpanProcessor with an exporter that discards
//	hot_by_hand_vs_bsp_discard   the same, of a span made by hand
//	foreign_span_vs_noop         CPU of the application's thread for a span of
//	                             others with ten attributes, our processor ÷ one
//	                             that does nothing
//	foreign_span_in_session_vs_noop  the same, inside a session
//	foreign_span_allocations_added   in allocations
//	end_p999_vs_bsp_discard_WHAT how long the end of a span takes at the 99.9th
//	                             percentile, before a collector that WHAT, ÷ the
//	                             same before BatchSpanProcessor with an exporter
//	                             that discards
//	held_bytes_beyond_captured   heap that an ended span in an open session takes,
//	                             less its ids, times, name and Spect attributes, at
//	                             0.5 kB; held_bytes_beyond_captured_4k at 4 kB
//
//	cpu_many_open_vs_few         CPU per span from start to payload while 100,000
//	                             sessions of ten spans are open ÷ while 100 are
//	gc_cpu_held_vs_retained      CPU of a garbage collection while so many ended spans
//	                             are held in open sessions ÷ while a program retains
//	                             them as they are; what it costs without taken off
//	                             both. 100,000 spans with -quick, else 1,000,000
//	validated_copy_share_SIZE    CPU to validate the messages of a session and to copy
//	                             them once ÷ that of its conversion and encoding,
//	                             from spans made by hand: 1 is the limit
//	spool_puts_vs_write_sync     payloads of 10 kB that the spool keeps a second, put
//	                             by four at once and synced, ÷ those that a loop
//	                             writes and syncs one by one; _one by one, _64 by 64
//
// A ratio measured with the other corpus has the corpus's name behind it.
package main
