// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package main

import "time"

// threadCPU is that of the whole process: what a thread used is not to be had
// everywhere. The exporter's goroutines are in it.
func threadCPU() time.Duration { return processCPU() }
