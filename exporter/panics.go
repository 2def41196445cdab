// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

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
