// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shrink"
)

// Shrink makes p's JSON at most limit bytes long, as far as it can, and returns
// by how many bytes it became shorter. The largest parts give way first, and as
// little as possible is touched:
//
//  1. Files, the largest first: the data of a file part, and a long data: URL
//     or long base64 in another JSON value, becomes {"sha256", "size"}, of the
//     decoded bytes, beside the media type.
//  2. The longest texts and JSON values are all cut to one length, the greatest
//     that will do, so that what is shorter stays whole. A text keeps its start
//     and the end of it around "…[1,234 bytes cut]…". A JSON value has the long
//     strings in it cut; where that is not enough it becomes a string of its
//     text, and a tool's output becomes one of type text or error-text. What
//     the contract wants as an object keeps its members and has their values cut.
//  3. Where there is too much even so, the texts and values of the spans in the
//     middle shrink to the mark alone; then those spans are left out, and the
//     children of each move up to the nearest ancestor that is left. The first
//     and the last span are the last to go.
//
// Ids, roles, types, the names of tools, usage, finish reasons, models, the type
// and the code of an error, times and the names of members stay as they are. So
// the result may still exceed limit, by what the session itself has of these. The
// JSON stays valid, and valid by the contract if it was.
//
// What was cut is noted under "partial", in the metadata of the span, or in
// metadata.result for the session: an object from where it stood to why, beside
// what is there already. There are twenty notes for each at most, fewer where they
// would take more than an eighth of limit, on what lost most; "more" counts the rest.
//
// encoded is the exact length of p's JSON in bytes, which a caller that has just
// encoded it knows; when it is not above 0, Shrink finds out, without encoding
// where the lengths of the values show that p is within the limit. A payload
// within the limit is not touched, and one that Shrink made is not shrunk again
// by the same limit.
//
// Shrink changes p, the records that it points to and the slices in them; the
// texts that p held are replaced, never written to. Nothing else may use p
// meanwhile. The time is linear in the size of p, but for sorting its long parts.
func Shrink(p *contracts.CollectorTracePayload, limit, encoded int) (cut int) {
	return shrink.Payload(p, limit, encoded)
}

// HashFiles puts {"mediaType", "sha256", "size"} in the place of each file in p of
// more than limit bytes, decoded. Such are the data of a file part, a data: URL
// in base64, and base64 in another JSON value: of 24 bytes or more where a
// provider puts files (data, bytes, b64_json, file_data and the like), else of a
// kilobyte. A data: URL within a longer text becomes one without data:
// data:image/png;sha256=…;size=…,. What only names a file, by another URL or a
// provider's id, stays.
//
// HashFiles changes p as [Shrink] does, under the same conditions, in linear time.
func HashFiles(p *contracts.CollectorTracePayload, limit int) { shrink.HashFiles(p, limit) }
