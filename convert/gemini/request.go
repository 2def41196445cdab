// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Request reads the body of a request for content. The model stands in the URL
// of the REST API: it is known where an SDK put it into the body. So does
// whether the answer is a stream.
func Request(body contracts.JSON) llm.Request {
	body = shape.Sound(body)
	var o, config shape.Object
	o.Read(body)
	if o.Get("input") != "" {
		return interactionRequest(&o)
	}
	o.ReadCamel(body)
	// The SDKs take all but model and contents as one member.
	config.ReadCamel(o.Take("config"))
	var r reader
	for _, from := range [...]*shape.Object{&o, &config} {
		r.content(contracts.RoleSystem, from.Take("systemInstruction"))
	}
	r.contents(o.Take("contents"))
	req := llm.Request{Model: o.Text("model"), Messages: r.out}
	req.Tools = o.Take("tools")
	if tools := config.Take("tools"); req.Tools == "" {
		req.Tools = tools
	}
	req.Tools = shape.NotEmpty(req.Tools)
	config.Take("httpOptions") // of the transport: headers
	req.Settings = append(o.Rest(), config.Rest()...)
	return req
}
