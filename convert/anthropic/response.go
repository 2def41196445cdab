// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Response reads the body of an answer: a message, or an error.
func Response(body contracts.JSON) llm.Response {
	var res llm.Response
	var content contracts.JSON
	for name, value := range body.Members() {
		switch name {
		case "id":
			res.ID, _ = value.Text()
		case "model":
			res.Model, _ = value.Text()
		case "content":
			content = value
		case "stop_reason":
			if reason, ok := value.Text(); ok {
				res.FinishReasons = []string{reason}
			}
		case "usage":
			res.Usage = usage(value, &res.Metadata)
		case "error":
			res.Error = readError(value)
		case "type", "role":
		default:
			if value != "null" {
				res.Metadata = append(res.Metadata, contracts.Member{Name: name, Value: value})
			}
		}
	}
	res.Messages = Content(contracts.RoleAssistant, content)
	return res
}

// usage reads how many tokens were used. Counts that the neutral form has no
// place for are its details; what is no count goes to the metadata.
func usage(usage contracts.JSON, metadata *contracts.Members) llm.Usage {
	var u llm.Usage
	for name, value := range usage.Members() {
		switch name {
		case "input_tokens":
			u.Input = count(value)
		case "output_tokens":
			u.Output = count(value)
		case "cache_read_input_tokens":
			u.CachedInput = count(value)
		case "cache_creation_input_tokens":
			u.CacheWrite = count(value)
		default:
			switch {
			case value == "null":
			case value.IsObject(), value.IsArray(), count(value).Known:
				u.Details = append(u.Details, contracts.Member{Name: name, Value: value})
			default:
				*metadata = append(*metadata, contracts.Member{Name: name, Value: value})
			}
			if name == "output_tokens_details" {
				u.Reasoning = count(value.Member("thinking_tokens"))
			}
		}
	}
	u.Input = u.Input.Plus(u.CachedInput).Plus(u.CacheWrite)
	return u
}

func count(value contracts.JSON) llm.Count {
	if n, ok := jsonscan.Int64(string(value)); ok && n >= 0 {
		return llm.Tokens(n)
	}
	return llm.Count{}
}

// Error reads the error of a body, and is nil where it holds none.
func Error(body contracts.JSON) *contracts.NormalizedError {
	return readError(body.Member("error"))
}

func readError(value contracts.JSON) *contracts.NormalizedError {
	if text, ok := value.Text(); ok {
		return &contracts.NormalizedError{Message: text}
	}
	if !value.IsObject() {
		return nil
	}
	var e contracts.NormalizedError
	e.Message, _ = value.Member("message").Text()
	e.Type, _ = value.Member("type").Text()
	return &e
}
