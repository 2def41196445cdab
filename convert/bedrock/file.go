// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package bedrock

import (
	"cmp"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// file reads an image, a document, a video or audio: base64, the URI of an object
// in S3, or for a document text or a list of texts. What the source is stays in
// the options where the data does not tell.
func file(kind string, o *shape.Object) contracts.ContentPart {
	var source, s3 shape.Object
	source.Read(o.Take("source"))
	s3.Read(source.Take("s3Location"))
	p := contracts.FileContentPart{Filename: o.Text("name"), MediaType: mediaType(kind, o)}
	var opts shape.Options
	switch {
	case source.Get("bytes") != "":
		p.Data = source.Take("bytes")
	case s3.Get("uri") != "":
		p.Data = s3.Take("uri")
		opts.Add("source", s3.RestJSON())
	case source.Get("text") != "":
		p.Data = source.Take("text")
		opts.Add("source", `{"type":"text"}`)
	case source.Get("content") != "":
		p.Data = source.Take("content")
		opts.Add("source", `{"type":"content"}`)
	default:
		p.Data = `""` // an answer that failed has an error in its place
	}
	opts.Rest(&source)
	opts.Rest(o)
	p.ProviderOptions = opts.JSON(provider)
	return p
}

// mediaType is what a file is by its kind and format. A format that says nothing
// stays in the options.
func mediaType(kind string, o *shape.Object) string {
	format, ok := o.Get("format").Text()
	known := shape.MediaType(format)
	switch {
	case kind == "document" && known == "":
		return "application/octet-stream"
	case kind == "audio" && strings.HasPrefix(known, "video/"): // mp4 may hold either
		known = "audio/" + strings.TrimPrefix(known, "video/")
	}
	if ok {
		o.Take("format")
	}
	return cmp.Or(known, kind+"/"+cmp.Or(format, "*"))
}
