// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package reliability

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// A test has its own binary run once more, as a process that can be killed: the
// role that childEnv names, with the task in childTaskEnv.
const (
	childEnv     = "SPECT_TEST_CHILD"
	childTaskEnv = "SPECT_TEST_CHILD_TASK"
)

// task is what a process is to do.
type task struct {
	// URL is the collector; Unknown says that its host has no address.
	URL     string
	Unknown bool
	// Dir is the spool; empty for none.
	Dir  string
	Door string
	Fill int
	// Name is what sessions' names begin with.
	Name string
	// Timeout is that of a request, Wait how long the process flushes.
	Timeout, Wait time.Duration
}

// exporter makes the exporter that a process has.
func (k task) exporter(opts ...exporter.Option) (*exporter.Exporter, error) {
	opts = append([]exporter.Option{
		exporter.WithOrganizationID(exportertest.OrganizationID), exporter.WithAPIKey(exportertest.APIKey), exporter.WithCollectorURL(k.URL),
		exporter.WithSpool(exporter.Spool{Dir: k.Dir}), exporter.WithErrorHandler(nil),
		exporter.WithTimeout(k.Timeout), exporter.WithRetryTimeout(retryTimeout * time.Second),
	}, opts...)
	if k.Unknown {
		opts = append(opts, exporter.WithTransport(unknownHost{}))
	}
	return exporter.New(opts...)
}

type unknownHost struct{}

// RoundTrip implements [http.RoundTripper].
func (unknownHost) RoundTrip(r *http.Request) (*http.Response, error) {
	_ = r.Body.Close()
	return nil, noAddress(r)
}

// account is what a process says of itself before it is killed.
type account struct {
	IDs     []string
	Stats   exporter.Stats
	Dropped map[string]exporter.DropReason
}

func child(role string) int {
	var k task
	err := json.Unmarshal([]byte(os.Getenv(childTaskEnv)), &k)
	if err == nil {
		switch role {
		case "flush":
			err = flushAndWait(k)
		default:
			err = traceForever(k)
		}
	}
	fmt.Fprintln(os.Stderr, role+":", err)
	return 1
}

// flushAndWait traces, flushes, says what came of it, and waits to be killed.
func flushAndWait(k task) error {
	told := newDrops()
	exp, err := k.exporter(exporter.WithOnDrop(told.add))
	if err != nil {
		return err
	}
	h := newHost(exp, k.Door)
	a := account{IDs: h.trace(context.Background(), sessions, k.Fill)}
	ctx, cancel := context.WithTimeout(context.Background(), k.Wait)
	defer cancel()
	_ = h.flush(ctx)
	told.mu.Lock()
	defer told.mu.Unlock()
	a.Stats, a.Dropped = exp.Stats(), told.whys
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		return err
	}
	time.Sleep(time.Hour)
	return nil
}

// process starts a process.
func process(t testing.TB, role string, k task) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Env = append(os.Environ(), childEnv+"="+role, childTaskEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// end kills a process.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// kill goes through a cell whose program is killed: once, as that is in real time,
// and then with what it left through a fault that is over by the next start, and
// through one that is not.
func (c cell) kill(t *testing.T) (over, still outcome) {
	t.Helper()
	const unit = 50 * time.Millisecond
	col := exportertest.NewCollector(t)
	defer col.Close()
	k := task{URL: col.URL(), Unknown: c.unknown, Door: c.door, Fill: c.fill}
	if c.spool {
		k.Dir = t.TempDir()
	}
	// However busy the machine is, nothing but what is to end for want of time does.
	k.Timeout, k.Wait = time.Minute, time.Minute
	if c.late {
		k.Timeout = patience * unit
	}
	switch {
	case c.spool:
	case c.kind == passing:
		k.Wait = 2 * patience * unit // it would go on for long
	case c.kind == unheard:
		k.Wait = 10 * patience * unit // the first attempt is to arrive
	}
	net := newNetwork(col, unit)
	net.begin(t, c.fault)
	cmd, out := process(t, "flush", k)
	said := out.Scan()
	end(cmd)
	net.stay()
	<-net.gone
	col.Close()
	var a account
	if err := json.Unmarshal(out.Bytes(), &a); !said || err != nil {
		t.Errorf("%v: the process said %q: %v", c, out.Text(), err)
		return
	}
	balanced(t, a.Stats)
	if a.Stats.Received != sessions*spans {
		t.Errorf("%v: %+v", c, a.Stats)
	}
	next := func(f *fault) (out outcome) {
		out.fates = map[fate]bool{}
		told := newDrops()
		maps.Copy(told.whys, a.Dropped)
		if !c.spool {
			out.settle(t, a.IDs, told, col.Sessions(), nil)
			return out
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(k.Dir)); err != nil {
			t.Error(err)
		}
		synctest.Test(t, func(t *testing.T) {
			out.settle(t, a.IDs, told, col.Sessions(), restart(t, dir, a.Stats.Spooled, f, told))
		})
		return out
	}
	return next(nil), next(c.fault)
}

// traceForever traces on several goroutines, and says which sessions are safe:
// Flush returns when they are on disk, and were tried.
func traceForever(k task) error {
	exp, err := k.exporter()
	if err != nil {
		return err
	}
	h := newHost(exp, k.Door)
	tr := tracer.New(h.tp)
	var all sync.WaitGroup
	for g := range 3 {
		all.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s/%d/%d", k.Name, g, i)
				_, s := tr.StartSession(context.Background(), name, tracer.Model("m"))
				s.End()
				_ = h.flush(context.Background())
				fmt.Println(name)
			}
		})
	}
	all.Wait()
	return nil
}

// TestKill kills programs at random moments, one after the other with the same
// spool, before a collector that fails every other time. What a program knew to be
// safe is delivered: by it, by one of the next, or at last.
func TestKill(t *testing.T) {
	rounds := setting(t, "SPECT_TEST_KILLS", 10)
	var (
		random = rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		dir    = t.TempDir()
		col    = exportertest.NewCollector(t)
		odds   = []exportertest.Response{
			exportertest.Accept(), exportertest.Accept(), exportertest.Accept(), exportertest.Status(503), exportertest.Reset(),
			exportertest.Unheard(), exportertest.Truncated(), exportertest.Delay(5 * time.Millisecond),
		}
		safe []string
	)
	for round := range rounds {
		var script []exportertest.Response
		for range 500 {
			script = append(script, odds[random.IntN(len(odds))])
		}
		col.Respond(script...)
		cmd, out := process(t, "trace", task{
			URL: col.URL(), Dir: dir, Door: doors[round%len(doors)], Name: fmt.Sprint(round), Timeout: time.Second,
		})
		kill := func() { _ = cmd.Process.Kill() }
		if round%10 == 9 {
			time.AfterFunc(rand.N(50*time.Millisecond), kill) // perhaps while it starts
		}
		until := 1 + random.IntN(40)
		for heard := 0; out.Scan(); {
			safe = append(safe, out.Text())
			if heard++; heard == until {
				time.AfterFunc(rand.N(10*time.Millisecond), kill)
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() >= 0 {
			t.Fatalf("round %d: the process was not killed: %v", round, err)
		}
	}
	exp, err := exporter.New(col.Options(exporter.WithSpool(exporter.Spool{Dir: dir}), exporter.WithErrorHandler(nil))...)
	if err != nil {
		t.Fatal(err)
	}
	found := exp.Stats().Recovered
	for tries := 0; exp.Stats().Spooled > 0 && tries < 1000; tries++ { // the script may go on
		_ = exp.Flush(t.Context())
	}
	if err := exp.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}

	ids, twice := map[string]string{}, 0
	for _, p := range col.Sessions() {
		if ids[p.Name] != "" {
			twice++
			if ids[p.Name] != p.ID {
				t.Errorf("%s has the ids %s and %s", p.Name, ids[p.Name], p.ID)
			}
		}
		ids[p.Name] = p.ID
	}
	gone := 0
	for _, name := range safe {
		if ids[name] == "" {
			t.Errorf("%s is lost", name)
			gone++
		}
	}
	t.Logf("%d kills: %d sessions were safe, %d of them lost; %d arrived, %d again; the last start found %d spans", rounds, len(safe), gone, len(ids), twice, found)
	if len(safe) < 10*rounds {
		t.Error("too little was done to tell")
	}
}

// setting is a number that the environment may make larger, for a longer run.
func setting(t testing.TB, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 {
		t.Fatalf("%s is %q: set it to a number, or unset it", name, v)
	}
	return n
}
