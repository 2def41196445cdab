// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// conversation reads messages made of parts, as OpenTelemetry has them since
// 1.37: [{role, parts: [{type, ...}], name, finish_reason}].
//
// https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-input-messages.json
//
// All that it is given is valid JSON: a text that is none was made one.
type conversation struct {
	facts *Facts
	// calls are those of all messages so far: results name their tool by them.
	calls shape.Calls
	// numbered are the tools of which calls have ids that are numbered.
	numbered map[string]bool
	// finish are the reasons that the messages give, one each.
	finish []string
	// callID is that of the message, for results that do not say their own.
	callID string

	message, part, inner shape.Object
	// tape is the list of messages that is being read.
	tape jsonscan.Tape

	*pools
}

// begin begins to read the messages of another span.
func (c *conversation) begin(f *Facts, p *pools) {
	c.facts, c.pools = f, p
	c.calls, c.numbered, c.finish, c.callID = shape.Calls{}, nil, nil, ""
}

// value reads the messages of an attribute. What is no list of messages is one,
// said by the one whose messages they would be.
func (c *conversation) value(key string, v attribute.Value, whose contracts.Role) []contracts.ConversationMessage {
	var to []contracts.ConversationMessage
	if c.pools != nil {
		to = c.messages.Room(1)
	}
	if v.Type() == attribute.STRING && jsonscan.Kind(v.AsString()) == '[' && c.tape.Read(v.AsString()) {
		return c.listed(to, contracts.JSON(jsonscan.TrimSpace(v.AsString())), whose)
	}
	j, whole := toJSON(v)
	if !whole {
		if j == "null" || j == `""` {
			return nil
		}
		if looksCut(v) {
			c.facts.note(key, whyCut)
		}
		j = shape.Sound(j)
	}
	return c.list(to, j, whose)
}

const whyCut = "cut, or else no JSON: kept as one text"

// looksCut reports whether a text that is no JSON once was some.
func looksCut(v attribute.Value) bool {
	kind := jsonscan.Kind(v.AsString())
	return kind == '[' || kind == '{'
}

func (c *conversation) list(to []contracts.ConversationMessage, j contracts.JSON, whose contracts.Role) []contracts.ConversationMessage {
	if text, ok := j.Text(); ok {
		if inner, ok := listIn(text); ok {
			return c.list(to, inner, whose)
		}
		return append(to, textMessage(whose, text))
	}
	if j.IsObject() {
		if messages := j.Member("messages"); messages.IsArray() {
			return c.list(to, messages, whose)
		}
		return c.one(to, j, whose)
	}
	if !c.tape.Read(string(j)) {
		return c.untyped(to, j, whose)
	}
	return c.listed(to, j, whose)
}

// innerList is list within a list that is being read.
func (c *conversation) innerList(to []contracts.ConversationMessage, j contracts.JSON, whose contracts.Role) []contracts.ConversationMessage {
	outer := c.tape
	c.tape = jsonscan.Tape{}
	to = c.list(to, j, whose)
	c.tape = outer
	return to
}

// listed reads the list that is on the tape.
func (c *conversation) listed(to []contracts.ConversationMessage, j contracts.JSON, whose contracts.Role) []contracts.ConversationMessage {
	list := c.tape.Root()
	if i, more := c.tape.First(list); more {
		if m, ok := c.textOnly(i, whose); ok {
			i, more = c.tape.Next(i, list)
			return c.typed(append(to, m), i, more, whose)
		}
		if c.hasTypedParts(i) {
			return c.typed(to, i, more, whose)
		}
	}
	return c.untyped(to, j, whose)
}

// untyped reads a list of messages whose parts do not say their type: of any shape.
func (c *conversation) untyped(to []contracts.ConversationMessage, j contracts.JSON, whose contracts.Role) []contracts.ConversationMessage {
	switch messagesShape(j) {
	case noShape:
	case otelShape:
		if areEvents(j) {
			r := eventReader{conversation: c}
			r.listed(j)
			return append(append(to, r.said.input...), r.said.output...)
		}
	default:
		if messages, ok := nativeMessages(j); ok {
			return append(to, messages...)
		}
	}
	for e := range shape.Elements(j) {
		to = c.one(to, e, whose)
	}
	return to
}

// typed reads the messages on the tape from i on.
func (c *conversation) typed(to []contracts.ConversationMessage, i int, more bool, whose contracts.Role) []contracts.ConversationMessage {
	for ; more; i, more = c.tape.Next(i, c.tape.Root()) {
		if c.tape.Kind(i) != '{' {
			to = c.one(to, contracts.JSON(c.tape.Text(i)), whose)
			continue
		}
		if m, ok := c.textOnly(i, whose); ok {
			to = append(to, m)
			continue
		}
		c.message.ReadTape(&c.tape, i)
		to = c.read(to, whose)
	}
	return to
}

// hasTypedParts reports whether the message on the tape, the first of some, has
// parts that say their type: then they are OpenTelemetry's, and nothing else is to
// be asked.
func (c *conversation) hasTypedParts(message int) bool {
	t := &c.tape
	parts, ok := t.Member(message, "parts")
	if !ok || t.Kind(parts) != '[' {
		return false
	}
	part, ok := t.First(parts)
	if !ok {
		return false
	}
	kind, ok := t.Member(part, "type")
	event, isEvent := t.Member(message, "event.name")
	return ok && t.Kind(kind) != 'n' && (!isEvent || t.Kind(event) == 'n')
}

// textOnly is a message on the tape that says one text and nothing else, as most
// do: it stays in its quotes. ok is false where more has to be read to know what
// the message is.
func (c *conversation) textOnly(i int, whose contracts.Role) (m contracts.ConversationMessage, ok bool) {
	t := &c.tape
	if t.Kind(i) != '{' {
		return m, false
	}
	role, parts, reason := 0, 0, 0
	for name, more := t.First(i); more; {
		value, _ := t.Next(name, i)
		switch key := t.Text(name); {
		case t.Kind(value) == 'n': // says nothing
		case key == `"parts"` && parts == 0:
			parts = value
		case key == `"role"` && t.AsWritten(value):
			role = value
		case key == `"finish_reason"` && t.AsWritten(value):
			reason = value
		default:
			return m, false
		}
		name, more = t.Next(value, i)
	}
	if parts == 0 || t.Kind(parts) != '[' {
		return m, false
	}
	text, ok := c.onlyText(parts)
	if !ok {
		return m, false
	}
	if role != 0 {
		whose = roleOfWord(t.String(role), whose)
	}
	if !whose.Valid() || whose == contracts.RoleTool {
		return m, false
	}
	if reason != 0 {
		c.finished(t.String(reason))
	}
	return contracts.QuotedText(whose, text), true
}

// onlyText is the text, in its quotes, of a list of parts on the tape that holds
// nothing else.
func (c *conversation) onlyText(parts int) (text contracts.JSON, ok bool) {
	part, ok := c.tape.First(parts)
	if !ok {
		return "", false
	}
	if _, more := c.tape.Next(part, parts); more {
		return "", false
	}
	return c.partText(part)
}

// partText is the text, in its quotes, of a part on the tape that says nothing else:
// {"type": "text", "content": "..."}. ok is false also of a text that is to be read:
// one that is spelled in another way than ours, is empty, or may be a block.
func (c *conversation) partText(part int) (text contracts.JSON, ok bool) {
	t := &c.tape
	if t.Kind(part) != '{' {
		return "", false
	}
	isText := false
	for name, more := t.First(part); more; {
		value, _ := t.Next(name, part)
		switch {
		case t.Text(name) == `"type"` && !isText && t.Text(value) == `"text"`:
			isText = true
		case t.Text(name) == `"content"` && text == "" && t.AsWritten(value):
			text = contracts.JSON(t.Text(value))
		default:
			return "", false
		}
		name, more = t.Next(value, part)
	}
	return text, isText && len(text) > len(`""`) && !strings.HasPrefix(string(text), `"{\"`)
}

// finished takes in why a message ended.
func (c *conversation) finished(reason string) {
	if reason == "" {
		return
	}
	if c.finish == nil && c.pools != nil {
		c.finish = c.words.Room(1)
	}
	c.finish = append(c.finish, reason)
}

// listIn is the list or object that a text holds.
func listIn(text string) (j contracts.JSON, ok bool) {
	if kind := jsonscan.Kind(text); kind != '[' && kind != '{' {
		return "", false
	}
	return shape.Parse(text)
}

// textMessage is a message of one text.
func textMessage(role contracts.Role, text string) contracts.ConversationMessage {
	switch role {
	case contracts.RoleSystem:
		return contracts.SystemText(text)
	case contracts.RoleAssistant:
		return contracts.AssistantText(text)
	case contracts.RoleTool:
		return contracts.ToolMessage(contracts.ToolResultContentPart{Output: shape.Output(text)})
	}
	return contracts.UserText(text)
}

// one reads one message.
func (c *conversation) one(to []contracts.ConversationMessage, j contracts.JSON, whose contracts.Role) []contracts.ConversationMessage {
	if !j.IsObject() {
		text := shape.Text(j)
		if inner, ok := listIn(text); ok && inner.IsObject() {
			return c.one(to, inner, whose)
		}
		return append(to, textMessage(whose, text))
	}
	c.message.ReadValid(j)
	return c.read(to, whose)
}

// read reads the message whose members are there.
func (c *conversation) read(to []contracts.ConversationMessage, whose contracts.Role) []contracts.ConversationMessage {
	o := &c.message
	if message := o.Get("message"); message.IsObject() && o.Get("parts") == "" && o.Get("content") == "" {
		o.ReadValid(message) // of a choice
	}
	word, parts := o.Text("role"), o.Get("parts")
	if !parts.IsArray() {
		return c.plain(to, o, roleOfWord(word, whose))
	}
	c.finished(o.Text("finish_reason"))
	t := turn{role: roleOfWord(word, ""), name: o.Text("name")}
	if c.pools != nil {
		t.parts = c.parts.Room(1)
	}
	c.callID = takeText(o, "tool_call_id", "toolCallId")
	if at := o.At("parts"); at != 0 {
		for i, ok := c.tape.First(at); ok; i, ok = c.tape.Next(i, at) {
			c.part.ReadTape(&c.tape, i)
			c.take(&t, contracts.JSON(c.tape.Text(i)))
		}
	} else {
		for part := range shape.Elements(parts) {
			c.part.ReadValid(part)
			c.take(&t, part)
		}
	}
	c.callID = ""
	switch t.role {
	case "":
		t.role = roleOfParts(t.parts, whose)
	case contracts.RoleTool:
		t.parts = resultsOnce(t.parts)
	}
	return t.appendTo(to)
}

// resultsOnce leaves out the texts of a tool that are the results of its calls
// again.
func resultsOnce(parts []contracts.ContentPart) []contracts.ContentPart {
	results := make(map[contracts.JSON]bool)
	for _, part := range parts {
		if result, ok := part.(contracts.ToolResultContentPart); ok && result.ToolCallID != "" {
			results[result.Output.Value] = true
		}
	}
	return slices.DeleteFunc(parts, func(part contracts.ContentPart) bool {
		result, ok := part.(contracts.ToolResultContentPart)
		return ok && result.ToolCallID == "" && results[result.Output.Value]
	})
}

// plain reads a message that has a content and no parts.
func (c *conversation) plain(to []contracts.ConversationMessage, o *shape.Object, role contracts.Role) []contracts.ConversationMessage {
	t := turn{role: role, name: o.Text("name")}
	to = c.blocks(to, &t, takeFirst(o, "content", "text"))
	return t.appendTo(to)
}

// roleOfParts is the role of a message that does not say its own.
func roleOfParts(parts []contracts.ContentPart, otherwise contracts.Role) contracts.Role {
	for _, part := range parts {
		switch part.(type) {
		case contracts.ToolCallContentPart, contracts.ReasoningContentPart:
			return contracts.RoleAssistant
		case contracts.ToolResultContentPart:
			return contracts.RoleTool
		}
	}
	return otherwise
}

// instructions reads gen_ai.system_instructions: parts, of which each becomes a
// message, or a text.
func (c *conversation) instructions(key string, v attribute.Value) []contracts.ConversationMessage {
	j, whole := toJSON(v)
	if !whole && looksCut(v) {
		c.facts.note(key, whyCut)
	}
	j = shape.Sound(j)
	if text, ok := j.Text(); ok {
		if inner, ok := listIn(text); ok {
			j = inner
		} else {
			j = `[` + j + `]`
		}
	}
	if texts, ok := c.instructionTexts(j); ok {
		return texts
	}
	var out []contracts.ConversationMessage
	t := turn{role: contracts.RoleSystem}
	instruct := func(part contracts.JSON) {
		if part.Member("parts") != "" || part.Member("role") != "" {
			out = c.one(out, part, contracts.RoleSystem)
			return
		}
		c.add(&t, part)
	}
	if j.IsObject() {
		instruct(j)
	}
	for part := range j.Elements() {
		instruct(part)
	}
	return t.appendTo(out)
}

// instructionTexts are the messages of instructions that are nothing but texts.
func (c *conversation) instructionTexts(j contracts.JSON) (out []contracts.ConversationMessage, ok bool) {
	if !j.IsArray() || !c.tape.Read(string(j)) {
		return nil, false
	}
	list := c.tape.Root()
	for i, more := c.tape.First(list); more; i, more = c.tape.Next(i, list) {
		text, ok := c.partText(i)
		if !ok {
			return nil, false
		}
		out = append(out, contracts.QuotedText(contracts.RoleSystem, text))
	}
	return out, true
}

// add reads a part into the turn.
func (c *conversation) add(t *turn, raw contracts.JSON) {
	c.part.ReadValid(raw)
	c.take(t, raw)
}

// take takes the part whose members are there into the turn.
func (c *conversation) take(t *turn, raw contracts.JSON) {
	if !raw.IsObject() {
		if raw != "null" {
			c.say(t, shape.Text(raw), "")
		}
		return
	}
	o := &c.part
	kind := o.Text("type")
	switch kind {
	case "text", "refusal":
		c.text(t, o, kind)
	case "reasoning", "thinking", "redacted_thinking":
		if parts := c.reasoning(o); parts != nil {
			t.parts = append(t.parts, parts...)
			return
		}
		c.facts.note("messages", whyNoContent)
	case "tool_call", "server_tool_call", "mcp_tool_call":
		c.call(t, o, kind)
	case "tool_call_response", "tool_response", "server_tool_call_response", "mcp_tool_call_response":
		c.result(t, o, kind)
	case "blob", "uri", "file", "file_data", "binary", "image-url", "audio-url", "video-url", "document-url":
		if part, ok := c.file(o, kind); ok {
			t.parts = append(t.parts, part)
			return
		}
		c.other(t, raw)
	default:
		if part := c.agentFramework(kind, o); part != nil {
			t.parts = append(t.parts, part)
			return
		}
		c.other(t, blockOf(kind, o, raw))
	}
}

// blockOf is a block of Bedrock's that was made a part, {type: image, content:
// {format, source}}, as Bedrock has it: Strands does so with blocks that are not
// OpenTelemetry's. Any other part is as it came.
func blockOf(kind string, o *shape.Object, raw contracts.JSON) contracts.JSON {
	content := o.Get("content")
	if !content.IsObject() {
		return raw
	}
	block := objectOf(contracts.Members{{Name: kind, Value: content}})
	if familyOfPart(block) != bedrockFamily {
		return raw
	}
	return block
}

// other reads a part as a provider has it, or keeps it as it came.
func (c *conversation) other(t *turn, raw contracts.JSON) {
	of := familyOfPart(raw)
	switch {
	case of == anyFamily:
		c.say(t, c.part.Text("text"), otherMembers(&c.part))
		return
	case of <= otelFamily:
		t.parts = append(t.parts, shape.Verbatim(raw))
		return
	}
	for _, m := range nativeContent(`[`+raw+`]`, of, contracts.RoleAssistant) {
		t.parts = append(t.parts, m.Content.Parts()...)
	}
}

const whyNoContent = "parts without their content: it was not recorded"

// otel is the key of providerOptions that come from no provider but from the
// convention.
const otel = "otel"

// otherMembers are the providerOptions of what nobody took of a part.
func otherMembers(o *shape.Object) contracts.JSON {
	var options shape.Options
	options.Rest(o)
	return options.JSON(otel)
}

func (c *conversation) text(t *turn, o *shape.Object, kind string) {
	name := "content"
	if o.Get(name) == "" {
		name = kind // text, refusal: as providers have it
	}
	j := o.Take(name)
	if j == "" {
		c.facts.note("messages", whyNoContent)
		return
	}
	if kind == "refusal" {
		var options shape.Options
		options.Add("refusal", "true")
		t.parts = append(t.parts, contracts.TextContentPart{Text: shape.Text(j), ProviderOptions: options.JSON("openai")})
		return
	}
	text := c.spelled(j)
	if block, ok := blockIn(text); ok && t.role != contracts.RoleTool {
		c.other(t, block)
		return
	}
	c.say(t, text, otherMembers(o))
}

// blockIn is the block of Bedrock's whose JSON is the whole text of a part:
// OpenLLMetry has no other part for it.
func blockIn(text string) (block contracts.JSON, ok bool) {
	for _, begin := range [...]string{`{"reasoningContent":`, `{"cachePoint":`, `{"guardContent":`, `{"citationsContent":`} {
		if !strings.HasPrefix(text, begin) {
			continue
		}
		block, ok = shape.Parse(text)
		members := 0
		for range block.Members() {
			members++
		}
		return block, ok && members == 1
	}
	return "", false
}

// spelled is the text of a JSON string that is valid, and the JSON of anything
// else.
func (c *conversation) spelled(j contracts.JSON) string {
	if c.pools == nil || !shape.IsText(j) || strings.IndexByte(string(j), '\\') < 0 {
		return shape.ValidText(j)
	}
	quoted := jsonscan.TrimSpace(string(j))
	return c.texts.Text(func(dst []byte) []byte { return jsonscan.AppendText(dst, quoted) })
}

// say adds a text. What a tool says is a result.
func (c *conversation) say(t *turn, text string, options contracts.JSON) {
	switch {
	case t.role == contracts.RoleTool:
		part := contracts.ToolResultContentPart{ToolName: t.name, Output: shape.Output(text), ProviderOptions: options}
		if c.callID != "" {
			part.ToolCallID, part.ToolName = c.calls.Result(c.callID, t.name)
		}
		t.parts = append(t.parts, part)
	case text == "" && t.role == contracts.RoleSystem:
		// An instruction that says nothing is none.
	default:
		t.parts = append(t.parts, contracts.TextContentPart{Text: text, ProviderOptions: options})
	}
}

// reasoning reads a part of reasoning: none where it has no content.
func (c *conversation) reasoning(o *shape.Object) []contracts.ContentPart {
	var options shape.Options
	if data := o.Take("data"); data != "" {
		options.Add("redactedData", data)
		return []contracts.ContentPart{contracts.ReasoningContentPart{ProviderOptions: options.JSON("anthropic")}}
	}
	var content contracts.JSON
	for _, name := range [...]string{"content", "thinking", "reasoning", "text"} {
		if content = o.Take(name); content != "" {
			break
		}
	}
	if content == "" {
		return nil
	}
	text := shape.Text(content)
	if isCiphertext(text) {
		options.Add("redactedData", content)
		return []contracts.ContentPart{contracts.ReasoningContentPart{ProviderOptions: options.JSON("anthropic")}}
	}
	if summary, ok := listIn(text); ok && summary.IsArray() {
		if parts := thoughts(summary); parts != nil {
			return parts
		}
	}
	options.Add("signature", o.Take("signature"))
	return []contracts.ContentPart{contracts.ReasoningContentPart{Text: text, ProviderOptions: options.JSON("anthropic")}}
}

// thoughts are the items of a summary: [{type: summary_text, text}]. There are
// none where it is not all of such items.
func thoughts(summary contracts.JSON) (parts []contracts.ContentPart) {
	for item := range summary.Elements() {
		text, ok := item.Member("text").Text()
		if !ok {
			return nil
		}
		parts = append(parts, contracts.ReasoningContentPart{Text: text})
	}
	return parts
}

// isCiphertext reports whether a reasoning is the encrypted one of a provider,
// which comes as its content without a mark: a long word of base64.
func isCiphertext(text string) bool {
	const long = 200
	if len(text) < long {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/', c == '=', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func (c *conversation) call(t *turn, o *shape.Object, kind string) {
	part := contracts.ToolCallContentPart{ToolCallID: takeText(o, "id", "call_id", "tool_call_id"), ToolName: o.Text("name")}
	if kind != "tool_call" || o.Take("builtin") == "true" || o.Take("provider_executed") == "true" {
		part.Extra = llm.ProviderExecuted()
	}
	if detail := o.Take(kind); kind != "tool_call" && detail.IsObject() {
		c.serverCall(t, &part, detail, o)
		return
	}
	if function := o.Get("function"); function.IsObject() {
		o.Take("function")
		c.inner.Read(function)
		part.ToolName = c.inner.Text("name")
		part.Input = shape.Arguments(c.inner.Take("arguments"))
	} else {
		part.Input = shape.Arguments(takeFirst(o, "arguments", "input", "args", "parameters"))
	}
	if part.ToolName == "" && part.Input == "{}" && isCounted(part.ToolCallID) {
		// A piece of arguments that Gemini streamed: OpenTelemetry's google-genai
		// and OpenLLMetry make each a call, of nothing.
		c.facts.note("messages", whyNoContent)
		return
	}
	if part.ToolCallID == "" {
		part.ToolCallID = shape.CallID(part.ToolName, part.Input)
	}
	part.ProviderOptions = otherMembers(o)
	c.calls.Add(part.ToolCallID, part.ToolName)
	if name, ok := numbered(part.ToolCallID); ok && name == part.ToolName && name != "" {
		if c.numbered == nil {
			c.numbered = make(map[string]bool)
		}
		c.numbered[name] = true
	}
	t.parts = append(t.parts, part)
}

// isCounted reports whether an id is none, or says only where the part stands.
func isCounted(id string) bool {
	_, counted := numbered("_" + id)
	return id == "" || counted
}

// numbered is the name in an id like get_weather_1. ADK makes such ones, of the
// tool and of where in its message the part stands, for calls and for results
// that have none: both say the tool, and not which of its calls.
func numbered(id string) (name string, ok bool) {
	i := strings.LastIndexByte(id, '_')
	if i < 0 || i+1 == len(id) {
		return "", false
	}
	for k := i + 1; k < len(id); k++ {
		if id[k] < '0' || id[k] > '9' {
			return "", false
		}
	}
	return id[:i], true
}

// serverCall reads a call of a tool that the provider runs. Some have what the
// tool answered beside what it was asked.
func (c *conversation) serverCall(t *turn, part *contracts.ToolCallContentPart, detail contracts.JSON, o *shape.Object) {
	var options shape.Options
	options.Rest(o)
	d := &c.inner
	d.Read(detail)
	kind := d.Text("type")
	if part.ToolName == "" {
		part.ToolName = kind
	}
	output := takeFirst(d, "output", "outputs", "result", "results")
	failure := d.Take("error")
	options.Add("status", d.Take("status"))
	if input := takeFirst(d, "input", "arguments", "action"); input != "" {
		part.Input = shape.Arguments(input)
		options.Rest(d)
	} else {
		part.Input = objectOf(d.Rest())
	}
	if part.ToolCallID == "" {
		part.ToolCallID = shape.CallID(part.ToolName, part.Input)
	}
	part.ProviderOptions = options.JSON(otel)
	c.calls.Add(part.ToolCallID, part.ToolName)
	t.parts = append(t.parts, *part)
	if output == "" && failure == "" {
		return
	}
	answer := toolOutput(output)
	if failure != "" {
		answer = shape.Failed(toolOutput(failure))
	}
	t.parts = append(t.parts, contracts.ToolResultContentPart{
		ToolCallID: part.ToolCallID, ToolName: part.ToolName, Output: answer, Extra: llm.ProviderExecuted(),
	})
}

func (c *conversation) result(t *turn, o *shape.Object, kind string) {
	id := takeText(o, "id", "call_id", "tool_call_id", "tool_use_id")
	if id == "" {
		id = c.callID
	}
	name := o.Text("name")
	if of, ok := numbered(id); ok && c.numbered[of] {
		id, name = "", of
	}
	var part contracts.ToolResultContentPart
	part.ToolCallID, part.ToolName = c.calls.Result(id, name)
	value := takeFirst(o, kind, "response", "result", "content", "output")
	if o.Take("builtin") == "true" || strings.HasPrefix(kind, "server_") || strings.HasPrefix(kind, "mcp_") {
		part.Extra = llm.ProviderExecuted()
	}
	failed := o.Take("is_error") == "true" || o.Take("isError") == "true" || o.Get("status") == `"error"` || value.Member("isError") == "true"
	if part.Extra != nil && value.IsObject() {
		value, failed = serverResult(&c.inner, value, failed)
	}
	part.Output = toolOutput(value)
	if failed {
		part.Output = shape.Failed(part.Output)
	}
	part.ProviderOptions = otherMembers(o)
	t.parts = append(t.parts, part)
}

// serverResult is what a tool of the provider's answered, out of its wrapping:
// {type, content}.
func serverResult(o *shape.Object, value contracts.JSON, failed bool) (contracts.JSON, bool) {
	o.Read(value)
	o.Take("type")
	content := o.Take("content")
	if content == "" || len(o.Rest()) > 0 {
		return value, failed
	}
	kind, _ := content.Member("type").Text()
	return content, failed || strings.HasSuffix(kind, "_error")
}
