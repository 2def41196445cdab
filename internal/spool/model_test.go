// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestModel has a spool and an obvious model go through thousands of random
// schedules: puts, acks, full disks, kills, power failures, flipped bits. After
// each restart the spool holds what the model says it must, and nothing that it
// says it must not.
func TestModel(t *testing.T) {
	schedules := 2000
	if testing.Short() {
		schedules = 500
	}
	var sum tally
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(schedules) {
			if !modelSchedule(t, seed, &sum) {
				t.Fatalf("seed %d", seed)
			}
		}
	})
	t.Logf("%+v", sum)
	if !testing.Short() && (sum.Kills < 1000 || sum.Powers < 1000 || sum.Flips < 1000 || sum.Full < 1000 || sum.Age < 100 ||
		sum.Moved < 100 || sum.Failed < 1000 || sum.Resurrected == 0 || sum.Lost == 0) {
		t.Error("the schedules do not do enough of everything")
	}
}

// tally is what all schedules did together.
type tally struct {
	Puts, Acks, Failed, Full, Age, Moved, Kills, Powers, Flips, Restarts, Lost, Resurrected int
}

// state is what the model knows of a payload.
type state int

const (
	absent  state = iota // must not be there
	present              // must be there
	unsure               // nobody was told
)

type modelled struct {
	id      ID // 0: not known
	entry   Entry
	state   state
	synced  bool // what put it there, or took it away, survives a power failure
	putTime time.Time
}

type model struct {
	t       *testing.T
	rand    *rand.Rand
	disk    *disk
	opts    Options
	spool   *Spool
	records []*modelled // by the serial number in the payload
	sum     *tally
	log     []string
	ok      bool
	uncut   bool // what a failed put wrote could not be taken back

	opening       bool
	droppedAtOpen int
}

func modelSchedule(t *testing.T, seed uint64, sum *tally) bool {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &model{t: t, rand: r, disk: newDisk(rand.New(rand.NewPCG(seed, 2))), sum: sum, ok: true}
	m.opts = Options{NoSync: r.IntN(4) == 0, segmentBytes: 1 << (9 + r.IntN(4)), OnDrop: m.dropped}
	if r.IntN(4) > 0 {
		m.opts.MaxBytes = int64(2000 + r.IntN(20_000))
		m.opts.segmentBytes = m.opts.MaxBytes / (4 << r.IntN(4))
	}
	if r.IntN(3) == 0 {
		m.opts.MaxAge = time.Duration(1+r.IntN(100)) * time.Second
	}
	m.open(0)
	for range 20 + r.IntN(100) {
		m.step()
		if !m.ok {
			break
		}
	}
	if m.ok {
		m.crash(false)
	}
	if err := m.spool.Close(context.Background()); err != nil {
		m.fail("close: %v", err)
	}
	if !m.ok {
		for _, line := range m.log {
			t.Log(line)
		}
	}
	return m.ok
}

func (m *model) fail(format string, args ...any) {
	m.t.Errorf(format, args...)
	m.ok = false
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) step() {
	switch n := m.rand.IntN(100); {
	case n < 45:
		m.put()
	case n < 75:
		m.ack()
	case n < 80:
		m.check()
	case n < 85:
		m.restart()
	case n < 91:
		m.crash(m.rand.IntN(2) == 0)
	case n < 94:
		m.disk.mu.Lock()
		m.disk.crashIn = 1 + m.rand.IntN(12)
		m.disk.mu.Unlock()
	case n < 97:
		m.faulty()
	default:
		time.Sleep(time.Duration(m.rand.IntN(20)) * time.Second)
	}
	synctest.Wait() // the spool still has to tidy up
	if n := m.disk.bytes(); m.opts.MaxBytes > 0 && n > m.opts.MaxBytes && m.disk.faults == 0 && !m.isDead() {
		m.fail("%d bytes are in files", n)
	}
}

func (m *model) isDead() bool {
	m.disk.mu.Lock()
	defer m.disk.mu.Unlock()
	return m.disk.dead
}

// faulty has the next operations fail: all, or those of one kind.
func (m *model) faulty() {
	left := 1 + m.rand.IntN(4)
	ops := [...]string{"", "write", "overwrite", "sync", "create", "syncdir", "remove", "truncate"}
	only := ops[m.rand.IntN(len(ops))]
	m.disk.mu.Lock()
	defer m.disk.mu.Unlock()
	m.disk.fault = func(op string) error {
		if left == 0 || only != "" && only != op {
			return nil
		}
		left--
		m.uncut = m.uncut || op == "truncate"
		return errFull
	}
}

func (m *model) put() {
	size := m.rand.IntN(400)
	switch m.rand.IntN(8) {
	case 0:
		size = m.rand.IntN(8000)
	case 1:
		size = 0
	}
	serial := len(m.records)
	text := strings.Repeat(string(rune('a'+m.rand.IntN(26))), size)
	e := Entry{
		SessionID:    fmt.Sprintf("session-%d", serial),
		Organization: fmt.Sprintf("org-%d", m.rand.IntN(3)),
		Spans:        m.rand.IntN(100),
		Payload:      fmt.Appendf(nil, `{"serial":%d,"text":%q}`, serial, text),
	}
	rec := &modelled{entry: e, state: unsure, putTime: time.Now()}
	m.records = append(m.records, rec)
	faults := m.disk.faults
	m.uncut = false
	id, err := m.spool.Put(context.Background(), e)
	m.note("put %d (%d bytes): %d, %v", serial, len(e.Payload), id, err)
	switch {
	case errors.Is(err, ErrTooLarge) && m.opts.MaxBytes > 0 && int64(len(e.Payload))+1000 > m.opts.MaxBytes-m.opts.segmentBytes:
		rec.state = absent
	case m.isDead():
		rec.id = id // whatever was said, nobody heard it
	case err == nil:
		m.sum.Puts++
		rec.id, rec.synced = id, !m.opts.NoSync
		if rec.state != absent { // it may have been dropped at once
			rec.state = present
		}
	case m.disk.faults == faults:
		m.fail("put: %v", err)
	default:
		m.sum.Failed++
		if !errors.Is(err, errFull) || id != 0 {
			m.fail("put: %d, %v", id, err)
		}
		if !m.uncut {
			rec.state = absent
		}
	}
}

func (m *model) ack() {
	var live []int
	for i, r := range m.records {
		if r.state == present {
			live = append(live, i)
		}
	}
	if len(live) == 0 {
		return
	}
	serial := live[m.rand.IntN(len(live))]
	if m.rand.IntN(2) == 0 {
		serial = live[0]
	}
	rec := m.records[serial]
	err := m.spool.Ack(context.Background(), rec.id)
	m.note("ack %d: %v", serial, err)
	if m.isDead() {
		rec.state = unsure
		return
	}
	rec.state, rec.synced = absent, false
	if err != nil {
		if m.disk.faults == 0 {
			m.fail("ack: %v", err)
		}
		rec.state = unsure
	}
	m.sum.Acks++
}

func (m *model) dropped(d Drop) {
	var of *modelled
	for i, r := range m.records {
		if r.id == d.ID || d.SessionID == r.entry.SessionID {
			m.note("dropped %d: %s", i, d.Reason)
			of = r
		}
	}
	if m.opening {
		m.droppedAtOpen++
	}
	if of == nil {
		m.fail("dropped what was not put: %+v", d)
		return
	}
	if of.state == absent || d.Spans != of.entry.Spans || d.SessionID != of.entry.SessionID {
		m.fail("%+v of %+v", d, of)
	}
	switch d.Reason {
	case DropFull:
		m.sum.Full++
		for _, r := range m.records {
			if r.state == present && r.id < d.ID && !m.opening {
				m.fail("dropped %d with %d there", d.ID, r.id)
			}
		}
	case DropAge:
		m.sum.Age++
		if age := time.Since(of.putTime); age < m.opts.MaxAge {
			m.fail("dropped at %s", age)
		}
	default:
		m.fail("%+v", d)
	}
	of.id, of.state, of.synced = d.ID, absent, false
	if m.disk.dead || m.disk.faults > 0 {
		of.state = unsure
	}
}

// check compares the spool with what must be in it now.
func (m *model) check() {
	if m.isDead() || m.disk.faults > 0 {
		return
	}
	var want, got []ID
	spans := 0
	for _, r := range m.records {
		if r.state == present {
			want = append(want, r.id)
			spans += r.entry.Spans
		}
	}
	for e, err := range m.spool.All() {
		if err != nil {
			m.fail("%d: %v", e.ID, err)
		}
		got = append(got, e.ID)
	}
	if !slices.Equal(got, want) {
		m.fail("has\n%v, want\n%v", got, want)
	}
	stats := m.spool.Stats()
	if stats.Payloads != len(want) || stats.Spans != spans || stats.Bytes != m.disk.bytes() {
		m.fail("%+v, but %d payloads, %d spans, %d bytes", stats, len(want), spans, m.disk.bytes())
	}
	for _, e := range m.spool.index.entries {
		if e.seg == nil {
			continue
		}
		if number, _ := segmentNumber(e.seg.name); number > e.id+1 {
			m.sum.Moved++
		}
	}
	live := int64(0)
	for _, seg := range m.spool.segments {
		live += seg.liveBytes
	}
	if m.opts.MaxBytes > 0 && stats.Bytes > 2*live+3*m.opts.segmentBytes {
		m.fail("%d bytes for %d", stats.Bytes, live)
	}
}

func (m *model) restart() {
	if err := m.spool.Close(context.Background()); err != nil {
		m.fail("close: %v", err)
	}
	m.note("restart")
	m.sum.Restarts++
	if !m.isDead() {
		m.disk.mu.Lock()
		m.disk.fault = nil
		m.disk.mu.Unlock()
	}
	m.disk = m.disk.restart(false)
	m.open(0)
}

// crash restarts after the process died, or the machine.
func (m *model) crash(power bool) {
	m.disk.mu.Lock()
	m.disk.dead = true
	next := m.disk
	m.disk.mu.Unlock()
	_ = m.spool.Close(context.Background())
	if power {
		m.sum.Powers++
		for _, r := range m.records {
			if !r.synced {
				if r.state == present && !m.opts.NoSync {
					m.fail("the model is wrong")
				}
				r.state = unsure
			}
		}
	} else {
		m.sum.Kills++
	}
	m.note("crash, of the machine: %t", power)
	m.disk = next.restart(power)
	flips := 0
	if m.rand.IntN(3) == 0 {
		for range 1 + m.rand.IntN(3) {
			if m.disk.flip() {
				flips++
			}
		}
		m.sum.Flips += flips
		m.note("%d bits flipped", flips)
	}
	m.open(flips)
}

// open opens the spool and settles what the model was unsure of. Each flipped
// bit may have cost one payload.
func (m *model) open(flips int) {
	for _, r := range m.records {
		r.synced = r.synced && r.state == present
	}
	var err error
	v, err := view(m.disk)
	if err != nil && len(m.records) > 0 && len(m.disk.files) > 0 {
		m.fail("view: %v", err)
	}
	// A view shows the same as an open spool, less what is too old.
	viewed := map[ID][]byte{}
	if err == nil {
		for e, err := range v.All() {
			if err != nil {
				m.fail("view: %v", err)
			}
			viewed[e.ID] = e.Payload
		}
	}
	m.opening, m.droppedAtOpen = true, 0
	m.spool, err = open(m.disk, m.opts)
	m.opening = false
	if err != nil {
		m.fail("open: %v", err)
		m.spool, _ = open(newDisk(m.disk.rand), Options{})
		return
	}
	stats := m.spool.Stats()
	if stats.Recovered != len(viewed) || v != nil && stats.Damaged != v.Damaged {
		m.fail("recovered %d, damaged %d; a view has %d", stats.Recovered, stats.Damaged, len(viewed))
	}
	found := map[int]bool{}
	last := ID(0)
	for e, err := range m.spool.All() {
		var in struct{ Serial int }
		if err != nil {
			m.fail("%d: %v", e.ID, err)
			continue
		}
		if err := json.Unmarshal(e.Payload, &in); err != nil || in.Serial >= len(m.records) {
			m.fail("%q: %v", e.Payload, err)
			continue
		}
		if e.ID <= last || found[in.Serial] {
			m.fail("%d after %d", e.ID, last)
		}
		last, found[in.Serial] = e.ID, true
		r := m.records[in.Serial]
		if r.state == absent {
			m.fail("%d is back", in.Serial)
		}
		if r.id != 0 && r.id != e.ID {
			m.fail("%d has the number %d, had %d", in.Serial, e.ID, r.id)
		}
		want := r.entry
		want.ID, want.Time = e.ID, time.UnixMilli(r.putTime.UnixMilli())
		if !bytes.Equal(e.Payload, want.Payload) || e.SessionID != want.SessionID || e.Organization != want.Organization ||
			e.Spans != want.Spans || !e.Time.Equal(want.Time) || !bytes.Equal(viewed[e.ID], e.Payload) {
			m.fail("%+v, want %+v", e, want)
		}
		if r.state == unsure && r.id != 0 {
			m.sum.Resurrected++
		}
		r.id, r.state = e.ID, present
		r.synced = true
	}
	lost := 0
	for i, r := range m.records {
		if r.state == present && !found[i] {
			m.note("lost %d", i)
			lost++
		}
		if !found[i] {
			// What was dropped just now may come back.
			_, was := viewed[r.id]
			r.state, r.synced = absent, !was
		}
	}
	m.sum.Lost += lost
	if lost > flips || lost > 0 && stats.Damaged == 0 {
		m.fail("%d payloads lost to %d flipped bits; %d damaged", lost, flips, stats.Damaged)
	}
	if len(viewed) != len(found)+m.droppedAtOpen {
		m.fail("a view has %v, an open spool %v", slices.Sorted(maps.Keys(viewed)), found)
	}
}
