// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"github.com/spect-tools/spect-go/contracts"
)

// file reads an image or a document. What it is of where the source does not say
// is mediaType.
func file(block contracts.JSON, mediaType string) contracts.ContentPart {
	p := contracts.FileContentPart{MediaType: mediaType}
	var opts options
	for name, value := range block.Members() {
		switch name {
		case "type":
		case "source":
			source(&p, &opts, value)
		case "title":
			p.Filename, _ = value.Text()
		default:
			opts.add(name, value)
		}
	}
	if p.Data == "" {
		return nil
	}
	p.ProviderOptions = opts.json()
	return p
}

// source reads where a file's content comes from: base64, a URL, the id of an
// uploaded file, or text and blocks that stand in for one.
func source(p *contracts.FileContentPart, opts *options, source contracts.JSON) {
	kind, _ := source.Member("type").Text()
	for name, value := range source.Members() {
		switch name {
		case "media_type":
			if mediaType, ok := value.Text(); ok && mediaType != "" {
				p.MediaType = mediaType
			}
		case "data", "url", "file_id", "content":
			p.Data = value
		}
	}
	switch kind {
	case "base64", "url":
	default:
		opts.add("source", contracts.JSON(`{"type":`+string(contracts.QuoteJSON(kind))+`}`))
	}
}

// containerUpload reads a file that went into the container of code execution.
func containerUpload(block contracts.JSON) contracts.ContentPart {
	p := contracts.FileContentPart{MediaType: "application/octet-stream"}
	var opts options
	for name, value := range block.Members() {
		switch name {
		case "type":
			opts.add(name, value)
		case "file_id":
			p.Data = value
		default:
			opts.add(name, value)
		}
	}
	if p.Data == "" {
		return nil
	}
	p.ProviderOptions = opts.json()
	return p
}
