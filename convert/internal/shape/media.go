// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import "strings"

// DataURL takes a data URL apart: data:image/png;base64,iVBO... Only one that
// holds base64 is, and ok says so. A media type that the URL leaves out is
// empty.
func DataURL(url string) (mediaType, base64 string, ok bool) {
	if len(url) < len("data:") || !strings.EqualFold(url[:len("data:")], "data:") {
		return "", "", false
	}
	head, data, ok := strings.Cut(url[len("data:"):], ",")
	if !ok {
		return "", "", false
	}
	mediaType, isBase64 := strings.CutSuffix(head, ";base64")
	mediaType, _, _ = strings.Cut(mediaType, ";") // parameters
	return mediaType, data, isBase64
}

// mediaTypes are by the extension of a file's name, which is also what some
// providers call a format.
var mediaTypes = map[string]string{
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
	"svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",

	"wav": "audio/wav", "mp3": "audio/mpeg", "mpga": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg", "oga": "audio/ogg",
	"opus": "audio/opus", "aac": "audio/aac", "m4a": "audio/mp4", "aiff": "audio/aiff", "pcm": "audio/pcm", "pcm16": "audio/pcm",

	"mp4": "video/mp4", "mov": "video/quicktime", "mkv": "video/x-matroska", "webm": "video/webm", "mpg": "video/mpeg",
	"mpeg": "video/mpeg", "avi": "video/x-msvideo", "flv": "video/x-flv", "wmv": "video/x-ms-wmv", "3gp": "video/3gpp", "three_gp": "video/3gpp",

	"pdf": "application/pdf", "txt": "text/plain", "text": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html",
	"htm": "text/html", "xml": "application/xml", "json": "application/json", "rtf": "application/rtf",
	"doc":  "application/msword",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xls":  "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"ppt":  "application/vnd.ms-powerpoint",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// MediaType is the media type of a format (png, mp3), of a file's name or of a
// URL, by its extension; empty where that says nothing.
func MediaType(name string) string {
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name = name[:i]
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = name[strings.LastIndexByte(name, '.')+1:]
	if len(name) > len("three_gp") {
		return ""
	}
	return mediaTypes[strings.ToLower(name)]
}

// signatures are how files of a type begin, in base64.
var signatures = [...]struct{ start, mediaType string }{
	{"iVBORw0KGgo", "image/png"},
	{"/9j/", "image/jpeg"},
	{"R0lGOD", "image/gif"},
	{"JVBERi", "application/pdf"},
	{"SUQz", "audio/mpeg"},
	{"//uQ", "audio/mpeg"},
	{"ZkxhQw", "audio/flac"},
	{"T2dnUw", "audio/ogg"},
}

// Sniff is the media type of base64 data by how it begins; empty where that says
// nothing.
func Sniff(base64 string) string {
	for i := range signatures {
		if strings.HasPrefix(base64, signatures[i].start) {
			return signatures[i].mediaType
		}
	}
	// A RIFF file says what it is after its size.
	if strings.HasPrefix(base64, "UklGR") && len(base64) >= 16 {
		switch base64[12:16] {
		case "RUJQ": // EBP of WEBP
			return "image/webp"
		case "QVZF": // AVE of WAVE
			return "audio/wav"
		}
	}
	return ""
}
