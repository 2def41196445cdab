// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// The attributes by which OpenTelemetry's conventions tell of an error.
const (
	errorTypeKey  = attribute.Key("error.type")
	httpStatusKey = attribute.Key("http.response.status_code")
)

// foreignError is what a span of another convention that failed says of it: what
// its convention says, what of that the last exception event, the status and
// the attributes of OpenTelemetry say, also on the span of its outcome, and nil
// where nothing says more than that it failed.
func (c *Converter) foreignError(st *step) *contracts.NormalizedError {
	var e contracts.NormalizedError
	heard := [...]*contracts.NormalizedError{st.facts.Error, st.facts.Response.Error, new(errorReader).error(c, st.span), nil}
	if st.outcome != nil {
		heard[3] = new(errorReader).error(c, st.outcome)
	}
	for _, said := range heard {
		if said == nil {
			continue
		}
		e.Message, e.Type = cmp.Or(e.Message, said.Message), cmp.Or(e.Type, said.Type)
		e.Code, e.Stack = cmp.Or(e.Code, said.Code), cmp.Or(e.Stack, said.Stack)
		if e.Extra == nil {
			e.Extra = said.Extra
		}
	}
	kind := text(st.span, errorTypeKey)
	status := text(st.span, httpStatusKey)
	if n, err := strconv.Atoi(status); err != nil || n < 400 {
		status = ""
	}
	if _, err := strconv.Atoi(kind); err == nil {
		e.Code = cmp.Or(e.Code, kind)
	}
	e.Type, e.Code = cmp.Or(e.Type, kind), cmp.Or(e.Code, status)
	if e.Message == "" && e.Type == "" && e.Code == "" && e.Stack == "" && e.Extra == nil {
		return nil
	}
	e.Message = cmp.Or(e.Message, e.Type)
	return c.errors.Put(e)
}

// text is an attribute's text, empty where there is none.
func text(s *Span, key attribute.Key) string {
	v, _ := attr.Lookup(s.Attributes, key)
	return attr.Text(v)
}
