// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
)

// One session for which the collector, or what stands before it, always answers
// the same holds up no others, with a spool or without.
func TestPoisonedSession(t *testing.T) {
	for _, status := range []int{500, 403} {
		for _, spooled := range []bool{false, true} {
			t.Run(fmt.Sprint(status, " spooled ", spooled), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					col := &bodies{}
					var tried atomic.Int32
					opts := []exporter.Option{
						exporter.WithOrganizationID("o"), exporter.WithAPIKey("k"),
						exporter.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
							res, err := col.RoundTrip(r)
							if all := col.all(); err == nil && nameOf(all[len(all)-1]) == "poison" {
								res.StatusCode = status
								tried.Add(1)
							}
							return res, err
						})),
					}
					if spooled {
						opts = append(opts, exporter.WithSpool(exporter.Spool{Dir: t.TempDir()}))
					}
					exp, out := open(t, opts...)
					l := &line{exp: exp, out: out}
					l.send(t, "poison")
					const others = 60
					for range others {
						l.send(t, "other")
						time.Sleep(time.Minute)
					}
					if s := exp.Stats(); s.Delivered != others {
						t.Errorf("%+v", s)
					}
					n := tried.Load()
					if n < 2 || n > 30 {
						t.Errorf("it was tried %d times in an hour", n)
					}
					if spooled {
						if err := exp.Flush(t.Context()); err == nil || tried.Load() != n+1 {
							t.Errorf("a flush tried it %d times, and returned %v", tried.Load()-n, err)
						}
					}
				})
			})
		}
	}
}

// nameOf is the name of the session that a body holds.
func nameOf(body string) string {
	name, _ := contracts.JSON(body).Member("name").Text()
	return name
}
