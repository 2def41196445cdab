// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ReadTraces reads trace requests: one or several in OTLP/JSON, one after the
// other with or without line ends between, or one in OTLP protobuf.
func ReadTraces(data []byte) (ptrace.Traces, error) {
	all := ptrace.NewTraces()
	err := read(data, func(document []byte, isJSON bool) error {
		var (
			some ptrace.Traces
			err  error
		)
		if isJSON {
			some, err = new(ptrace.JSONUnmarshaler).UnmarshalTraces(document)
		} else {
			some, err = new(ptrace.ProtoUnmarshaler).UnmarshalTraces(document)
		}
		if err == nil {
			some.ResourceSpans().MoveAndAppendTo(all.ResourceSpans())
		}
		return err
	})
	if err != nil {
		return ptrace.Traces{}, fmt.Errorf("otlp: no traces in OTLP/JSON or protobuf: %w", err)
	}
	return all, nil
}

// ReadLogs reads log requests, as [ReadTraces] reads traces.
func ReadLogs(data []byte) (plog.Logs, error) {
	all := plog.NewLogs()
	err := read(data, func(document []byte, isJSON bool) error {
		var (
			some plog.Logs
			err  error
		)
		if isJSON {
			some, err = new(plog.JSONUnmarshaler).UnmarshalLogs(document)
		} else {
			some, err = new(plog.ProtoUnmarshaler).UnmarshalLogs(document)
		}
		if err == nil {
			some.ResourceLogs().MoveAndAppendTo(all.ResourceLogs())
		}
		return err
	})
	if err != nil {
		return plog.Logs{}, fmt.Errorf("otlp: no logs in OTLP/JSON or protobuf: %w", err)
	}
	return all, nil
}

// read tells JSON and protobuf apart and calls one for each document. The first
// byte of a request in protobuf is that of a line end, which may stand before
// JSON too: what cannot be read as JSON is tried as protobuf then.
func read(data []byte, one func(document []byte, isJSON bool) error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil // an empty request is one, in either form
	}
	const firstOfProtobuf = 0x0a
	if bytes.TrimSpace(data)[0] != '{' {
		return one(data, false)
	}
	documents, err := split(data)
	if err != nil {
		if data[0] == firstOfProtobuf && one(data, false) == nil {
			return nil
		}
		return err
	}
	for _, d := range documents {
		err := one(d, true)
		if err != nil && nulls.Match(d) {
			err = one(nulls.ReplaceAllLiteral(d, []byte("{}")), true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nulls are the values of attributes that are null, which is to say that they
// are not set: JavaScript writes numbers that are none like that. A text that
// looks the same has its quotes escaped.
var nulls = regexp.MustCompile(`\{\s*"(?:string|int|double|bool|bytes|array|kvlist)Value"\s*:\s*null\s*\}`)

func split(data []byte) (documents []json.RawMessage, err error) {
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		var document json.RawMessage
		switch err := d.Decode(&document); {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		}
		documents = append(documents, document)
	}
}
