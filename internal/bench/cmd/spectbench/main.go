// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/bench/corpus"
	"github.com/spect-tools/spect-go/internal/bench/discard"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == serveArgument {
		exit(discard.Serve(os.Stdin, os.Stdout, longest))
	}
	var o options
	if err := o.parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		exit(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, longest)
	defer cancel()
	exit(run(ctx, &o, os.Stdout))
}

const (
	// serveArgument makes a process of this program the server.
	serveArgument = "serve"
	// longest bounds a run, and the server's life.
	longest = time.Hour
)

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "spectbench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options say what to measure and how long.
type options struct {
	quick                      bool
	rounds, turns, burst, held int
	open, collect              int
	time                       time.Duration
	corpora, sizes, parts      []string
	only                       *regexp.Regexp
	cpuProfile, memProfile     string
	exporter                   []exporter.Option
}

// The parts of a run.
const (
	partEndToEnd = "endtoend"
	partCaller   = "caller"
	partTail     = "tail"
	partHeld     = "held"
	partOpen     = "open"
	partGC       = "gc"
	partEncoding = "encoding"
	partSpool    = "spool"
)

func (o *options) parse(args []string) (err error) {
	flags := flag.NewFlagSet("spectbench", flag.ContinueOnError)
	flags.BoolVar(&o.quick, "quick", false, "a run of about four minutes: less of everything, and of the prose corpus 4k only")
	flags.IntVar(&o.rounds, "rounds", 0, "rounds of each measurement (default 7, or 15 without -quick)")
	flags.DurationVar(&o.time, "time", 0, "wall time of one measurement (default 250ms, or 700ms)")
	flags.IntVar(&o.turns, "turns", 0, "turns of the measurements on the application's thread (default 150, or 1000)")
	flags.IntVar(&o.held, "held", 0, "open sessions (default 2000, or 10000)")
	flags.IntVar(&o.open, "open", 100_000, "open sessions for the part open")
	flags.IntVar(&o.collect, "collect", 0, "ended spans for the part gc (default 100000, or 1000000)")
	flags.IntVar(&o.burst, "burst", 0, "sessions made between two flushes (default 1000, or as many as have 40 MB of messages)")
	corpora := flags.String("corpus", strings.Join(corpus.Names, ","), "corpora")
	of := flags.String("size", "0.5k,4k,20k,"+history, "sizes of the messages of a span")
	parts := flags.String("part", strings.Join([]string{partEndToEnd, partCaller, partTail, partHeld, partOpen, partGC, partEncoding, partSpool}, ","), "what to measure")
	only := flags.String("path", "", "of the paths end to end only those whose name matches this regular expression")
	grace := flags.Duration("grace", -1, "the exporter's grace (default its own)")
	workers := flags.Int("workers", 0, "the exporter's workers (default its own)")
	flags.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile of the rounds, from the first measurement on, to this file")
	flags.StringVar(&o.memProfile, "memprofile", "", "write a profile of the allocations to this file, which takes time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	usual := struct {
		rounds, turns, held, collect int
		time                         time.Duration
	}{15, 1000, 10_000, 1_000_000, 700 * time.Millisecond}
	if o.quick {
		usual.rounds, usual.turns, usual.held, usual.collect, usual.time = 7, 150, 2000, 100_000, 250*time.Millisecond
	}
	for _, n := range []struct {
		to    *int
		usual int
	}{{&o.rounds, usual.rounds}, {&o.turns, usual.turns}, {&o.held, usual.held}, {&o.collect, usual.collect}} {
		if *n.to <= 0 {
			*n.to = n.usual
		}
	}
	if o.time <= 0 {
		o.time = usual.time
	}
	if *grace >= 0 {
		o.exporter = append(o.exporter, exporter.WithGrace(*grace))
	}
	if *workers > 0 {
		o.exporter = append(o.exporter, exporter.WithWorkers(*workers))
	}
	o.corpora, o.sizes, o.parts = strings.Split(*corpora, ","), strings.Split(*of, ","), strings.Split(*parts, ",")
	o.only, err = regexp.Compile(*only)
	return err
}

// bench is one run.
type bench struct {
	ctx     context.Context
	options *options
	out     io.Writer
	server  *discard.Process

	ratios      []string
	stopProfile func()

	mu     sync.Mutex
	errors []error
}

func run(ctx context.Context, o *options, out io.Writer) (err error) {
	for _, v := range os.Environ() { // nothing of what surrounds a run is to change it
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "SPECT_") {
			_ = os.Unsetenv(name)
		}
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	server, err := discard.Start(ctx, program, serveArgument)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	b := &bench{ctx: ctx, options: o, out: out, server: server, stopProfile: func() {}}
	if o.memProfile != "" {
		runtime.MemProfileRate = 1 << 12
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(b.failed))
	if err := b.all(); err != nil {
		b.failed(err)
	}
	b.stopProfile()
	b.writeMemProfile()
	b.printf("\n")
	for _, line := range b.ratios {
		b.printf("%s\n", line)
	}
	return errors.Join(b.errors...)
}

func (b *bench) all() error {
	b.printf("%s %s/%s, GOMAXPROCS %d\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	var corpora []*corpus.Corpus
	for _, name := range b.options.corpora {
		c, err := corpus.New(name)
		if err != nil {
			return err
		}
		b.printf("%s corpus: JSON escapes %.1f bytes of 1000\n", name, c.EscapesPerKB())
		corpora = append(corpora, c)
	}
	for _, part := range b.options.parts {
		var err error
		switch part {
		case partEndToEnd:
			if err = b.eachSize(corpora, b.endToEnd); err == nil && slices.Contains(b.options.sizes, history) {
				err = b.endToEnd(corpora[0], history, sizes[0].bytes)
			}
		case partCaller:
			err = b.caller()
		case partTail:
			err = b.tail(corpora[0])
		case partHeld:
			err = b.eachSize(corpora[:1], b.held)
		case partOpen:
			err = b.crowd(corpora[0])
		case partGC:
			err = b.collection(corpora[0])
		case partEncoding:
			err = b.eachSize(corpora, b.encoding)
		case partSpool:
			err = b.keeping(corpora[0])
		default:
			err = fmt.Errorf("no part %q", part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) eachSize(corpora []*corpus.Corpus, measure func(c *corpus.Corpus, size string, bytes int) error) error {
	for _, c := range corpora {
		for _, size := range sizes {
			if !slices.Contains(b.options.sizes, size.name) || b.options.quick && c.Name() == "prose" && size.name != "4k" {
				continue
			}
			if err := measure(c, size.name, size.bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) printf(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format, args...) }

// ratio notes a figure, to be printed at the end.
func (b *bench) ratio(name string, value float64) {
	b.ratios = append(b.ratios, fmt.Sprintf("ratio %s %.3f", name, value))
}

// failed notes an error: the run goes on, and fails at its end.
func (b *bench) failed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, err)
	b.printf("error: %v\n", err)
}

// profile begins the CPU profile that was asked for.
func (b *bench) profile() {
	if b.options.cpuProfile == "" {
		return
	}
	file, err := os.Create(b.options.cpuProfile)
	b.options.cpuProfile = ""
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		b.failed(err)
		return
	}
	b.stopProfile = func() {
		pprof.StopCPUProfile()
		_ = file.Close()
	}
}

// writeMemProfile writes the profile of allocations that was asked for.
func (b *bench) writeMemProfile() {
	if b.options.memProfile == "" {
		return
	}
	file, err := os.Create(b.options.memProfile)
	if err == nil {
		err = errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
	}
	if err != nil {
		b.failed(err)
	}
}
