// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/anthropic"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Request reads the body of a request for a conversation. Over HTTP the model
// stands in the URL: it is known where an SDK put it into the body. So does
// whether the answer is a stream.
func Request(body contracts.JSON) llm.Request {
	body = shape.Sound(body)
	var o shape.Object
	o.Read(body)
	if o.Get("anthropic_version") != "" {
		return anthropic.Request(body)
	}
	var r reader
	r.content(contracts.RoleSystem, o.Take("system"))
	r.messages(o.Take("messages"))
	req := llm.Request{Model: o.Text("modelId"), Messages: r.out}

	var tools shape.Object
	tools.Read(o.Take("toolConfig"))
	req.Tools = shape.NotEmpty(tools.Take("tools"))
	if rest := tools.RestJSON(); rest != "" { // toolChoice
		req.Settings = append(req.Settings, contracts.Member{Name: "toolConfig", Value: rest})
	}
	for _, m := range o.Rest() {
		if !shape.IsEmpty(m.Value) {
			req.Settings = append(req.Settings, m)
		}
	}
	return req
}
