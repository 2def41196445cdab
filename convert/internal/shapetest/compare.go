// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Package shapetest tests the readers of the providers' own JSON shapes: what
// they read against what a recording says, and against the contract.
//
// What is wanted is JSON that may take values from a recording, so that a test
// says where each native member lands, and no expected text is copied from our
// own output:
//
//	"$content.0.text"     the value at the path; -1 is the last element
//	"$join delta.text"    the texts at the path in all events of a stream, joined
//	"$join text index=1"  the same of those events where the path index leads to 1
//	"$json ..."           what a text holds, found by either way, as JSON
//
// For tests only.
package shapetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/llm"
)

// Recording reads a file of testdata.
func Recording(t testing.TB, name string) contracts.JSON {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return contracts.JSON(b)
}

// Events are the events of a recorded stream, one a line.
func Events(t testing.TB, name string) []contracts.JSON {
	t.Helper()
	var out []contracts.JSON
	for line := range strings.Lines(string(Recording(t, name))) {
		out = append(out, contracts.JSON(line))
	}
	return out
}

// List is the JSON of a list of values: what a path leads into for a stream. What
// is no JSON, such as a mark at the end, is left out.
func List(events []contracts.JSON) contracts.JSON {
	b := []byte{'['}
	for _, e := range events {
		if e.Valid() && len(b) > 1 {
			b = append(b, ',')
		}
		if e.Valid() {
			b = append(b, e...)
		}
	}
	return contracts.JSON(append(b, ']'))
}

// Fold gives a stream its events.
func Fold(s llm.Stream, events ...contracts.JSON) llm.Response {
	for _, e := range events {
		s.Add(e)
	}
	return s.Response()
}

// Same fails the test where two JSON texts are not the same value; an empty text
// is null. Strings of want that begin with $ are paths into the recording.
func Same(t testing.TB, what string, got, want, recording contracts.JSON) {
	t.Helper()
	var recorded any
	if recording != "" {
		recorded = decode(t, recording)
	}
	if g, w := decode(t, got), fill(t, decode(t, want), recorded); !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\nhave %s\nwant %s", what, indent(g), indent(w))
	}
}

func decode(t testing.TB, j contracts.JSON) (v any) {
	t.Helper()
	if j == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(j), &v); err != nil {
		t.Fatalf("%v: %s", err, j)
	}
	return v
}

func indent(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// fill puts the values of a recording in where a wanted value has a path.
func fill(t testing.TB, want, recorded any) any {
	t.Helper()
	switch w := want.(type) {
	case string:
		if path, ok := strings.CutPrefix(w, "$"); ok {
			return find(t, recorded, path)
		}
	case []any:
		for i := range w {
			w[i] = fill(t, w[i], recorded)
		}
	case map[string]any:
		for name := range w {
			w[name] = fill(t, w[name], recorded)
		}
	}
	return want
}

// find is what a wanted string that began with $ stands for.
func find(t testing.TB, recorded any, what string) (v any) {
	t.Helper()
	path, isJSON := strings.CutPrefix(what, "json ")
	if texts, ok := strings.CutPrefix(path, "join "); ok {
		path, where, _ := strings.Cut(texts, " ")
		v = join(recorded, path, where)
	} else {
		v = at(recorded, path)
	}
	text, isText := v.(string)
	switch {
	case v == nil || isText && text == "":
		t.Fatalf("the recording has nothing at %s", what)
	case isJSON:
		return decode(t, contracts.JSON(text))
	}
	return v
}

// at is the value at a path, nil where there is none.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[step]
		case []any:
			i, err := strconv.Atoi(step)
			if i < 0 {
				i += len(w)
			}
			if err != nil || i < 0 || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	return v
}

func join(events any, path, where string) (text string) {
	list, _ := events.([]any)
	where, number, asked := strings.Cut(where, "=")
	for _, e := range list {
		if n, ok := at(e, where).(float64); asked && (!ok || strconv.Itoa(int(n)) != number) {
			continue
		}
		piece, _ := at(e, path).(string)
		text += piece
	}
	return text
}

// Messages is the JSON of messages, empty where there are none.
func Messages(messages []contracts.ConversationMessage) contracts.JSON {
	if len(messages) == 0 {
		return ""
	}
	return contracts.JSON(contracts.MakeMessages(messages...))
}

// Members is the JSON of an object of members, empty where there are none.
func Members(members contracts.Members) contracts.JSON {
	if len(members) == 0 {
		return ""
	}
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, contracts.QuoteJSON(m.Name)...)
		b = append(b, ':')
		b = append(b, m.Value...)
	}
	return contracts.JSON(append(b, '}'))
}

// Request is the JSON of all of a request that is there.
func Request(r llm.Request) contracts.JSON {
	b := object{'{'}
	b.text("model", r.Model)
	b.add("messages", Messages(r.Messages))
	b.add("tools", r.Tools)
	if r.Stream {
		b.add("stream", "true")
	}
	b.text("conversationId", r.ConversationID)
	b.add("settings", Members(r.Settings))
	return contracts.JSON(append(b, '}'))
}

// Response is the JSON of all of an answer that is there.
func Response(r llm.Response) contracts.JSON {
	b := object{'{'}
	b.text("id", r.ID)
	b.text("model", r.Model)
	b.add("messages", Messages(r.Messages))
	if len(r.FinishReasons) > 0 {
		b.add("finish", contracts.MakeJSON(r.FinishReasons))
	}
	if r.Usage.Known() || len(r.Usage.Details) > 0 {
		b.add("usage", contracts.JSON(r.Usage.AppendJSON(nil)))
	}
	if r.Error != nil {
		b.add("error", contracts.JSON(r.Error.AppendJSON(nil)))
	}
	b.add("metadata", Members(r.Metadata))
	return contracts.JSON(append(b, '}'))
}

// Error is the JSON of an error, empty where there is none.
func Error(e *contracts.NormalizedError) contracts.JSON {
	if e == nil {
		return ""
	}
	return contracts.JSON(e.AppendJSON(nil))
}

type object []byte

func (o *object) add(name string, value contracts.JSON) {
	if value == "" {
		return
	}
	if len(*o) > 1 {
		*o = append(*o, ',')
	}
	*o = append(*o, `"`+name+`":`...)
	*o = append(*o, value...)
}

func (o *object) text(name, text string) {
	if text != "" {
		o.add(name, contracts.QuoteJSON(text))
	}
}
