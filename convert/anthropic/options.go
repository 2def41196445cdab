// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// provider is the key of our provider options.
const provider = "anthropic"

// options are what only the provider knows of a part.
type options struct{ members []byte }

func (o *options) add(name string, value contracts.JSON) {
	if value == "" || value == "null" {
		return
	}
	if len(o.members) == 0 {
		o.members = append(o.members, `{"`+provider+`":{`...)
	} else {
		o.members = append(o.members, ',')
	}
	o.members = jsonscan.AppendString(o.members, name)
	o.members = append(o.members, ':')
	o.members = append(o.members, value...)
}

func (o *options) json() contracts.JSON {
	if len(o.members) == 0 {
		return ""
	}
	return contracts.JSON(o.members) + "}}"
}

func (o *options) member() contracts.Members {
	if len(o.members) == 0 {
		return nil
	}
	return contracts.Members{{Name: "providerOptions", Value: o.json()}}
}

// unknown keeps a block as it is, where it can stand among parts.
func unknown(block contracts.JSON) contracts.ContentPart {
	kind, _ := block.Member("type").Text()
	switch kind {
	case "", contracts.PartText, contracts.PartReasoning, contracts.PartFile, contracts.PartToolCall, contracts.PartToolResult:
		return contracts.UnknownContentPart{PartType: "unknown", Raw: `{"type":"unknown","value":` + block + `}`}
	}
	return contracts.UnknownContentPart{PartType: kind, Raw: block}
}
