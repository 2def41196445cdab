// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shrink

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/file"
)

// HashFiles is [convert.HashFiles].
//
// [convert.HashFiles]: https://pkg.go.dev/github.com/spect-tools/spect-go/convert#HashFiles
func HashFiles(p *contracts.CollectorTracePayload, limit int) {
	s := newShrinker(p, 0, 0)
	s.hashing = true
	s.findAll(findFiles, len(`"x"`))
	for i := range s.pieces {
		f := &s.pieces[i]
		body := (*f.in)[f.start:f.end]
		if body[0] == '"' {
			body = body[1 : len(body)-1]
		}
		f.chosen = file.DecodedSize(body) > limit
	}
	s.apply(s.pieces, 0)
	s.urls = limit
	s.findAll(findURLs, leastBase64)
	if s.copied {
		p.Metadata.Spect = p.Metadata.Request.Member("spect")
	}
}

// leastBase64 is the shortest that is taken for a file where a provider puts files.
const leastBase64 = 24

// isBlob reports whether the inner text of a JSON string is a file, by itself or by
// the name of its member.
func (f *finder) isBlob(w *walk, body string) bool {
	if !f.hashing || len(body) >= leastBlob {
		return len(body) >= leastBlob && file.Is(body)
	}
	if file.IsDataURL(body) {
		return true
	}
	switch w.name() {
	case "data", "bytes", "b64_json", "base64", "file_data", "fileData", "image_data", "imageData", "inlineData", "inline_data", "blob", "audio", "image":
		return file.IsBase64(body, leastBase64) && !file.IsReference(body)
	}
	return false
}

// fileData is for the data of a file part.
func (f *finder) fileData(start, end int) {
	switch {
	case f.what != findFiles:
	case f.hashing && f.text[start] != '"':
		f.blobs(start, end)
	case f.hashing && file.IsReference(f.text[start+1:end-1]):
	default:
		f.add(piece{kind: fileData, start: start, end: end, size: end - start})
	}
}

// inURLs hashes the files that are data: URLs within the texts of a place, where
// that is what is to be done.
func (f *finder) inURLs(in *string) bool {
	if f.what == findURLs {
		*in = file.HashURLs(*in, f.urls)
	}
	return f.what == findURLs
}
