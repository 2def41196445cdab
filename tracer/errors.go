// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package tracer

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
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
	if given := normalized(err); given != nil {
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

// normalized finds a NormalizedError in the chain. Whoever panics has none.
func normalized(err error) (e *contracts.NormalizedError) {
	defer func() { _ = recover() }()
	errors.As(err, &e)
	return e
}

// isOrWraps is [errors.Is]. Whoever panics is another error.
func isOrWraps(err, target error) (is bool) {
	defer func() { _ = recover() }()
	return errors.Is(err, target)
}

// errorType names the type of the first error in the chain that says more than
// "something wrapped".
func errorType(err error) (name string) {
	defer func() {
		if recover() != nil {
			name = reflect.TypeOf(err).String()
		}
	}()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	}
	for {
		wrapped := inner(err)
		if len(wrapped) == 0 || !wrapperTypes[reflect.TypeOf(err)] {
			return reflect.TypeOf(err).String()
		}
		err = wrapped[0]
	}
}

// wrapperTypes are the types of the standard library that only wrap.
var wrapperTypes = map[reflect.Type]bool{
	reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported)):                           true,
	reflect.TypeOf(fmt.Errorf("%w %w", errors.ErrUnsupported, errors.ErrUnsupported)): true,
	reflect.TypeOf(errors.Join(errors.ErrUnsupported)):                                true,
}

// inner returns the errors that err wraps.
func inner(err error) (wrapped []error) {
	switch e := any(err).(type) {
	case interface{ Unwrap() error }:
		wrapped = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		wrapped = slices.Clone(e.Unwrap())
	}
	return slices.DeleteFunc(wrapped, func(err error) bool { return err == nil })
}

// errorCode finds a code in the chain: a Code, ErrorCode or StatusCode method,
// or an exported field of that name, as the SDKs of providers have it.
func errorCode(err error) string {
	defer func() { _ = recover() }() // whoever panics has none
	if code := ownCode(err); code != "" {
		return code
	}
	for _, wrapped := range inner(err) {
		if code := errorCode(wrapped); code != "" {
			return code
		}
	}
	return ""
}

// ownCode is the code that err itself has. A method of it that panics has none.
func ownCode(err error) (code string) {
	defer func() { _ = recover() }()
	v := reflect.ValueOf(err)
	// Constants are the only names that do not have the linker keep every
	// method of the program.
	for _, m := range [...]struct {
		name   string
		method reflect.Value
	}{
		{"Code", v.MethodByName("Code")},
		{"ErrorCode", v.MethodByName("ErrorCode")},
		{"StatusCode", v.MethodByName("StatusCode")},
	} {
		if code := member(v, m.name, m.method); code != "" {
			return code
		}
	}
	return ""
}

func member(v reflect.Value, name string, method reflect.Value) string {
	if method.IsValid() && method.Type().NumIn() == 0 && method.Type().NumOut() == 1 {
		return codeText(method.Call(nil)[0])
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return ""
	}
	if f, ok := v.Type().FieldByName(name); ok && f.IsExported() {
		if v, err := v.FieldByIndexErr(f.Index); err == nil {
			return codeText(v)
		}
	}
	return ""
}

func codeText(v reflect.Value) string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem() // of nil the zero Value, which is nothing of the below
	}
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
	if !s.IsRecording() {
		return
	}
	// What was panicked with says what it is without the lock.
	e := contracts.NormalizedError{Message: fmt.Sprint("panic: ", r), Type: "panic", Stack: string(debug.Stack())}
	s.change(func() { s.setError(nil, e, false) })
}
