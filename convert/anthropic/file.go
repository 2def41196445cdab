// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package anthropic

import (
	"cmp"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// octets is the media type of what nobody says more of.
const octets = "application/octet-stream"

// file reads an image or a document: base64, a URL, the id of an uploaded file,
// or text or blocks that stand for a document. What the source is stays in the
// options where the data does not tell. Without a source there is no file: nil.
func file(o *shape.Object, kind string) contracts.ContentPart {
	var source shape.Object
	source.Read(o.Take("source"))
	from := shape.Text(source.Get("type"))
	p := contracts.FileContentPart{MediaType: source.Text("media_type"), Filename: o.Text("title")}
	for _, name := range [...]string{"data", "url", "file_id", "content"} {
		if p.Data = source.Take(name); p.Data != "" {
			break
		}
	}
	if p.Data == "" {
		return nil
	}
	var opts shape.Options
	switch from {
	case "base64":
		source.Take("type")
		p.MediaType = cmp.Or(p.MediaType, shape.Sniff(shape.Text(p.Data)))
	case "url":
		source.Take("type")
		p.MediaType = cmp.Or(p.MediaType, shape.MediaType(shape.Text(p.Data)))
		if kind == "document" {
			p.MediaType = cmp.Or(p.MediaType, "application/pdf") // only that may be a URL
		}
	}
	opts.Add("source", source.RestJSON())
	opts.Rest(o)
	p.ProviderOptions = opts.JSON(provider)
	if p.MediaType == "" {
		p.MediaType = octets
		if kind == "image" {
			p.MediaType = "image/*"
		}
	}
	return p
}
