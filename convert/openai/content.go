// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// provider is the key of this package's providerOptions.
const provider = "openai"

// reader reads messages in their order. It knows the calls so far, and keeps
// memory for the next object.
type reader struct {
	calls                shape.Calls
	message, part, inner shape.Object
}

// parts appends the parts of a content: a text, an array of parts, or one part.
// Each gets the members of common beside its own.
func (r *reader) parts(dst []contracts.ContentPart, content contracts.JSON, common *shape.Options) []contracts.ContentPart {
	if !content.IsArray() {
		if content == "" || content == "null" || content == `""` {
			return dst
		}
		return append(dst, r.contentPart(content, common))
	}
	for e := range content.Elements() {
		dst = append(dst, r.contentPart(e, common))
	}
	return dst
}

// contentPart reads a part of Chat Completions or of Responses: their types have
// different names.
func (r *reader) contentPart(j contracts.JSON, common *shape.Options) contracts.ContentPart {
	if text, ok := j.Text(); ok {
		return contracts.TextContentPart{Text: text, ProviderOptions: common.JSON(provider)}
	}
	var options shape.Options
	options.AddAll(common)
	o := &r.part
	o.Read(j)
	switch kind := o.Text("type"); kind {
	case "text", "input_text", "output_text", "":
		if text, ok := o.Get("text").Text(); ok {
			o.Take("text")
			options.Rest(o)
			return contracts.TextContentPart{Text: text, ProviderOptions: options.JSON(provider)}
		}
	case "refusal":
		if text, ok := o.Get("refusal").Text(); ok {
			o.Take("refusal")
			options.Add("refusal", "true")
			options.Rest(o)
			return contracts.TextContentPart{Text: text, ProviderOptions: options.JSON(provider)}
		}
	case "reasoning_text", "summary_text", "thinking":
		if text, ok := thought(o); ok {
			options.Rest(o)
			return contracts.ReasoningContentPart{Text: text, ProviderOptions: options.JSON(provider)}
		}
	case "image_url", "video_url", "audio_url", "document_url":
		where := o.Take(kind)
		if where.IsObject() {
			r.inner.Read(where)
			where = r.inner.Take("url")
			options.Rest(&r.inner)
		}
		f := file{url: where, name: o.Text("document_name"), mediaType: wide[kind]}
		if part, ok := f.read(o, &options); ok {
			return part
		}
	case "input_image", "computer_screenshot", "image":
		f := file{url: o.Take("image_url"), id: o.Take("file_id"), mediaType: wide["image_url"]}
		if part, ok := f.read(o, &options); ok {
			return part
		}
	case "input_audio":
		r.inner.Read(o.Take(kind))
		format := r.inner.Get("format")
		f := file{data: r.inner.Take("data"), mediaType: shape.MediaType(shape.Text(format))}
		if f.mediaType == "" {
			f.mediaType = wide["audio_url"]
		}
		options.Rest(&r.inner)
		if part, ok := f.read(o, &options); ok {
			return part
		}
	case "file", "input_file":
		in := o
		if inner := o.Get("file"); inner.IsObject() {
			o.Take("file")
			in = &r.inner
			in.Read(inner)
		}
		f := file{url: in.Take("file_url"), data: in.Take("file_data"), id: in.Take("file_id"), name: in.Text("filename")}
		if in != o {
			options.Rest(in)
		}
		if part, ok := f.read(o, &options); ok {
			return part
		}
	}
	return shape.Verbatim(j)
}

// wide are the media types of parts that do not say theirs.
var wide = map[string]string{"image_url": "image/*", "video_url": "video/*", "audio_url": "audio/*"}

// thought takes the text of a part of reasoning. Mistral has a list of texts.
func thought(o *shape.Object) (text string, ok bool) {
	if text, ok = o.Get("text").Text(); ok {
		o.Take("text")
		return text, true
	}
	thinking := o.Get("thinking")
	if text, ok = thinking.Text(); !ok {
		if !thinking.IsArray() {
			return "", false
		}
		var b strings.Builder
		for e := range thinking.Elements() {
			more, isText := e.Member("text").Text()
			if !isText {
				return "", false // a reference, say
			}
			b.WriteString(more)
		}
		text = b.String()
	}
	o.Take("thinking")
	return text, true
}

// file is a file as a part says it: where it is, or what is in it.
type file struct {
	url, data, id   contracts.JSON
	name, mediaType string
}

// read makes the part, with the rest of o. There is none where nothing says what
// or where the file is.
func (f *file) read(o *shape.Object, options *shape.Options) (_ contracts.FileContentPart, ok bool) {
	part := contracts.FileContentPart{MediaType: f.mediaType, Filename: f.name}
	where := f.url
	if where == "" {
		where = f.data
	}
	text, ok := where.Text()
	switch {
	case ok:
		part.Data = where
		found := ""
		if mediaType, data, isData := shape.DataURL(text); isData {
			part.Data = contracts.QuoteJSON(data)
			if found = mediaType; found == "" {
				found = shape.Sniff(data)
			}
		} else if where == f.url {
			found = shape.MediaType(text)
		} else {
			found = shape.Sniff(text)
		}
		if found != "" {
			part.MediaType = found
		}
		options.Add("fileId", f.id)
	case where == "" && f.id != "":
		part.Data = f.id
		options.Add("fileId", f.id)
	default:
		return part, false
	}
	if part.MediaType == "" {
		part.MediaType = shape.MediaType(f.name)
	}
	if part.MediaType == "" {
		part.MediaType = "application/octet-stream"
	}
	options.Rest(o)
	part.ProviderOptions = options.JSON(provider)
	return part, true
}
