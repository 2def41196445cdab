// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package logs_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
