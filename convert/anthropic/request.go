// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Request reads the body of a request for a message. The tokens that let one in
// to MCP servers are left out of its settings.
func Request(body contracts.JSON) llm.Request {
	var o shape.Object
	o.Read(shape.Sound(body))
	var r reader
	r.content(contracts.RoleSystem, o.Take("system"))
	r.messages(o.Take("messages"))
	req := llm.Request{
		Model:    o.Text("model"),
		Messages: r.out,
		Tools:    shape.NotEmpty(o.Take("tools")),
		Stream:   o.Take("stream") == "true",
	}
	req.Settings = o.Rest()
	for i := range req.Settings {
		if s := &req.Settings[i]; s.Name == "mcp_servers" && s.Value.IsArray() {
			s.Value = withoutTokens(s.Value)
		}
	}
	return req
}

func withoutTokens(servers contracts.JSON) contracts.JSON {
	var o shape.Object
	b := []byte{'['}
	for server := range servers.Elements() {
		if len(b) > 1 {
			b = append(b, ',')
		}
		if o.Read(server); o.Take("authorization_token") != "" {
			server = o.RestJSON()
		}
		b = append(b, server...)
	}
	return contracts.JSON(append(b, ']'))
}
