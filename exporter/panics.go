// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// apart calls a callback of the application's on a goroutine of its own, and waits
// for it: one that ends its goroutine, as a test's Fatal does, ends none of ours.
func apart(callback func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		callback()
	}()
	<-done
}

// panicText says what panicked and where, for an error: to be called by the
// deferred function that recovered. What a program panicked with may hold
// content, and is not quoted; what the runtime says does not.
func panicText(r any) string {
	text := fmt.Sprintf("a value of type %T", r)
	if e, ok := r.(runtime.Error); ok {
		text = e.Error()
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
			panicking = panicking || f.Function == "runtime.gopanic"
		case panicking:
			return fmt.Sprintf("%s (%s:%d)", text, filepath.Base(f.File), f.Line)
		}
		if !more {
			return text
		}
	}
}
