// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
)

// ErrorOption configures SetError.
type ErrorOption interface {
	applyError(*contracts.NormalizedError)
}

type errorOption func(*contracts.NormalizedError)

func (f errorOption) applyError(e *contracts.NormalizedError) { f(e) }

// WithStack records the stack of the goroutine that calls SetError.
func WithStack() ErrorOption {
	return errorOption(func(e *contracts.NormalizedError) { e.Stack = string(debug.Stack()) })
}

// WithErrorType records typ as the error's type.
func WithErrorType(typ string) ErrorOption {
	return errorOption(func(e *contracts.NormalizedError) { e.Type = typ })
}

// WithErrorCode records code as the error's code.
func WithErrorCode(code string) ErrorOption {
	return errorOption(func(e *contracts.NormalizedError) { e.Code = code })
}

// normalizeError reads off an error what the wire says of it. A
// [contracts.NormalizedError] in its chain says it all.
func normalizeError(err error, opts []ErrorOption) (e contracts.NormalizedError) {
	defer func() {
		if r := recover(); r != nil { // the error's own methods panicked
			e = contracts.NormalizedError{Message: fmt.Sprintf("panic while reading the error: %T", r), Type: fmt.Sprintf("%T", err)}
		}
	}()
	var given *contracts.NormalizedError
	if errors.As(err, &given) && given != nil {
		e = *given
	} else {
		e = contracts.NormalizedError{Message: err.Error(), Type: errorType(err), Code: errorCode(err)}
	}
	for _, opt := range opts {
		if opt != nil {
			opt.applyError(&e)
		}
	}
	return e
}

// errorType names the type of the first error in the chain that says more than
// "something wrapped".
func errorType(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil || reflect.TypeOf(err) != wrapErrorType {
			return reflect.TypeOf(err).String()
		}
		err = inner
	}
}

var wrapErrorType = reflect.TypeOf(fmt.Errorf("%w", errors.New("")))

// errorCode finds a code in the chain: a Code, ErrorCode or StatusCode method,
// or an exported field of that name, as the SDKs of providers have it.
func errorCode(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		for _, name := range [...]string{"Code", "ErrorCode", "StatusCode"} {
			if code := member(err, name); code != "" {
				return code
			}
		}
	}
	return ""
}

func member(err error, name string) string {
	v := reflect.ValueOf(err)
	if m := v.MethodByName(name); m.IsValid() && m.Type().NumIn() == 0 && m.Type().NumOut() == 1 {
		return codeText(m.Call(nil)[0])
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return ""
	}
	if f, ok := v.Type().FieldByName(name); ok && f.IsExported() {
		return codeText(v.FieldByIndex(f.Index))
	}
	return ""
}

func codeText(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt() && v.Int() != 0:
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint() && v.Uint() != 0:
		return strconv.FormatUint(v.Uint(), 10)
	}
	return ""
}

// setPanic records a panic that is on its way through a deferred EndErr.
func (s *Span) setPanic(r any) {
	s.change(func() {
		e := contracts.NormalizedError{Message: fmt.Sprint("panic: ", r), Type: "panic", Stack: string(debug.Stack())}
		s.setError(e)
	})
}
