// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"errors"
	"fmt"
	"sync"

	"github.com/spect-tools/spect-go/contracts"
)

// Redactor takes out of a session what must not be sent.
//
// It is called from several goroutines, in the delivery of a session: never in
// a call that the application waits for, unless that delivers a session at once.
type Redactor interface {
	// Redact returns the text as it may be sent: the same text where there is
	// nothing to take out. The text is valid during the call: what is kept longer
	// must be cloned.
	//
	// A string in a JSON value is given as what it spells, a number as it is
	// spelled; a number for which something else is returned becomes a JSON
	// string. An error, or a panic, withholds the text: [Withheld] takes its place.
	Redact(p Place, text string) (string, error)
}

// JSONRedactor is a [Redactor] that sees JSON values as a whole too: what tools
// are called with and answer, input, structured responses, metadata.
type JSONRedactor interface {
	Redactor
	// RedactJSON returns the value as it may be sent, before Redact sees the
	// strings in it. The value is valid JSON, and so must be what is returned: an
	// error, a panic or anything else withholds the whole value.
	RedactJSON(p Place, value contracts.JSON) (contracts.JSON, error)
}

// Func is a function as a [Redactor].
type Func func(p Place, text string) (string, error)

// Redact implements [Redactor].
func (f Func) Redact(p Place, text string) (string, error) { return f(p, text) }

// Withheld stands in the place of a text that a redactor failed on.
const Withheld = "[WITHHELD]"

// Marker returns what stands in the place of a text that was taken out, for
// redactors of one's own: Marker("email") is "[REDACTED:email]".
func Marker(name string) string { return "[REDACTED:" + name + "]" }

// Checker is implemented by a [Redactor] that may have been made of what makes no
// sense. The exporter asks when it is made.
type Checker interface {
	// Check returns what is wrong with the redactor.
	Check() error
}

// Chain is redactors, one working on what the other leaves. It is safe for
// concurrent use as far as they are.
type Chain struct {
	redactors []Redactor
	whole     []JSONRedactor
	// detectors are those of this package, which may find more once something
	// before or behind it is gone.
	detectors []*detector
	walkers   sync.Pool
}

// NewChain returns a chain of redactors. Nil ones are left out.
func NewChain(rs ...Redactor) *Chain {
	c := &Chain{}
	c.add(rs)
	c.walkers.New = func() any { return &walker{chain: c} }
	return c
}

func (c *Chain) add(rs []Redactor) {
	for _, r := range rs {
		switch r := r.(type) {
		case nil:
		case group:
			c.add(r)
		case JSONRedactor:
			c.redactors, c.whole = append(c.redactors, r), append(c.whole, r)
		case *detector:
			c.redactors, c.detectors = append(c.redactors, r), append(c.detectors, r)
		default:
			c.redactors = append(c.redactors, r)
		}
	}
}

// Check returns what is wrong with the redactors.
func (c *Chain) Check() error {
	var errs []error
	for _, r := range c.redactors {
		if ch, ok := r.(Checker); ok {
			errs = append(errs, ch.Check())
		}
	}
	return errors.Join(errs...)
}

// Payload redacts all that a payload says: every text in it but the ids that
// this module makes, the organization, times, numbers that are none of a JSON
// value, and the words of the contract (roles, types, kinds, statuses).
//
// It changes p, the records that p points to and the slices in them; the texts
// are replaced, never written to. An error is a [*WithheldError]: content was
// withheld, and what is left in p may be sent.
func (c *Chain) Payload(p *contracts.CollectorTracePayload) error {
	if len(c.redactors) == 0 {
		return nil
	}
	w := c.walkers.Get().(*walker)
	w.failure = WithheldError{}
	w.guardedPayload(p)
	if w.failure.Places == 0 {
		c.walkers.Put(w)
		return nil
	}
	failure := w.failure
	c.walkers.Put(w)
	return &failure
}

// Text redacts one text, as if it stood at p.
func (c *Chain) Text(p Place, text string) (string, error) {
	w := c.walkers.Get().(*walker)
	defer c.walkers.Put(w)
	w.failure = WithheldError{}
	if text, _ = w.offer(p, text); w.failure.Places > 0 {
		failure := w.failure
		return text, &failure
	}
	return text, nil
}

// WithheldError says that redaction failed, and that what it failed on is
// withheld. It holds nothing of the content, nor of what a redactor said or
// panicked with, which may.
type WithheldError struct {
	// Places is how many texts or values were withheld.
	Places int
	// Redactor is the type of the first redactor that failed, Kind the place
	// where it did, and How what it did.
	Redactor string
	Kind     Kind
	How      string
}

// Error implements error.
func (e *WithheldError) Error() string {
	return fmt.Sprintf("redaction failed, and content was withheld in %d places; the first: a %s %s in a place of kind %q",
		e.Places, e.Redactor, e.How, e.Kind)
}
