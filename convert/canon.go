// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hash"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// This file tells whether two parts of messages say the same, however they are
// written: conversations are repeated with each call of a model, seldom to the
// letter.

// Seeds of the keys of parts.
const (
	textSeed = iota + 1
	reasoningSeed
	fileSeed
	callSeed
	resultSeed
	resultIDSeed
	otherSeed
)

// partKey is the key of a part of a message of that role.
func partKey(role contracts.Role, part contracts.ContentPart) uint64 {
	by := uint64(len(role)) // tells the roles apart
	switch p := part.(type) {
	case contracts.TextContentPart:
		return textKey(role, p.Text)
	case contracts.ReasoningContentPart:
		if text := strings.TrimSpace(p.Text); text != "" {
			return hash.String(reasoningSeed, text)
		}
		// Redacted. A signature alone says nothing.
		if strings.Contains(string(p.ProviderOptions), "edacted") {
			return hash.String(reasoningSeed, string(p.ProviderOptions))
		}
		return 0
	case contracts.FileContentPart:
		return canon(hash.Uint64(fileSeed, by), p.Data, canonDepth)
	case contracts.ToolCallContentPart:
		return callKey(p.ToolName, p.Input)
	case contracts.ToolResultContentPart:
		if p.ToolCallID != "" {
			return hash.String(resultIDSeed, p.ToolCallID)
		}
		return canon(hash.String(resultSeed, p.ToolName), p.Output.Value, canonDepth)
	case contracts.UnknownContentPart:
		return canon(hash.Uint64(otherSeed, by), p.Raw, canonDepth)
	}
	return 0
}

// textKey is the key of text; blank text says nothing.
func textKey(role contracts.Role, text string) uint64 {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	return hash.String(hash.Uint64(textSeed, uint64(len(role))), text)
}

// callKey is the same for calls of a tool with equal arguments.
func callKey(name string, input contracts.JSON) uint64 {
	return canon(hash.String(callSeed, name), argumentsOf(input), canonDepth)
}

// argumentsOf are the arguments of a call. Some write them as the text of an
// object.
func argumentsOf(input contracts.JSON) contracts.JSON {
	if input == "" {
		return "{}"
	}
	if text, ok := input.Text(); ok {
		if inner := contracts.JSON(text); (inner.IsObject() || inner.IsArray()) && inner.Valid() {
			return inner
		}
	}
	return input
}

// canonDepth is how deep members are compared in any order; what lies deeper, as
// it is written: each level is read again for the one above it.
const canonDepth = 16

// canon continues a hash with a JSON value, whatever its white space, the order
// of its members and the escapes in its strings.
func canon(h uint64, j contracts.JSON, depth int) uint64 {
	switch kind := jsonscan.Kind(string(j)); kind {
	case '{':
		if depth == 0 {
			return hash.String(h, string(j))
		}
		sum, n := uint64(0), uint64(0)
		for name, value := range j.Members() {
			if value == "null" {
				continue // as good as absent
			}
			sum += canon(hash.String(h, name), value, depth-1)
			n++
		}
		return hash.Uint64(hash.Uint64(h, sum), n)
	case '[':
		if depth == 0 {
			return hash.String(h, string(j))
		}
		for e := range j.Elements() {
			h = canon(h, e, depth-1)
		}
		return hash.Uint64(h, '[')
	case '"':
		text, _ := j.Text()
		return hash.String(h, text)
	case '0':
		if n, ok := jsonscan.Int64(string(j)); ok {
			return hash.Uint64(h, uint64(n))
		}
	}
	return hash.String(h, jsonscan.TrimSpace(string(j)))
}
