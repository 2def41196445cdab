// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/exporter/redact"
)

// WithRedactor has redactors take out of each session what must not be sent: of
// all texts in it, those of spans that other instrumentations made too. They work
// in the order given, on a copy: no span changes, and no other exporter sees a
// difference. Nothing is written to disk, shown to [WithOnTrace] or sent before.
// Several WithRedactor add up. Default: none.
//
// Where a redactor fails or panics, the text or value is withheld:
// [redact.Withheld] is sent in its place, [Stats] counts the session, and the
// error handler is told, once in a while and nothing of the content.
func WithRedactor(rs ...redact.Redactor) Option {
	return option(func(c *config) { c.redactors = append(c.redactors, rs...) })
}

// WithMaxFileBytes says which files travel: those of at most n bytes, decoded. In
// the place of a larger one stands {"mediaType", "sha256", "size"}, of its bytes.
// Zero sends no file. Default: all travel.
//
// A file is what a message's file part holds, a data: URL anywhere, and base64 in
// other JSON values where a provider puts files, or of some length. What only
// names a file, such as another URL, stays.
func WithMaxFileBytes(n int) Option {
	return option(func(c *config) { c.hashFiles, c.maxFileBytes = true, max(0, n) })
}

// redaction is the stage between conversion and encoding.
type redaction struct {
	chain        *redact.Chain
	hashFiles    bool
	maxFileBytes int

	withheld *atomic.Uint64
	report   func(error)
	// told is when a failure was last reported, in Unix nanoseconds.
	told atomic.Int64
}

func newRedaction(cfg *config, withheld *atomic.Uint64, report func(error)) *redaction {
	return &redaction{
		chain: redact.NewChain(cfg.redactors...), hashFiles: cfg.hashFiles, maxFileBytes: cfg.maxFileBytes,
		withheld: withheld, report: report,
	}
}

// apply takes out of a payload what must not be sent.
func (r *redaction) apply(p *contracts.CollectorTracePayload) {
	if r.hashFiles {
		convert.HashFiles(p, r.maxFileBytes)
	}
	err := r.chain.Payload(p)
	if err == nil {
		return
	}
	r.withheld.Add(1)
	now, last := time.Now().UnixNano(), r.told.Load()
	if (last == 0 || now-last >= int64(reportAgain)) && r.told.CompareAndSwap(last, now) {
		r.report(fmt.Errorf("spect: %w (exporter.WithRedactor)", err))
	}
}
