// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A test has its own binary run once more, as a process that can be killed: the
// role that childEnv names, in the directory that childDirEnv names.
const (
	childEnv    = "SPECT_TEST_CHILD"
	childDirEnv = "SPECT_TEST_CHILD_DIR"
	childArgEnv = "SPECT_TEST_CHILD_ARG"
)

func startChild(t *testing.T, role, dir, arg string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), exe)
	cmd.Env = append(os.Environ(), childEnv+"="+role, childDirEnv+"="+dir, childArgEnv+"="+arg)
	cmd.Stderr = os.Stderr
	return cmd
}

func child(role string) int {
	dir, arg := os.Getenv(childDirEnv), os.Getenv(childArgEnv)
	var err error
	switch role {
	case "put":
		err = putForever(dir, arg)
	default:
		err = confined(role, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		return 1
	}
	return 0
}

// numbered is a payload that tells whether it is as it was put.
func numbered(serial int) Entry {
	fill := strings.Repeat(strconv.Itoa(serial%10), serial%5000*7919%5000)
	return Entry{
		SessionID: fmt.Sprintf("session-%d", serial), Spans: serial % 1000,
		Payload: fmt.Appendf(nil, `{"serial":%d,"fill":%q}`, serial, fill),
	}
}

func serialOf(e Entry) (int, error) {
	var in struct{ Serial int }
	if err := json.Unmarshal(e.Payload, &in); err != nil {
		return 0, err
	}
	if want := numbered(in.Serial); !bytes.Equal(want.Payload, e.Payload) || want.SessionID != e.SessionID || want.Spans != e.Spans {
		return 0, fmt.Errorf("payload %d is not what was put", in.Serial)
	}
	return in.Serial, nil
}

// putForever puts payloads numbered from first on and acknowledges most of them,
// and says each of its steps.
func putForever(dir, first string) error {
	base, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	say := func(what string, serial int) { fmt.Printf("%s %d\n", what, serial) }
	s, err := Open(dir, Options{MaxBytes: 256 << 20, segmentBytes: 64 << 10, OnDrop: func(d Drop) { panic(d) }})
	if err != nil {
		return err
	}
	say("opened", s.Stats().Recovered)
	ack := func(serial int, id ID) {
		say("acking", serial)
		if err := s.Ack(context.Background(), id); err != nil {
			panic(err)
		}
		say("acked", serial)
	}
	for e, err := range s.All() {
		if err != nil {
			return err
		}
		serial, err := serialOf(e)
		if err != nil {
			return err
		}
		if rand.IntN(4) > 0 {
			ack(serial, e.ID)
		}
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for serial := base + i; ; serial += 4 {
				id, err := s.Put(context.Background(), numbered(serial))
				if err != nil {
					panic(err)
				}
				say("put", serial)
				if rand.IntN(10) > 0 {
					ack(serial, id)
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// TestKill kills a process that puts and acknowledges at 100 random moments, and
// lets the next go on where it was. What was put is there, what was
// acknowledged is not.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	ids := map[int]ID{}
	waits := map[int]bool{} // false: it may
	acked := map[int]bool{}
	puts, between := 0, 0
	for round := range 100 {
		cmd := startChild(t, "put", dir, strconv.Itoa(round*1_000_000))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := func() { _ = cmd.Process.Kill() }
		if round%10 == 0 {
			time.AfterFunc(rand.N(30*time.Millisecond), kill) // perhaps while it opens
		}
		until := rand.IntN(40) // steps; and then some more time
		lines := bufio.NewScanner(out)
		for said := 0; lines.Scan(); said++ {
			if said == until {
				time.AfterFunc(rand.N(5*time.Millisecond), kill)
			}
			what, number, _ := strings.Cut(lines.Text(), " ")
			serial, err := strconv.Atoi(number)
			if err != nil {
				t.Fatalf("the child said %q", lines.Text())
			}
			switch what {
			case "opened":
			case "put":
				puts++
				if _, begun := waits[serial]; !begun {
					waits[serial] = true
				}
			case "acking":
				waits[serial] = false
			case "acked":
				acked[serial] = true
			default:
				t.Fatalf("the child said %q", lines.Text())
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() >= 0 {
			t.Fatalf("round %d: the child was not killed: %v", round, err)
		}

		v, err := Read(dir)
		if err != nil {
			if round == 0 {
				continue // it was too early
			}
			t.Fatal(err)
		}
		found := map[int]bool{}
		for e, err := range v.All() {
			if err != nil {
				t.Fatal(err)
			}
			serial, err := serialOf(e)
			if err != nil {
				t.Fatal(err)
			}
			if id := ids[serial]; id != 0 && id != e.ID {
				t.Errorf("round %d: %d has the number %d, had %d", round, serial, e.ID, id)
			}
			if found[serial] || acked[serial] {
				t.Errorf("round %d: %d is there twice (%t), or again", round, serial, found[serial])
			}
			ids[serial], found[serial] = e.ID, true
			if _, known := waits[serial]; !known {
				between++ // killed before it could say so
			}
			waits[serial] = true
		}
		for serial, must := range waits {
			switch {
			case must && !found[serial]:
				t.Errorf("round %d: %d is lost", round, serial)
			case !found[serial]:
				delete(waits, serial)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d puts and %d acks, and %d payloads whose put or ack was not heard of", puts, len(acked), between)
	if puts < 500 || len(acked) < 400 {
		t.Error("too little was done to tell")
	}
	names, err := osDirectory(dir).list()
	if err != nil || len(names) > 200 {
		t.Errorf("%d files, %v", len(names), err)
	}
	slices.Sort(names)
	t.Log(len(names), "files")
}
