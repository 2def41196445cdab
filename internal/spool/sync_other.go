// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package spool

import "os"

// SyncData has a file written to the disk: it is [os.File.Sync] here.
func SyncData(f *os.File) error { return f.Sync() }
