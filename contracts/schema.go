// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package contracts

import (
	_ "embed"
	"slices"
)

//go:embed payload.schema.json
var schema []byte

// Schema returns a JSON Schema (draft 2020-12) of the payload, a copy of its
// own for each caller. It is strict about every member that the contract names
// and lets others pass; [CollectorTracePayload.Validate] also knows what belongs
// together.
func Schema() []byte { return slices.Clone(schema) }
