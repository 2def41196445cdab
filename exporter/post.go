// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/internal/version"
)

// postSender posts one payload in one request.
type postSender struct {
	client  *http.Client
	url     string
	header  http.Header
	key     secret
	timeout time.Duration
}

func newPostSender(cfg *config) *postSender {
	s := &postSender{
		// The contract's own client percent-encodes; a space is no plus.
		url:     cfg.collectorURL + "/traces?name=" + strings.ReplaceAll(url.QueryEscape(cfg.organizationID), "+", "%20"),
		header:  http.Header{},
		key:     cfg.apiKey,
		timeout: cfg.timeout,
	}
	s.header.Set("Content-Type", "application/json")
	s.header.Set("Authorization", "Bearer "+cfg.apiKey.reveal())
	s.header.Set("User-Agent", "spect-go/"+version.Version)
	for name, value := range cfg.headers {
		s.header.Set(name, value)
	}
	transport := cfg.transport
	if transport == nil {
		transport = newTransport(cfg)
	}
	s.client = &http.Client{
		Transport: transport,
		// A redirect would take the key to a host that nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

func newTransport(cfg *config) http.RoundTripper {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.tls != nil {
		t = cfg.tls.Clone()
		t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	}
	dialer := &net.Dialer{Timeout: cfg.timeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 cfg.proxy,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       t,
		TLSHandshakeTimeout:   cfg.timeout,
		ResponseHeaderTimeout: cfg.timeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   cfg.workers,
		MaxConnsPerHost:       cfg.workers,
		// A payload of usual size goes out in few writes.
		WriteBufferSize: 64 << 10,
	}
}

const (
	// maxAnswer bounds what is read of an answer, so that the connection can be
	// used again; maxExcerpt what of it goes into an error.
	maxAnswer  = 64 << 10
	maxExcerpt = 256
)

func (s *postSender) send(ctx context.Context, sh *shipment) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, http.NoBody)
	if err != nil {
		return fmt.Errorf("spect: no request could be made: %w", s.scrub(err, nil))
	}
	body := sh.wire()
	req.ContentLength, req.Body = int64(len(body)), sh.reader(body)
	req.GetBody = func() (io.ReadCloser, error) { return sh.reader(body), nil }
	req.Header = s.header.Clone()
	if sh.compressed != nil {
		req.Header.Set("Content-Encoding", string(Gzip))
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := s.client.Do(req)
	if err != nil {
		return &DeliveryError{Err: s.scrub(err, sh.body)}
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 == 2 {
		return nil
	}
	return s.refused(res, answer, sh.body)
}

// refused makes an error of an answer that is not 2xx.
func (s *postSender) refused(res *http.Response, answer, payload []byte) error {
	after, _ := retryAfter(res.Header.Get("Retry-After"), time.Now())
	return &DeliveryError{Status: res.StatusCode, RetryAfter: after, Excerpt: s.excerpt(answer, payload)}
}

// excerpt is the beginning of an answer, without what it quotes of the request.
func (s *postSender) excerpt(answer, payload []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(answer), "")), " ")
	return cut(withoutEcho(cut(s.key.scrub(text)), payload))
}

// cut bounds what others say in an error. Secrets are to be taken out before.
func cut(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxExcerpt)], "")
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if digits := strings.TrimSpace(value); digits != "" && strings.Trim(digits, "0123456789") == "" {
		seconds, err := strconv.ParseUint(digits, 10, 31)
		if err != nil {
			seconds = math.MaxInt32 // more than anybody waits
		}
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// scrub takes out of an error what must not be in one: the API key, which an
// answer may repeat, what a transport quotes of the payload, and the URL, which
// names the organization.
func (s *postSender) scrub(err error, payload []byte) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	if clean := cut(withoutEcho(s.key.scrub(text), payload)); clean != text {
		return errors.New(clean)
	}
	return err
}
