// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkPut compares keeping a payload of usual size with the least that
// anything durable costs: a write and a sync, one after the other.
func BenchmarkPut(b *testing.B) {
	payload := bytes.Repeat([]byte(`{"a":1}`), 8<<10/7)
	entry := Entry{SessionID: "01900000-0000-7000-8000-000000000000", Organization: "org", Spans: 12, Payload: payload}
	b.Run("plain", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(payload)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Write(payload); err != nil {
				b.Fatal(err)
			}
			if err := SyncData(f); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	})
	for _, noSync := range []bool{false, true} {
		for _, writers := range []int{1, 8, 64} {
			name := fmt.Sprintf("writers=%d", writers)
			if noSync {
				name += "/nosync"
			}
			b.Run(name, func(b *testing.B) {
				s, err := Open(b.TempDir(), Options{MaxBytes: 256 << 20, NoSync: noSync})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(payload)))
				b.ReportAllocs()
				b.ResetTimer()
				share(b, writers, func() error {
					id, err := s.Put(context.Background(), entry)
					if err != nil {
						return err
					}
					return s.Ack(context.Background(), id)
				})
				b.StopTimer()
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// share has b.N calls of f made by that many goroutines.
func share(b *testing.B, goroutines int, f func() error) {
	todo := make(chan struct{}, 1024)
	failed := make(chan error, goroutines)
	for range goroutines {
		go func() {
			for range todo {
				if err := f(); err != nil {
					failed <- err
					for range todo {
					}
					return
				}
			}
			failed <- nil
		}()
	}
	for range b.N {
		todo <- struct{}{}
	}
	close(todo)
	for range goroutines {
		if err := <-failed; err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkOpen finds out what is in a spool of 64 MiB.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	const payloads, size = 8 << 10, 8 << 10
	for range payloads {
		if _, err := s.Put(b.Context(), Entry{Payload: make([]byte, size)}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(payloads * size)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		if s, err = Open(dir, Options{}); err != nil || s.Stats().Recovered != payloads {
			b.Fatal(err, s.Stats())
		}
	}
	b.StopTimer()
	if err := s.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}
