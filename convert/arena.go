// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import "github.com/spect-tools/spect-go/convert/internal/memory"

// arena is where a payload's own texts are put together. They live until the
// arena is reset.
type arena struct{ memory.Arena }

func (a *arena) reset() { a.Reset() }

func (a *arena) text(build func(dst []byte) []byte) string { return a.Text(build) }
