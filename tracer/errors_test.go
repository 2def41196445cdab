// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

type (
	codeMethod    struct{}
	codeNumber    uint16
	codeField     struct{ Code string }
	codePointer   struct{ Code *string }
	codeAny       struct{ Code any }
	statusCode    struct{ StatusCode int }
	both          struct{ Code, StatusCode int }
	wrongCode     struct{ Code []string }
	hiddenCode    struct{ code string }
	codeArguments struct{}
	codePanics    struct{}
	errorPanics   struct{}
	embeddedCode  struct{ *codeField }
	ownIs         struct{}
	ownUnwrap     struct{}
	ptrError      struct{ text string }
)

func (codeMethod) Error() string             { return "e" }
func (codeMethod) Code() string              { return "method" }
func (codeNumber) Error() string             { return "e" }
func (c codeNumber) ErrorCode() uint16       { return uint16(c) }
func (codeField) Error() string              { return "e" }
func (codePointer) Error() string            { return "e" }
func (codeAny) Error() string                { return "e" }
func (statusCode) Error() string             { return "e" }
func (both) Error() string                   { return "e" }
func (wrongCode) Error() string              { return "e" }
func (hiddenCode) Error() string             { return "e" }
func (codeArguments) Error() string          { return "e" }
func (codeArguments) Code(int) string        { return "no" }
func (codeArguments) StatusCode() (int, int) { return 1, 2 }
func (codePanics) Error() string             { return "e" }
func (codePanics) Code() string              { panic("no code") }
func (errorPanics) Error() string            { panic("no text") }
func (embeddedCode) Error() string           { return "e" }
func (ownIs) Error() string                  { return "e" }
func (ownIs) Is(error) bool                  { panic("no is") }
func (ownUnwrap) Error() string              { return "e" }
func (ownUnwrap) Unwrap() error              { panic("no unwrap") }
func (e *ptrError) Error() string            { return e.text }

// What of an error goes on the wire.
func TestErrors(t *testing.T) {
	code := "pointed"
	notExist := &fs.PathError{Op: "open", Path: "x", Err: os.ErrNotExist}
	const pkg = "tracer_test."
	for name, test := range map[string]struct {
		err                    error
		message, typ, wantCode string
	}{
		"plain":                 {errors.New("e"), "e", "*errors.errorString", ""},
		"typed":                 {notExist, "open x: file does not exist", "*fs.PathError", ""},
		"wrapped":               {fmt.Errorf("a: %w", fmt.Errorf("b: %w", notExist)), "a: b: open x: file does not exist", "*fs.PathError", ""},
		"joined":                {errors.Join(statusCode{429}, notExist), "e\nopen x: file does not exist", pkg + "statusCode", "429"},
		"joined behind":         {errors.Join(errors.New("first"), statusCode{429}), "first\ne", "*errors.errorString", "429"},
		"wrapped twice":         {fmt.Errorf("%w and %w", codeMethod{}, notExist), "e and open x: file does not exist", pkg + "codeMethod", "method"},
		"cancelled":             {fmt.Errorf("a: %w", context.Canceled), "a: context canceled", "context.Canceled", ""},
		"deadline":              {fmt.Errorf("a: %w", context.DeadlineExceeded), "a: context deadline exceeded", "context.DeadlineExceeded", ""},
		"code method":           {codeMethod{}, "e", pkg + "codeMethod", "method"},
		"code number":           {codeNumber(404), "e", pkg + "codeNumber", "404"},
		"code field":            {&codeField{"field"}, "e", "*" + pkg + "codeField", "field"},
		"code pointer":          {codePointer{&code}, "e", pkg + "codePointer", "pointed"},
		"code nil pointer":      {codePointer{}, "e", pkg + "codePointer", ""},
		"code of any type":      {codeAny{7}, "e", pkg + "codeAny", "7"},
		"code nil":              {codeAny{}, "e", pkg + "codeAny", ""},
		"status code":           {fmt.Errorf("a: %w", statusCode{503}), "a: e", pkg + "statusCode", "503"},
		"no status code":        {statusCode{}, "e", pkg + "statusCode", ""},
		"no error code":         {codeNumber(0), "e", pkg + "codeNumber", ""},
		"code before status":    {both{1, 2}, "e", pkg + "both", "1"},
		"a code of many":        {wrongCode{[]string{"a"}}, "e", pkg + "wrongCode", ""},
		"a code of its own":     {hiddenCode{"a"}, "e", pkg + "hiddenCode", ""},
		"a code with arguments": {codeArguments{}, "e", pkg + "codeArguments", ""},
		"a code that panics":    {codePanics{}, "e", pkg + "codePanics", ""},
		"panic, then a code":    {fmt.Errorf("a: %w", errors.Join(codePanics{}, codeField{"c"})), "a: e\ne", pkg + "codePanics", "c"},
		"embedded":              {embeddedCode{&codeField{"in"}}, "e", pkg + "embeddedCode", "in"},
		"embedded nil":          {embeddedCode{}, "e", pkg + "embeddedCode", ""},
		"Error panics":          {errorPanics{}, "panic while reading the error: string", pkg + "errorPanics", ""},
		"Is panics":             {ownIs{}, "e", pkg + "ownIs", ""},
		"Unwrap panics":         {ownUnwrap{}, "e", pkg + "ownUnwrap", ""},
		"nil inside":            {(*ptrError)(nil), "panic while reading the error: runtime.errorString", "*" + pkg + "ptrError", ""},
		"normalized":            {fmt.Errorf("a: %w", &contracts.NormalizedError{Message: "m", Type: "t", Code: "c", Stack: "s"}), "m", "t", "c"},
		"empty":                 {errors.New(""), "", "*errors.errorString", ""},
		"a runtime error":       {runtimeError(), "runtime error: index out of range [5] with length 0", "runtime.boundsError", ""},
	} {
		t.Run(name, func(t *testing.T) {
			spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
				_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
				sp.SetError(test.err)
				sp.End()
			})
			e := spans[0].Error
			if e == nil {
				t.Fatal("no error")
			}
			message := e.Message
			if name == "nil inside" { // the runtime's own type differs by version
				message, _, _ = strings.Cut(message, " runtime.")
				test.message, _, _ = strings.Cut(test.message, " runtime.")
			}
			if message != test.message || e.Type != test.typ || e.Code != test.wantCode {
				t.Errorf("have %q %q %q, want %q %q %q", e.Message, e.Type, e.Code, test.message, test.typ, test.wantCode)
			}
			if (e.Stack != "") != (name == "normalized") || spans[0].Status != contracts.StatusError {
				t.Errorf("stack %q, status %s", e.Stack, spans[0].Status)
			}
		})
	}
}

func runtimeError() (err error) {
	defer func() { err, _ = recover().(error) }()
	var none []int
	five := 5
	_ = none[five] //nolint:govet // it is to panic
	return nil
}

func TestErrorOptions(t *testing.T) {
	spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
		_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
		sp.SetError(errors.New("e"), tracer.WithErrorType("T"), nil, tracer.WithErrorCode("C"), tracer.WithStack())
		sp.End()
	})
	e := spans[0].Error
	if e.Message != "e" || e.Type != "T" || e.Code != "C" || !strings.Contains(e.Stack, "TestErrorOptions") {
		t.Errorf("the error is %+v", e)
	}
}

// EndErr, deferred, takes the error, no error, and the panic, which goes on.
func TestEndErr(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		leave   func() error
		status  contracts.SpanStatus
		message string
		typ     string
	}{
		"nil":         {func() error { return nil }, contracts.StatusOK, "", ""},
		"error":       {func() error { return boom }, contracts.StatusError, "boom", "*errors.errorString"},
		"panic":       {func() error { panic("oh no") }, contracts.StatusError, "panic: oh no", "panic"},
		"panic error": {func() error { panic(boom) }, contracts.StatusError, "panic: boom", "panic"},
		"panic nil":   {func() error { panic(nil) }, contracts.StatusError, "panic: " + (*runtime.PanicNilError)(nil).Error(), "panic"}, //nolint:govet // so is this
		"odd panic":   {func() error { panic(errorPanics{}) }, contracts.StatusError, "panic: ", "panic"},
	} {
		t.Run(name, func(t *testing.T) {
			p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
				panicked, err := func() (panicked any, err error) {
					defer func() { panicked = recover() }()
					return nil, func() (err error) {
						ctx, s := tr.StartSession(ctx, "s", tracer.Model("m"))
						defer s.EndErr(&err)
						_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
						defer sp.EndErr(&err)
						return test.leave()
					}()
				}()
				if wantPanic := strings.Contains(name, "panic"); (panicked != nil) != wantPanic {
					t.Errorf("the panic became %v", panicked)
				} else if !wantPanic && !errors.Is(err, test.leave()) {
					t.Errorf("the error became %v", err)
				}
				if name == "panic" && panicked != "oh no" {
					t.Errorf("the panic became %v", panicked)
				}
			})
			for what, e := range map[string]*contracts.NormalizedError{"session": p.Metadata.Result.Error, "span": p.Metadata.Result.Spans[0].Error} {
				if (e == nil) != (test.message == "") {
					t.Errorf("the error of the %s is %+v", what, e)
				} else if e != nil && (!strings.HasPrefix(e.Message, test.message) || e.Type != test.typ || (e.Stack != "") != (e.Type == "panic")) {
					t.Errorf("the error of the %s is %+v", what, e)
				}
				if e != nil && e.Type == "panic" && !strings.Contains(e.Stack, "TestEndErr") {
					t.Errorf("the stack of the %s is not that of the panic: %s", what, e.Stack)
				}
			}
			if status := p.Metadata.Result.Spans[0].Status; status != test.status {
				t.Errorf("status %s, want %s", status, test.status)
			}
		})
	}
	t.Run("without an address", func(t *testing.T) {
		p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
			_, s := tr.StartSession(ctx, "s", tracer.Model("m"))
			s.EndErr(nil)
		})
		if p.Metadata.Result.Error != nil {
			t.Errorf("the error is %+v", p.Metadata.Result.Error)
		}
	})
	t.Run("a goroutine that ends itself", func(t *testing.T) {
		p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				var err error
				_, s := tr.StartSession(ctx, "s", tracer.Model("m"))
				defer s.EndErr(&err)
				runtime.Goexit()
			}()
			<-done
		})
		if p.Metadata.Result.Error != nil {
			t.Errorf("the error is %+v", p.Metadata.Result.Error)
		}
	})
}

// What is panicked with may use the span that the panic ends.
func TestPanicMayUseItsSpan(t *testing.T) {
	p := session(t, func(ctx context.Context, tr *tracer.Tracer) {
		defer func() { _ = recover() }()
		_, s := tr.StartSession(ctx, "s", tracer.Model("m"))
		defer s.EndErr(nil)
		panic(reentrant{func() { s.AddMetadata(map[string]int{"a": 1}) }})
	})
	if e := p.Metadata.Result.Error; e == nil || e.Message != "panic: used" || p.Metadata.Request != `{"a":1}` {
		t.Errorf("the session is %s", p.AppendJSON(nil))
	}
}

// The last error counts, with nothing of one before that it has nothing to do
// with.
func TestErrorsDoNotMix(t *testing.T) {
	first := statusCode{429}
	const pkg = "tracer_test."
	for name, test := range map[string]struct {
		last               error
		message, typ, code string
		stack              bool
	}{
		"another":                 {errors.New("e2"), "e2", "*errors.errorString", "", false},
		"the same":                {first, "e", pkg + "statusCode", "429", true},
		"wrapped":                 {fmt.Errorf("a: %w", first), "a: e", pkg + "statusCode", "429", true},
		"another with a code":     {statusCode{500}, "e", pkg + "statusCode", "500", false},
		"one whose Is panics":     {ownIs{}, "e", pkg + "ownIs", "", false},
		"one without a type":      {&contracts.NormalizedError{Message: "m"}, "m", "", "", false},
		"none":                    {nil, "e", pkg + "statusCode", "429", true},
		"a panic, with its stack": {nil, "panic: p", "panic", "", true},
	} {
		spans := inSession(t, func(ctx context.Context, tr *tracer.Tracer) {
			defer func() { _ = recover() }()
			_, sp := tr.Start(ctx, contracts.KindGenerate, "gen")
			sp.SetError(first, tracer.WithStack())
			defer sp.EndErr(&test.last)
			if strings.HasPrefix(name, "a panic") {
				panic("p")
			}
		})
		e := spans[0].Error
		if e.Message != test.message || e.Type != test.typ || e.Code != test.code || (e.Stack != "") != test.stack {
			t.Errorf("%s: the error is %+v", name, *e)
		}
	}
}
