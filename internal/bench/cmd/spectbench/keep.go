// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spect-tools/spect-go/internal/bench/corpus"
	"github.com/spect-tools/spect-go/internal/spool"
)

// keepBytes is about what a session of ten short spans has.
const keepBytes = 10_000

// keeping measures how many payloads a second the spool keeps, synced to the
// disk, beside the least that anything durable takes: to write each and to sync
// the file, one after the other.
func (b *bench) keeping(c *corpus.Corpus) (err error) {
	dir, err := os.MkdirTemp("", "spectbench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	payload := []byte(newCall(c, 1, keepBytes).withIDs)
	file, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	kept, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MaxBytes: 256 << 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close(b.ctx)) }()

	plain := func() error {
		if _, err := file.Write(payload); err != nil {
			return err
		}
		return spool.SyncData(file)
	}
	put := func() error {
		id, err := kept.Put(b.ctx, spool.Entry{SessionID: sessionName, Spans: spans, Payload: payload})
		if err != nil {
			return err
		}
		return kept.Ack(b.ctx, id)
	}
	writers := []int{1, 4, 64}
	plains, puts := []float64(nil), make([][]float64, len(writers))
	for range b.options.rounds {
		rate, err := b.rate(1, plain)
		if err != nil {
			return err
		}
		if err := file.Truncate(0); err != nil { // for the room on the disk
			return err
		}
		if _, err := file.Seek(0, 0); err != nil {
			return err
		}
		plains = append(plains, rate)
		for i, n := range writers {
			if rate, err = b.rate(n, put); err != nil {
				return err
			}
			puts[i] = append(puts[i], rate)
		}
	}
	b.printf("\npayloads of %d bytes kept a second: written and synced one by one %.0f", len(payload), spreadOf(plains).median)
	for i, n := range writers {
		b.printf("; spooled by %d at once %.0f", n, spreadOf(puts[i]).median)
	}
	b.printf("\n")
	for i, name := range []string{"_one", "", "_64"} {
		b.ratio("spool_puts_vs_write_sync"+name, spreadOf(quotients(puts[i], plains)).median)
	}
	return nil
}

// rate is how often a second f is done by so many at once.
func (b *bench) rate(n int, f func() error) (float64, error) {
	var (
		wg     sync.WaitGroup
		counts = make([]int, n)
		errs   = make([]error, n)
		began  = time.Now()
	)
	for i := range n {
		wg.Go(func() {
			for errs[i] == nil && time.Since(began) < b.options.time {
				errs[i] = f()
				counts[i]++
			}
		})
	}
	wg.Wait()
	done := 0
	for _, c := range counts {
		done += c
	}
	return float64(done) / time.Since(began).Seconds(), errors.Join(errs...)
}
