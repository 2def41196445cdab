// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"slices"
	"strings"
)

// echoed is how many bytes in a row an answer may have in common with a payload
// before they count as quoted from it.
const echoed = 8

// contractNames are names of the contract, which an answer may well speak of.
var contractNames = [...]string{
	"organizationId", "traceId", "parentId", "spanId", "startTime", "endTime", "duration", "durationMs", "operation", "functionId",
	"metadata", "request", "result", "version", "status", "prompt", "format", "messages", "response", "timestamp", "finishReasons", "attributes",
	"provider", "request.input", "conversationId", "modelId", "content", "providerOptions", "mediaType", "filename", "toolCallId", "toolName",
	"parameters", "subagent", "subagentType", "message", "error", "code", "type", "id", "name",
}

// isPunctuation reports whether r stands between the names and values of JSON.
func isPunctuation(r rune) bool { return strings.ContainsRune(`{}[],:"`, r) }

// ofContract reports whether a piece of JSON is made of nothing but names of the
// contract, whole or cut at its ends, and what stands between them: that is in
// every payload, and in the answers of most servers.
func ofContract(piece string) bool {
	startsCut, endsCut := !isPunctuation(rune(piece[0])), !isPunctuation(rune(piece[len(piece)-1]))
	names := strings.FieldsFunc(piece, isPunctuation)
	for i, name := range names {
		first, last := startsCut && i == 0, endsCut && i == len(names)-1
		if !slices.ContainsFunc(contractNames[:], func(known string) bool {
			switch {
			case first && last:
				return strings.Contains(known, name)
			case first:
				return strings.HasSuffix(known, name)
			case last:
				return strings.HasPrefix(known, name)
			default:
				return known == name
			}
		}) {
			return false
		}
	}
	return true
}

// withoutEcho takes out of a text, a part of the collector's answer, what it
// quotes of the payload: that is content, and no matter for an error. It takes
// time linear in the payload.
func withoutEcho(text string, payload []byte) string {
	if len(text) < echoed {
		return text
	}
	var first [256]bool
	windows := make(map[string][]int, len(text))
	for i := range len(text) - echoed + 1 {
		if w := text[i : i+echoed]; !ofContract(w) {
			windows[w] = append(windows[w], i)
			first[w[0]] = true
		}
	}
	quoted := make([]bool, len(text))
	some := false
	for i := range len(payload) - echoed + 1 {
		if !first[payload[i]] {
			continue
		}
		w := payload[i : i+echoed]
		for _, at := range windows[string(w)] {
			for k := range echoed {
				quoted[at+k] = true
			}
			some = true
		}
		delete(windows, string(w))
	}
	if !some {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !quoted[i]:
			b.WriteByte(text[i])
		case i == 0 || !quoted[i-1]:
			b.WriteString("[…]")
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}
