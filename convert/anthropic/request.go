// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Request reads the body of a request for a message.
func Request(body contracts.JSON) llm.Request {
	var req llm.Request
	var system, messages contracts.JSON
	for name, value := range body.Members() {
		switch name {
		case "model":
			req.Model, _ = value.Text()
		case "system":
			system = value
		case "messages":
			messages = value
		case "tools":
			if value.IsArray() {
				req.Tools = value
			}
		case "stream":
			req.Stream = value == "true"
		default:
			if value != "null" {
				req.Settings = append(req.Settings, contracts.Member{Name: name, Value: value})
			}
		}
	}
	var r reader
	r.content(contracts.RoleSystem, system)
	r.messages(messages)
	req.Messages = r.out
	return req
}
