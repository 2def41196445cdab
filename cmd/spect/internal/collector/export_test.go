// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector

// Full reports whether all memory for bodies that are being read is taken.
func (s *Server) Full() bool { return s.reading.used.Load() == s.reading.all }
