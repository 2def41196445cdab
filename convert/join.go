// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/convert/llm"
	"github.com/spect-tools/spect-go/internal/hash"
)

// This file joins the calls that a model asks for with the spans of the tools
// that ran, and with the results that the model is told: by id, then by name and
// arguments, then by name in their order.

// call is one call of a tool: asked for by a model, run by a tool, or both.
type call struct {
	id, name string
	input    contracts.JSON
	// model is the step of the model that asked; none where only a history tells.
	model int
	// tool is the step of the tool that ran; none where there is no span of it.
	tool int
	// result is what the model was told of the outcome.
	result *contracts.ToolResultContentPart
	// itself says that the provider ran the tool.
	itself bool
}

// toolbox are the calls of one conversation.
type toolbox struct {
	byID map[string]*call
	// waiting are the calls that no span of a tool was found for, running the
	// spans that no call was found for: by name and arguments, and by name.
	waiting, running map[uint64]*queue
	// untold are the calls whose result no model was told, by name.
	untold map[string]*queue
}

// queue is a list of calls in their order, of those last asked for first.
type queue struct{ groups []group }

// group are the calls that one model asked for at once.
type group struct {
	model int
	calls []*call
}

func (q *queue) add(c *call) {
	if k := len(q.groups); k == 0 || q.groups[k-1].model != c.model {
		q.groups = append(q.groups, group{model: c.model})
	}
	g := &q.groups[len(q.groups)-1]
	g.calls = append(g.calls, c)
}

// take returns the first call of the latest model that has one left for which
// free says so; those for which it does not are forgotten.
func (q *queue) take(free func(*call) bool) *call {
	if q == nil {
		return nil
	}
	for k := len(q.groups); k > 0; k = len(q.groups) {
		g := &q.groups[k-1]
		for len(g.calls) > 0 {
			c := g.calls[0]
			if free(c) {
				return c
			}
			g.calls = g.calls[1:]
		}
		q.groups = q.groups[:k-1]
	}
	return nil
}

// addTo adds a call to a queue, which is made where there is none: most
// conversations have no calls.
func addTo[K comparable](queues *map[K]*queue, key K, c *call) {
	if *queues == nil {
		*queues = make(map[K]*queue)
	}
	q := (*queues)[key]
	if q == nil {
		q = new(queue)
		(*queues)[key] = q
	}
	q.add(c)
}

// name has calls found by id.
func (t *toolbox) name(id string, c *call) {
	if t.byID == nil {
		t.byID = make(map[string]*call)
	}
	t.byID[id] = c
}

// nameKey is a key of the name alone.
func nameKey(name string) uint64 { return hash.String(0, name) }

// ask takes in the calls that a model asks for in its answer.
func (t *toolbox) ask(m *spoken, model int) {
	for k := range m.parts {
		p := &m.parts[k]
		asked, ok := p.ContentPart.(contracts.ToolCallContentPart)
		if !ok {
			continue
		}
		p.call = &call{
			id: asked.ToolCallID, name: asked.ToolName, input: asked.Input, model: model, tool: none,
			itself: llm.IsProviderExecuted(asked),
		}
		t.expect(p.call, p.key)
	}
}

// expect has a call wait for its tool and its result.
func (t *toolbox) expect(c *call, key uint64) {
	if c.id != "" {
		t.name(c.id, c)
	}
	if c.itself {
		return
	}
	addTo(&t.waiting, key, c)
	if bare := onlyValue(c.input); bare != "" {
		addTo(&t.waiting, callKey(c.name, bare), c)
	}
	addTo(&t.waiting, nameKey(c.name), c)
	addTo(&t.untold, c.name, c)
}

// onlyValue is the value of an object's only member, where that is a string: some
// give a tool's single argument without its name.
func onlyValue(object contracts.JSON) (value contracts.JSON) {
	for _, v := range object.Members() {
		if _, isText := v.Text(); value != "" || !isText {
			return ""
		}
		value = v
	}
	return value
}

// run finds the call that the span of a tool answers; a call of its own where no
// model is known to have asked.
func (t *toolbox) run(step int, id, name string, input contracts.JSON) *call {
	free := func(c *call) bool { return c.tool == none }
	c := t.byID[id]
	if id == "" || c != nil && !free(c) {
		c = nil
	}
	if c == nil && input != "" {
		c = t.waiting[callKey(name, input)].take(free)
	}
	if c == nil {
		c = t.waiting[nameKey(name)].take(free)
	}
	if c != nil {
		c.tool, c.id = step, cmp.Or(c.id, id)
		if c.id != "" && t.byID[c.id] == nil {
			t.name(c.id, c)
		}
		return c
	}
	c = &call{id: id, name: name, input: input, model: none, tool: step}
	if id != "" && t.byID[id] == nil {
		t.name(id, c)
	}
	addTo(&t.running, callKey(name, input), c)
	addTo(&t.running, nameKey(name), c)
	addTo(&t.untold, name, c)
	return c
}

// recollect has a call in a history be the one of its id where it was asked for
// with what is no object: the AI SDK gives calls with arguments that it could not
// parse as {} there.
func (t *toolbox) recollect(p *spokenPart) {
	part, ok := p.ContentPart.(contracts.ToolCallContentPart)
	if !ok || part.ToolCallID == "" || !part.Input.IsObject() || !shape.IsEmpty(part.Input) {
		return
	}
	c := t.byID[part.ToolCallID]
	if c == nil || c.name != part.ToolName {
		return
	}
	if input := argumentsOf(c.input); input != "null" && !input.IsObject() && !input.IsArray() {
		p.key = callKey(c.name, input)
	}
}

// recognize ties a repeated part to the call that it was of the first time.
func (t *toolbox) recognize(p *spokenPart, c *call) {
	if c == nil {
		return
	}
	p.call = c
	again, ok := p.ContentPart.(contracts.ToolCallContentPart)
	if !ok || again.ToolCallID == "" || again.ToolCallID == c.id {
		return
	}
	t.name(again.ToolCallID, c)
	// An instrumentation may have taken the id of the item for that of the call;
	// the one that results name is the call's.
	if c.id == "" || strings.HasPrefix(c.id, itemPrefix) {
		c.id = again.ToolCallID
	}
}

// itemPrefix begins the ids of the items, not calls, in OpenAI's Responses.
const itemPrefix = "fc_"

// meet takes in calls and results that are new in the input of a model.
func (t *toolbox) meet(m *spoken) {
	for k := range m.parts {
		p := &m.parts[k]
		switch part := p.ContentPart.(type) {
		case contracts.ToolCallContentPart:
			t.recall(p, &part)
		case contracts.ToolResultContentPart:
			p.call = t.tell(&part)
		}
	}
}

// recall takes in a call that only the history tells of: no answer of a model
// that is known had it.
func (t *toolbox) recall(p *spokenPart, part *contracts.ToolCallContentPart) {
	free := func(c *call) bool { return c.model == none && c.tool != none }
	c := t.byID[part.ToolCallID]
	if part.ToolCallID == "" {
		c = nil
	}
	if c == nil {
		c = t.running[p.key].take(free)
	}
	if c == nil {
		c = t.running[nameKey(part.ToolName)].take(free)
	}
	if c == nil {
		c = &call{id: part.ToolCallID, name: part.ToolName, input: part.Input, model: none, tool: none, itself: llm.IsProviderExecuted(*part)}
		p.call = c
		t.expect(c, p.key)
		return
	}
	p.call = c
	c.model = recalled
	if part.ToolCallID != "" {
		c.id = part.ToolCallID
		t.name(c.id, c)
	}
	c.input = cmp.Or(c.input, part.Input)
}

// recalled stands for a model that is known from a history only.
const recalled = -2

// tell finds the call that a result is of, which a model is told for the first
// time. It is nil where no call is known.
func (t *toolbox) tell(part *contracts.ToolResultContentPart) *call {
	free := func(c *call) bool { return c.result == nil }
	c := t.byID[part.ToolCallID]
	if part.ToolCallID == "" || c != nil && !free(c) {
		c = nil
	}
	if c == nil && part.ToolCallID == "" {
		c = t.untold[part.ToolName].take(free)
	}
	if c != nil {
		told := *part
		c.result = &told
	}
	return c
}
