// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spect-tools/spect-go/internal/version"
)

// postSender posts one payload in one request.
type postSender struct {
	transport http.RoundTripper
	// own is the transport where it is the exporter's.
	own *transport
	// request is what all requests have in common. invalid is why there is none.
	request *http.Request
	invalid error
	secrets *strings.Replacer
	timeout time.Duration
}

func newPostSender(cfg *config) *postSender {
	s := &postSender{secrets: cfg.scrubber(), timeout: cfg.timeout}
	// The contract's own client percent-encodes; a space is no plus.
	to := cfg.collectorURL + "/traces?name=" + strings.ReplaceAll(url.QueryEscape(cfg.organizationID), "+", "%20")
	if s.request, s.invalid = http.NewRequestWithContext(context.Background(), http.MethodPost, to, http.NoBody); s.invalid != nil {
		return s
	}
	header := s.request.Header
	header.Set("Content-Type", "application/json")
	header.Set("Authorization", "Bearer "+cfg.apiKey.reveal())
	header.Set("User-Agent", "spect-go/"+version.Version)
	for name, value := range cfg.headers {
		header.Set(name, value)
	}
	if host := header.Get("Host"); host != "" {
		s.request.Host = host
	}
	// Not by way of an http.Client: that would follow redirects, which take the key
	// to a host that nobody named, and knows of nothing else that is needed.
	if s.transport = cfg.transport; s.transport == nil {
		s.own = newTransport(cfg)
		s.transport = s.own
	}
	return s
}

// close closes the connections that nothing is under way on.
func (s *postSender) close() {
	if s.own != nil {
		s.own.close()
	}
}

const (
	// maxAnswer bounds what is read of an answer, so that the connection can be
	// used again; maxExcerpt what of it goes into an error.
	maxAnswer  = 64 << 10
	maxExcerpt = 256
)

func (s *postSender) send(ctx context.Context, sh *shipment) error {
	if s.invalid != nil {
		return fmt.Errorf("spect: no request could be made: %w", s.scrub(s.invalid, nil))
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req := s.request.WithContext(sh.traced(ctx))
	body := sh.wire()
	req.ContentLength, req.Body = int64(len(body)), sh.reader(body)
	req.GetBody = func() (io.ReadCloser, error) { return sh.reader(body), nil }
	if s.own == nil || sh.compressed != nil {
		// Somebody else's transport may do what it likes with its own.
		to := *s.request.URL
		req.URL, req.Header = &to, s.request.Header.Clone()
	}
	if sh.compressed != nil {
		req.Header.Set("Content-Encoding", string(Gzip))
	}
	res, err := s.transport.RoundTrip(req)
	switch {
	case errors.Is(err, errProxyAuth):
		return &DeliveryError{Status: http.StatusProxyAuthRequired}
	case err != nil:
		return &DeliveryError{Err: s.scrub(err, sh.body)}
	case res == nil:
		return &DeliveryError{Err: errors.New("the transport gave no response")}
	case res.Body == nil:
		res.Body = http.NoBody
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 == 2 {
		_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
		return nil
	}
	answer, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
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
	return cut(withoutEcho(cut(s.secrets.Replace(text)), payload))
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

// scrub takes out of an error what must not be in one: the API key and headers,
// which an answer may repeat, what a transport quotes of the payload, and the URL,
// which names the organization.
func (s *postSender) scrub(err error, payload []byte) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	if clean := cut(withoutEcho(s.secrets.Replace(text), payload)); clean != text {
		return errors.New(clean)
	}
	return err
}
