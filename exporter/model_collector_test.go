// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spect-tools/spect-go/contracts"
)

// modelAnswer is how a collector deals with one request.
type modelAnswer int

const (
	modelAccept modelAnswer = iota
	modelSlow
	modelFail
	modelBusy
	modelThrottle
	modelRefuse
	modelTooLarge
	modelUnreachable
	modelStall
	modelLose // accepts, but the answer is lost
	modelPanic
	modelAnswers
)

func (a modelAnswer) String() string {
	return [...]string{
		"accepts", "accepts slowly", "500", "503", "429", "400", "413", "cannot be reached", "stalls", "accepts, unheard", "panics",
	}[a]
}

// Where a payload can go well the next time, and where it cannot.
func (a modelAnswer) accepts() bool { return a == modelAccept || a == modelSlow }
func (a modelAnswer) refuses() bool { return a == modelRefuse || a == modelTooLarge }

// modelCollector is a collector in memory.
type modelCollector struct {
	mu       sync.Mutex
	answers  []modelAnswer
	requests []*modelRequest
	problems []error
}

// modelRequest is one request: what it held, and what became of it.
type modelRequest struct {
	payload *contracts.CollectorTracePayload
	body    []byte
	answer  modelAnswer
	// answered says that the exporter has the answer.
	answered bool
	checked  bool
}

// RoundTrip implements [http.RoundTripper].
func (c *modelCollector) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	req, answer := c.take(body, err)
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		req.answered = true
	}()
	status, header := http.StatusOK, http.Header{}
	switch answer {
	case modelSlow:
		select {
		case <-time.After(300 * time.Millisecond):
		case <-r.Context().Done():
			c.mu.Lock()
			req.answer = modelStall
			c.mu.Unlock()
			return nil, r.Context().Err()
		}
	case modelFail:
		status = http.StatusInternalServerError
	case modelBusy:
		status = http.StatusServiceUnavailable
		header.Set("Retry-After", "2")
	case modelThrottle:
		status = http.StatusTooManyRequests
		header.Set("Retry-After", "100")
	case modelRefuse:
		status = http.StatusBadRequest
	case modelTooLarge:
		status = http.StatusRequestEntityTooLarge
	case modelUnreachable, modelLose:
		return nil, errors.New("connection reset by peer")
	case modelStall:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case modelPanic:
		panic("the transport panics")
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func (c *modelCollector) take(body []byte, err error) (*modelRequest, modelAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	req := &modelRequest{body: body}
	if len(c.answers) > 0 {
		req.answer, c.answers = c.answers[0], c.answers[1:]
	}
	if err != nil {
		c.problem(fmt.Errorf("the body could not be read: %w", err))
		return req, req.answer
	}
	p, err := contracts.ParsePayload(string(body))
	if err != nil {
		c.problem(fmt.Errorf("%w in the payload %s", err, body))
		return req, req.answer
	}
	if err := p.Validate(); err != nil {
		c.problem(fmt.Errorf("%w in the payload %s", err, body))
	}
	req.payload = p
	for _, earlier := range c.requests {
		switch {
		case earlier.payload.ID != p.ID:
		case earlier.answered && earlier.answer.accepts():
			c.problem(fmt.Errorf("session %s came again after it was accepted: %s", p.Name, body))
		case earlier.answered && earlier.answer.refuses():
			c.problem(fmt.Errorf("session %s came again after it was refused for good: %s", p.Name, body))
		case !bytes.Equal(earlier.body, body):
			c.problem(fmt.Errorf("session %s came again as something else: %s, then %s", p.Name, earlier.body, body))
		}
	}
	c.requests = append(c.requests, req)
	return req, req.answer
}

func (c *modelCollector) problem(err error) { c.problems = append(c.problems, err) }

// all returns the requests so far, as they are now.
func (c *modelCollector) all() []modelRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []modelRequest
	for _, r := range c.requests {
		out = append(out, *r)
	}
	return out
}

// finished returns the requests that were answered since it was last asked, and
// the first thing that was wrong with any.
func (c *modelCollector) finished() ([]modelRequest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []modelRequest
	for _, r := range c.requests {
		if r.answered && !r.checked {
			r.checked = true
			out = append(out, *r)
		}
	}
	return out, errors.Join(c.problems...)
}
