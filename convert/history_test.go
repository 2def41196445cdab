// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/contracts"
)

func toolCall(id, name, input string) contracts.ToolCallContentPart {
	return contracts.ToolCallContentPart{ToolCallID: id, ToolName: name, Input: contracts.JSON(input)}
}

func toolResult(id, name, value string) contracts.ToolResultContentPart {
	return contracts.ToolResultContentPart{ToolCallID: id, ToolName: name, Output: contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: contracts.JSON(value)}}
}

// told is a message in one word: its role and what it says.
func told(m *spoken) string {
	words := []string{string(m.role)}
	for _, p := range m.parts {
		switch p := p.ContentPart.(type) {
		case contracts.TextContentPart:
			words = append(words, p.Text)
		case contracts.ReasoningContentPart:
			words = append(words, "("+p.Text+")")
		case contracts.ToolCallContentPart:
			words = append(words, p.ToolName+string(p.Input))
		case contracts.ToolResultContentPart:
			words = append(words, "="+string(p.Output.Value))
		case contracts.UnknownContentPart:
			words = append(words, string(p.Raw))
		case contracts.FileContentPart:
			words = append(words, "<"+string(p.Data)+">")
		}
	}
	return strings.Join(words, " ")
}

type turn struct {
	in, out []contracts.ConversationMessage
	// fresh is what of in is new.
	fresh []string
}

func TestOnlyWhatIsNewIsHeard(t *testing.T) {
	system, user, assistant := contracts.SystemText, contracts.UserText, contracts.AssistantText
	type messages = []contracts.ConversationMessage
	weather := contracts.Assistant(
		contracts.ReasoningContentPart{Text: "Hm.", ProviderOptions: `{"anthropic":{"signature":"abc"}}`},
		contracts.TextContentPart{Text: "Let me see."},
		toolCall("c1", "weather", `{"city":"Rome","days":1}`),
		toolCall("c2", "weather", `{"city":"Oslo","days":1}`))
	for _, c := range []struct {
		name  string
		turns []turn
	}{
		{"a history that grows", []turn{
			{in: messages{system("Be brief."), user("Weather?")}, out: messages{weather}, fresh: []string{"system Be brief.", "user Weather?"}},
			{
				in: messages{
					system("Be brief."), user("Weather?"), weather,
					contracts.ToolMessage(toolResult("c1", "weather", `20`)), contracts.ToolMessage(toolResult("c2", "weather", `-3`)),
				},
				out:   messages{assistant("Warm and cold.")},
				fresh: []string{"tool =20", "tool =-3"},
			},
			{
				in: messages{
					system("Be brief."), user("Weather?"), weather,
					contracts.ToolMessage(toolResult("c1", "weather", `20`), toolResult("c2", "weather", `-3`)),
					assistant("Warm and cold."), user("Thanks"),
				},
				fresh: []string{"user Thanks"},
			},
		}},
		{"a history that is written in another way", []turn{
			{in: messages{user("Weather?")}, out: messages{weather}, fresh: []string{"user Weather?"}},
			{
				// Without reasoning, in two messages, the arguments in another order or as
				// text, the ids others, white space around.
				in: messages{
					contracts.ConversationMessage{Role: contracts.RoleUser, Content: contracts.TextContent(" Weather?\n"), Name: "ann"},
					assistant("Let me see.\n"),
					contracts.Assistant(toolCall("x", "weather", `{"days": 1, "unit": null, "city": "R\u006fme"}`), toolCall("y", "weather", `"{\"days\":1,\"city\":\"Oslo\"}"`)),
					user("And?"),
				},
				fresh: []string{"user And?"},
			},
		}},
		{"calls in another order", []turn{
			{in: messages{user("go")}, out: messages{contracts.Assistant(toolCall("a", "f", `1`), toolCall("b", "f", `2`))}, fresh: []string{"user go"}},
			{
				in: messages{
					user("go"), contracts.Assistant(toolCall("b", "f", `2`)), contracts.Assistant(toolCall("a", "f", `1`)),
					contracts.ToolMessage(toolResult("b", "f", `"B"`)), contracts.ToolMessage(toolResult("a", "f", `"A"`)),
				},
				fresh: []string{`tool ="B"`, `tool ="A"`},
			},
		}},
		{"the same word again", []turn{
			{in: messages{user("yes")}, out: messages{assistant("One?")}, fresh: []string{"user yes"}},
			{in: messages{user("yes"), assistant("One?"), user("yes")}, out: messages{assistant("Two?")}, fresh: []string{"user yes"}},
			{in: messages{user("yes"), assistant("One?"), user("yes"), assistant("Two?"), user("yes")}, fresh: []string{"user yes"}},
		}},
		{"the same word again, the beginning left out", []turn{
			{in: messages{user("yes")}, out: messages{assistant("One?")}, fresh: []string{"user yes"}},
			{in: messages{assistant("One?"), user("yes")}, fresh: []string{"user yes"}},
		}},
		{"the same result again", []turn{
			{in: messages{user("go")}, out: messages{contracts.Assistant(toolCall("", "f", `1`))}, fresh: []string{"user go"}},
			{
				in:    messages{user("go"), contracts.Assistant(toolCall("", "f", `1`)), contracts.ToolMessage(toolResult("", "f", `"ok"`))},
				out:   messages{contracts.Assistant(toolCall("", "f", `1`))},
				fresh: []string{`tool ="ok"`},
			},
			{
				in: messages{
					user("go"), contracts.Assistant(toolCall("", "f", `1`)), contracts.ToolMessage(toolResult("", "f", `"ok"`)),
					contracts.Assistant(toolCall("", "f", `1`)), contracts.ToolMessage(toolResult("", "f", `"ok"`)),
				},
				fresh: []string{`tool ="ok"`},
			},
		}},
		{"ids that are used again", []turn{
			{in: messages{user("go")}, out: messages{contracts.Assistant(toolCall("call_0", "f", `1`))}, fresh: []string{"user go"}},
			{
				in:    messages{user("go"), contracts.Assistant(toolCall("call_0", "f", `1`)), contracts.ToolMessage(toolResult("call_0", "f", `"a"`))},
				out:   messages{contracts.Assistant(toolCall("call_0", "f", `2`))},
				fresh: []string{`tool ="a"`},
			},
			{
				in: messages{
					user("go"), contracts.Assistant(toolCall("call_0", "f", `1`)), contracts.ToolMessage(toolResult("call_0", "f", `"a"`)),
					contracts.Assistant(toolCall("call_0", "f", `2`)), contracts.ToolMessage(toolResult("call_0", "f", `"b"`)),
				},
				fresh: []string{`tool ="b"`},
			},
		}},
		{"arguments that are no JSON, and {} in the history, as the AI SDK has them", []turn{
			{
				in:    messages{user("go")},
				out:   messages{contracts.Assistant(toolCall("c1", "f", `"{\"city\": \"Ro"`), toolCall("c2", "f", `{}`), toolCall("c3", "g", `7`))},
				fresh: []string{"user go"},
			},
			{
				in: messages{
					user("go"), contracts.Assistant(toolCall("c1", "f", `{}`), toolCall("c2", "f", `{}`), toolCall("c3", "g", `{}`)),
					contracts.ToolMessage(toolResult("c1", "f", `"Invalid input"`), toolResult("c2", "f", `"a"`), toolResult("c3", "g", `"b"`)),
				},
				out:   messages{assistant("Hm.")},
				fresh: []string{`tool ="Invalid input" ="a" ="b"`},
			},
			{
				in: messages{
					user("go"), contracts.Assistant(toolCall("c1", "f", `{}`), toolCall("c2", "f", `{}`), toolCall("c3", "g", `{}`)),
					contracts.ToolMessage(toolResult("c1", "f", `"Invalid input"`), toolResult("c2", "f", `"a"`), toolResult("c3", "g", `"b"`)),
					assistant("Hm."), user("again"),
				},
				fresh: []string{"user again"},
			},
		}},
		{"other calls that are {} are others", []turn{
			{in: messages{user("go")}, out: messages{contracts.Assistant(toolCall("c1", "f", `"{\"city\": \"Ro"`), toolCall("c2", "f", `{"city":"Oslo"}`))}, fresh: []string{"user go"}},
			{
				in:    messages{user("go"), contracts.Assistant(toolCall("c1", "g", `{}`)), contracts.Assistant(toolCall("c2", "f", `{}`), toolCall("c3", "f", `{}`))},
				fresh: []string{"assistant g{}", "assistant f{} f{}"},
			},
		}},
		{"a history that was compacted", []turn{
			{in: messages{system("S"), user("a")}, out: messages{assistant("b")}, fresh: []string{"system S", "user a"}},
			{in: messages{system("S"), user("a"), assistant("b"), user("c")}, out: messages{assistant("d")}, fresh: []string{"user c"}},
			{in: messages{system("S"), user("Summary: a, b."), assistant("d"), user("e")}, fresh: []string{"user Summary: a, b.", "user e"}},
		}},
		{"a result that was cleared", []turn{
			{in: messages{user("a")}, out: messages{contracts.Assistant(toolCall("1", "f", `1`))}, fresh: []string{"user a"}},
			{in: messages{user("a"), contracts.Assistant(toolCall("1", "f", `1`)), contracts.ToolMessage(toolResult("1", "f", `"long"`))}, fresh: []string{`tool ="long"`}},
			{in: messages{user("a"), contracts.Assistant(toolCall("1", "f", `1`)), contracts.ToolMessage(toolResult("1", "f", `"[cleared]"`)), user("b")}, fresh: []string{"user b"}},
		}},
		{"something put in before", []turn{
			{in: messages{system("S"), user("a")}, out: messages{assistant("b")}, fresh: []string{"system S", "user a"}},
			{in: messages{system("S"), user("Context."), user("a"), assistant("b"), user("c")}, out: messages{assistant("d")}, fresh: []string{"user Context.", "user c"}},
			{in: messages{system("S"), user("Context."), user("a"), assistant("b"), user("c"), assistant("d"), user("e")}, fresh: []string{"user e"}},
		}},
		{"two conversations at once", []turn{
			{in: messages{system("S"), user("p")}, out: messages{assistant("1")}, fresh: []string{"system S", "user p"}},
			{in: messages{system("S"), user("q")}, out: messages{assistant("2")}, fresh: []string{"user q"}},
			{in: messages{system("S"), user("p"), assistant("1"), user("p2")}, out: messages{assistant("3")}, fresh: []string{"user p2"}},
			{in: messages{system("S"), user("q"), assistant("2"), user("q2")}, fresh: []string{"user q2"}},
		}},
		{"an answer that was not recorded", []turn{
			{in: messages{user("a")}, fresh: []string{"user a"}},
			{
				in:    messages{user("a"), contracts.Assistant(contracts.ReasoningContentPart{Text: "Hm."}, contracts.TextContentPart{Text: "b"}), user("c")},
				fresh: []string{"assistant (Hm.) b", "user c"},
			},
		}},
		{"an answer of which the calls were not recorded", []turn{
			{in: messages{user("a")}, out: messages{assistant("Look.")}, fresh: []string{"user a"}},
			{
				in: messages{
					user("a"), contracts.Assistant(contracts.TextContentPart{Text: "Look."}, toolCall("1", "f", `{}`)),
					contracts.ToolMessage(toolResult("1", "f", `3`)),
				},
				fresh: []string{"assistant f{}", "tool =3"},
			},
		}},
		{"an answer in pieces", []turn{
			{in: messages{user("a")}, out: messages{contracts.Assistant(contracts.TextContentPart{Text: "Hel"}, contracts.TextContentPart{Text: "lo"})}, fresh: []string{"user a"}},
			{in: messages{user("a"), assistant("Hello"), user("b")}, fresh: []string{"user b"}},
		}},
		{"an answer whose pieces come later", []turn{
			{in: messages{user("a")}, out: messages{assistant("Hello")}, fresh: []string{"user a"}},
			{in: messages{user("a"), contracts.Assistant(contracts.TextContentPart{Text: "Hel"}, contracts.TextContentPart{Text: "lo"}), user("b")}, fresh: []string{"user b"}},
		}},
		{"the same call again", []turn{
			{in: messages{system("S"), user("a")}, out: messages{assistant("b")}, fresh: []string{"system S", "user a"}},
			{in: messages{system("S"), user("a")}},
		}},
		{"other instructions", []turn{
			{in: messages{system("S"), user("a")}, out: messages{assistant("b")}, fresh: []string{"system S", "user a"}},
			{in: messages{system("T"), user("a"), assistant("b")}, fresh: []string{"system T"}},
		}},
		{"what says nothing", []turn{
			{in: messages{user(""), assistant(""), user("a")}, fresh: []string{"user a"}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conversation := newConversation()
			for n, turn := range c.turns {
				fresh, _ := conversation.hear(new(speaker).all(turn.in))
				var got []string
				for i := range fresh {
					got = append(got, told(&fresh[i]))
				}
				if strings.Join(got, "\n") != strings.Join(turn.fresh, "\n") {
					t.Errorf("turn %d: new are\n%s\nwant\n%s", n, strings.Join(got, "\n"), strings.Join(turn.fresh, "\n"))
				}
				for _, m := range new(speaker).all(turn.out) {
					conversation.ask(&m, n)
					conversation.say(&m)
				}
			}
		})
	}
}

// Each message is looked at once for each time that it is sent, however long the
// conversation.
func TestLongConversation(t *testing.T) {
	c := newConversation()
	var history []contracts.ConversationMessage
	for n := range 400 {
		history = append(history, contracts.UserText(strings.Repeat("x", n)+"?"))
		fresh, _ := c.hear(new(speaker).all(history))
		if len(fresh) != 1 {
			t.Fatalf("turn %d: %d messages are new", n, len(fresh))
		}
		answer := contracts.AssistantText(strings.Repeat("y", n) + "!")
		for _, m := range new(speaker).all([]contracts.ConversationMessage{answer}) {
			c.say(&m)
		}
		history = append(history, answer)
	}
}
