// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package neighbourhood

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// globals are the handlers of a service's own, which OpenTelemetry does not give
// back: whether they are still in place shows when something is handled.
type globals struct {
	mu     sync.Mutex
	errors []string
	logs   []string
}

func newGlobals() *globals { return &globals{} }

// set makes them OpenTelemetry's.
func (g *globals) set(t *testing.T) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.errors = append(g.errors, err.Error())
	}))
	otel.SetLogger(funcr.New(func(_, args string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.logs = append(g.logs, args)
	}, funcr.Options{Verbosity: 4}))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
}

// heardOf checks that they are still OpenTelemetry's.
func (g *globals) heardOf(t *testing.T) {
	t.Helper()
	otel.Handle(errProbe)
	_ = sdktrace.NewTracerProvider() // which OpenTelemetry logs
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.errors); n == 0 || g.errors[n-1] != errProbe.Error() {
		t.Error("the error handler is not the service's any more")
	} else {
		g.errors = g.errors[:n-1]
	}
	if n := len(g.logs); n == 0 || !strings.Contains(g.logs[n-1], "TracerProvider created") {
		t.Errorf("the logger is not the service's any more: %q", g.logs)
	}
}

var errProbe = errors.New("is anybody there")

// errorsOfOthers are the errors that Spect did not report.
func (g *globals) errorsOfOthers() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(g.errors), func(text string) bool { return strings.HasPrefix(text, spectError) })
}

// snapshot is all that is global and could be changed behind a service's back, by
// name.
type snapshot map[string]any

func takeGlobals() snapshot {
	s := snapshot{
		"otel.GetTracerProvider":    otel.GetTracerProvider(),
		"otel.GetMeterProvider":     otel.GetMeterProvider(),
		"otel.GetTextMapPropagator": otel.GetTextMapPropagator(),
		"otel.GetLoggerProvider":    otel.GetLoggerProvider(),
		"http.DefaultTransport":     http.DefaultTransport,
		"http.DefaultClient":        http.DefaultClient,
		"http.DefaultServeMux":      http.DefaultServeMux,
		"slog.Default":              slog.Default(),
		"log.Default":               log.Default(),
		"log.Writer":                log.Writer(),
		"log.Flags":                 log.Flags(),
		"log.Prefix":                log.Prefix(),
		"os.Stdout":                 os.Stdout,
		"os.Stderr":                 os.Stderr,
		"os.Environ":                strings.Join(os.Environ(), "\n"),
	}
	s.fields("http.DefaultTransport", http.DefaultTransport)
	s.fields("http.DefaultClient", http.DefaultClient)
	s.fields("net.DefaultResolver", net.DefaultResolver)
	return s
}

// fields puts the exported fields of what v points to in the snapshot.
func (s snapshot) fields(name string, v any) {
	value := reflect.ValueOf(v).Elem()
	for i := range value.NumField() {
		if is := value.Type().Field(i); is.IsExported() {
			s[name+"."+is.Name] = value.Field(i).Interface()
		}
	}
}

// identity is v, or where values like v cannot be compared, what v points to.
func identity(v any) any {
	switch value := reflect.ValueOf(v); {
	case !value.IsValid() || value.Comparable():
		return v
	case value.Kind() == reflect.Func, value.Kind() == reflect.Map, value.Kind() == reflect.Slice:
		return value.Pointer()
	default:
		return fmt.Sprintf("%#v", v)
	}
}

// same checks that nothing was changed since.
func (s snapshot) same(t *testing.T, when string) {
	t.Helper()
	now := takeGlobals()
	for name, was := range s {
		if identity(now[name]) != identity(was) {
			t.Errorf("%s is another %s", name, when)
		}
	}
}
