// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package withhold_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/hostile"
	"github.com/spect-tools/spect-go/internal/withhold"
)

// Every attribute that holds content is withheld, whatever its value.
func TestAttribute(t *testing.T) {
	for _, key := range []attribute.Key{
		contracts.MessagesKey, contracts.MetadataKey, contracts.SessionMetadataKey, contracts.ResultMetadataKey, contracts.RequestInputKey,
		contracts.SubagentInputKey, contracts.ToolParametersKey, contracts.ToolResultKey, contracts.ResponseTextKey, contracts.ResponseObjectKey,
		contracts.ErrorMessageKey, contracts.ErrorStackKey, contracts.ResponseUsageKey,
	} {
		for _, v := range []attribute.Value{
			attribute.StringValue("secret"), attribute.StringValue(`"secret"`), attribute.StringValue(`["secret"]`), attribute.StringValue(`{"a":"secret"}`),
			attribute.StringValue(`[{"role":"user","content":"secret"}]`), attribute.StringValue(`{"a":1, secret`), attribute.StringValue("7 secret"),
			attribute.StringSliceValue([]string{"secret"}), attribute.ByteSliceValue([]byte("secret")), attribute.SliceValue(attribute.StringValue("secret")),
		} {
			kv := attribute.KeyValue{Key: key, Value: v}
			w := withhold.Withholder{Kinds: contracts.ContentAll}
			if left, ok := w.Attribute(kv); ok && strings.Contains(left.Value.String(), "secret") {
				t.Errorf("%s: of %q is left %q", key, v.String(), left.Value.String())
			}
			if w.Withheld == 0 {
				t.Errorf("%s: %q: nothing was withheld", key, v.String())
			}
			lenient := withhold.Withholder{Kinds: contracts.ContentAll &^ withhold.KindsOf(kv)}
			if left, ok := lenient.Attribute(kv); !ok || left.Value.String() != v.String() {
				t.Errorf("%s: %q was withheld with what it is not of", key, v.String())
			}
		}
	}
	usage := contracts.ResponseUsageKey.String(`{"inputTokens": 7, "details": {"a": 1}}`)
	if withhold.KindsOf(usage) != 0 {
		t.Error("a usage of numbers holds content")
	}
}

// FuzzMessages: whatever a transcript is, what is left of it is a JSON array, says
// nothing of what it said, and stays as it is when it is withheld again.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"m","role":"user","content":"hidden text"}]`, `[{"role":"assistant","content":[{"type":"text","text":"hidden text"}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"content","value":["hidden text"]}}]}]`,
		`hidden text`, `{"role":"hidden text"}`, `[["hidden text"]]`, `[{"role":"user","content":{"hidden text":1}}]`, `[{"content":"hidden text"}]`, `[`,
		` [ {"role" : "\u0075ser","content":"\u0068idden text"} ] `, `[{"role":"user","content":"x","content":"hidden text"}]`, "[{\"role\":\"user\",\"content\":\"\xffhidden text\"}]",
		`[{"role":"user","content":null,"name":"hidden text","":"hidden text","x":[{"y":"hidden text"}]}]`, `[null,"hidden text",[],1e400]`,
		`[{"role":"user","content":[null,"hidden text",{"type":"text"},{"type":"hidden text"},{"type":1,"text":"hidden text"},{"text":"hidden text"}]}]`,
		`[{"role":"user","content":[{"type":"file","mediaType":"a/b","filename":"hidden text","data":{"hidden text":1},"providerOptions":{"a":"hidden text"}}]}]`,
		`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"hidden text","toolName":"hidden text","input":{"hidden text":1}},{"type":"reasoning","text":"hidden text"}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"hidden text","value":1}}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"hidden text","value":null,"type":"hidden text"}}]}]`,
		`[{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"n","output":{"type":"content","value":[{"text":"[withheld, 1 bytes]","x":"hidden text"}]}}]}]`,
		`[{"role":"user","content":"[withheld, 1 bytes] hidden text"}]`, `[{"role":"user","content":[{"type":"new","withheld":"[withheld, 1 bytes]","x":"hidden text"}]}]`,
	} {
		f.Add(seed)
		const mutations = 10
		if contracts.JSON(seed).Valid() {
			for n := range uint64(mutations) {
				f.Add(hostile.Mutate(rand.New(rand.NewPCG(n, 0)), seed))
			}
		}
	}
	f.Fuzz(func(t *testing.T, messages string) {
		w := withhold.Withholder{Kinds: contracts.ContentAll}
		left := w.Messages(contracts.Messages(messages))
		if messages == "" {
			return
		}
		if j := contracts.JSON(left); !j.IsArray() || !j.Valid() {
			t.Fatalf("not an array: %s", left)
		}
		for m, err := range left.All() {
			if err != nil {
				t.Fatalf("not a message: %v", err)
			}
			parts := slices.Clone(m.Content.Parts())
			for i, part := range parts {
				switch p := part.(type) {
				case contracts.TextContentPart:
					if p.Text != "" && !strings.HasPrefix(p.Text, "[withheld, ") {
						t.Fatalf("a text is left: %s", left)
					}
				case contracts.FileContentPart: // what is no content may say what it likes
					p.MediaType = ""
					parts[i] = p
				case contracts.ToolCallContentPart:
					p.ToolCallID, p.ToolName = "", ""
					parts[i] = p
				case contracts.ToolResultContentPart:
					p.ToolCallID, p.ToolName = "", ""
					parts[i] = p
				}
			}
			if strings.Contains(string(contracts.PartsContent(parts...).AppendJSON(nil)), "hidden text") {
				t.Fatalf("it says %s", left)
			}
		}
		again := withhold.Withholder{Kinds: contracts.ContentAll}
		if twice := again.Messages(left); twice != left {
			t.Fatalf("withheld again\n%s\nis\n%s", left, twice)
		}
	})
}

// Of an error its type and code stay, and a message that only repeats the type.
func TestError(t *testing.T) {
	for message, want := range map[string]string{"secret": withhold.Mark(6), "T": "T", "": ""} {
		e := contracts.NormalizedError{Message: message, Type: "T", Code: "C", Stack: "secret", Extra: contracts.Members{{Name: "more", Value: `"secret"`}}}
		w := withhold.Withholder{Kinds: contracts.ContentErrors}
		w.Error(contracts.ContentErrors, &e)
		if e.Message != want || e.Type != "T" || e.Code != "C" || e.Stack != withhold.Mark(6) || len(e.Extra) > 0 {
			t.Errorf("of %q is left %+v", message, e)
		}
	}
}

// Of a usage the numbers stay, in objects of a usage's depth.
func TestUsage(t *testing.T) {
	for usage, want := range map[contracts.JSON]contracts.JSON{
		`{"a":1,"b":{"c":{"d":{"e":2}}},"s":"secret","l":[1],"n":null}`: `{"a":1,"b":{"c":{"d":{"e":2}}},"n":null}`,
		`{"a":{"b":{"c":{"d":{"e":{"f":1}}}}},"g":1.50}`:                `{"g":1.50}`,
		`{"a":{"b":"secret"},"c":1}`:                                    `{"c":1}`,
		`"secret"`:                                                      `{}`,
		``:                                                              ``,
	} {
		w := withhold.Withholder{Kinds: contracts.ContentAll}
		if have := w.Usage(usage); have != want {
			t.Errorf("of %s is left %s, want %s", usage, have, want)
		}
	}
}

// A member that is repeated hides nothing, and one that is not keeps its bytes.
func TestRepeatedMembers(t *testing.T) {
	for messages, want := range map[contracts.Messages]contracts.Messages{
		`[{"role":"user","content":"secret","content":""}]`:                       `[{"role":"user","content":""}]`,
		`[{"role":"tool","name":"secret","name":"","content":[]}]`:                `[{"role":"tool","content":[],"name":""}]`,
		`[{ "content":"" ,"role":"user","more":"" }]`:                             `[{"role":"user","content":""}]`,
		`[{ "content":"" ,"role":"user"}]`:                                        `[{ "content":"" ,"role":"user"}]`,
		`[{"role":"user","content":[{"type":"text","text":"secret","text":""}]}]`: `[{"role":"user","content":[{"type":"text","text":""}]}]`,
	} {
		w := withhold.Withholder{Kinds: contracts.ContentAll}
		if have := w.Messages(messages); have != want {
			t.Errorf("of %s is left %s, want %s", messages, have, want)
		}
	}
}
