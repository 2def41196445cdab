// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/version"
)

// poster posts payloads that are there already, as the exporter posts those that
// it makes.
type poster struct {
	client    *http.Client
	collector string
	key       string
	timeout   time.Duration
}

// newPoster makes a poster. What the exporter refuses to be configured with, it
// refuses too.
func newPoster(ctx context.Context, opts sendOptions) (*poster, error) {
	if os.Getenv("SPECT_API_KEY") == "" {
		return nil, errors.New("no API key: set SPECT_API_KEY to the collector's")
	}
	s, err := newSender(opts, nil, exporter.WithOrganizationID(cmp.Or(os.Getenv("SPECT_ORGANIZATION_ID"), "each its own")))
	if err != nil {
		return nil, err
	}
	if err := s.shutdown(ctx); err != nil {
		return nil, err
	}
	return &poster{
		client: &http.Client{
			// A redirect would take the key to a host that nobody named.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		collector: strings.TrimRight(strings.TrimSpace(opts.collector), "/"),
		key:       os.Getenv("SPECT_API_KEY"),
		timeout:   opts.timeout,
	}, nil
}

// deliver posts a payload, and again for as long as there is time and it may go
// well.
func (p *poster) deliver(ctx context.Context, organization string, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	for wait := 250 * time.Millisecond; ; wait *= 2 {
		err := p.post(ctx, organization, payload)
		failure, ok := errors.AsType[*exporter.DeliveryError](err)
		if !ok || !failure.Retryable() {
			return err
		}
		deadline, _ := ctx.Deadline()
		pause := max(wait, failure.RetryAfter)
		if time.Until(deadline) < pause {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// hopeless reports whether what failed would fail with every other session too.
func hopeless(err error) bool {
	failure, ok := errors.AsType[*exporter.DeliveryError](err)
	if !ok || failure.Retryable() {
		return true
	}
	switch failure.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return true
	}
	return false
}

const (
	// maxAnswer bounds what is read of an answer, maxExcerpt what is quoted of it.
	maxAnswer  = 64 << 10
	maxExcerpt = 256
)

// post makes one request.
func (p *poster) post(ctx context.Context, organization string, payload []byte) error {
	to := p.collector + "/traces?name=" + strings.ReplaceAll(url.QueryEscape(organization), "+", "%20")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(payload))
	if err != nil {
		return errors.New("no request could be made") // the error would quote the URL
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.key)
	req.Header.Set("User-Agent", "spect-go/"+version.Version)
	res, err := p.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return &exporter.DeliveryError{Err: errors.New(p.scrub(err.Error()))}
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 == 2 {
		return nil
	}
	text := p.scrub(strings.Join(strings.Fields(strings.ToValidUTF8(string(answer), "")), " "))
	seconds, _ := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 16)
	return &exporter.DeliveryError{
		Status: res.StatusCode, RetryAfter: time.Duration(seconds) * time.Second,
		Excerpt: strings.ToValidUTF8(text[:min(len(text), maxExcerpt)], ""),
	}
}

// scrub takes the key out of what others say.
func (p *poster) scrub(text string) string { return strings.ReplaceAll(text, p.key, "REDACTED") }
