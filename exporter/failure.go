// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// DeliveryError is a request to the collector that failed, as the error handler
// hears of it. Neither it nor what it wraps holds the API key, the URL, content of
// a session, or a header of 8 bytes or more.
type DeliveryError struct {
	// Status is what the collector answered, or 407 what a proxy before it did; 0
	// when it could not be reached.
	Status int
	// RetryAfter is how long the collector asked to be left alone; 0 when it did
	// not.
	RetryAfter time.Duration
	// Excerpt is the beginning of the collector's answer, as one line of at most
	// 256 bytes.
	Excerpt string
	// Err is why the collector could not be reached; nil when it answered.
	Err error
}

// Error implements error.
func (e *DeliveryError) Error() string {
	if e.Err != nil {
		return "spect: the collector could not be reached: " + e.Err.Error()
	}
	// The collector's own words for the status may be anything.
	who := "collector"
	if e.Status == http.StatusProxyAuthRequired {
		who = "proxy"
	}
	text := "spect: the " + who + " answered " + strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)) + e.hint()
	if e.Excerpt != "" {
		text += ": " + strconv.Quote(e.Excerpt)
	}
	return text
}

// Unwrap returns Err.
func (e *DeliveryError) Unwrap() error { return e.Err }

func (e *DeliveryError) hint() string {
	switch {
	case e.Status == http.StatusProxyAuthRequired:
		return " (deliveries wait until it is content: check the credentials in HTTPS_PROXY, or exporter.WithProxy)"
	case e.unauthorized():
		return " (deliveries wait until it is accepted: check " + envAPIKey + " and " + envOrganizationID + ")"
	case e.Status/100 == 3:
		return " (redirects are not followed: set " + envCollectorURL + " to where the collector is)"
	case e.Status == http.StatusNotFound:
		return " (check " + envCollectorURL + ")"
	case e.Status == http.StatusRequestEntityTooLarge:
		return " (see exporter.WithMaxPayloadBytes)"
	}
	return ""
}

// Retryable reports whether the same request may go well later: after no
// answer, and after 408, 429 and 5xx except 501.
func (e *DeliveryError) Retryable() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return e.Err != nil || e.Status >= 500
}

// unauthorized reports whether the collector refuses the key, or a proxy its own
// credentials, and so would refuse every session.
func (e *DeliveryError) unauthorized() bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return true
	}
	return false
}

// prefix begins the text of every error that an application gets.
const prefix = "spect: "

// inner is an error inside of another one, whose text begins with the prefix
// already.
type inner struct{ error }

func (e inner) Error() string { return strings.TrimPrefix(e.error.Error(), prefix) }

func (e inner) Unwrap() error { return e.error }

// answered returns the answer that err is, if it is one.
func answered(err error) (*DeliveryError, bool) {
	if err == nil {
		return nil, false
	}
	var e *DeliveryError
	return e, errors.As(err, &e) && e.Err == nil
}
