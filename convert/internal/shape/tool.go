// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"hash/fnv"
	"strconv"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Arguments are what a tool is called with: the JSON that a string holds, the
// string itself where it holds none, {} where there is nothing. Arguments that
// are no string are taken as they are.
func Arguments(j contracts.JSON) contracts.JSON {
	text, isText := j.Text()
	switch {
	case j == "" || j == "null" || isText && jsonscan.TrimSpace(text) == "":
		return "{}"
	case !isText:
		return j
	}
	if input, ok := Parse(text); ok {
		return input
	}
	return j
}

// Output is what a tool answered in a text: JSON where it is an object or an
// array, else the text.
func Output(text string) contracts.ToolResultOutput {
	if j := contracts.JSON(text); j.IsObject() || j.IsArray() {
		if j, ok := Parse(text); ok {
			return contracts.ToolResultOutput{Type: contracts.OutputJSON, Value: j}
		}
	}
	return contracts.ToolResultOutput{Type: contracts.OutputText, Value: contracts.QuoteJSON(text)}
}

// Failed is the same output as that of a tool that failed. There is no content of
// an error: the parts become its JSON.
func Failed(output contracts.ToolResultOutput) contracts.ToolResultOutput {
	switch output.Type {
	case contracts.OutputJSON, contracts.OutputContent:
		output.Type = contracts.OutputErrorJSON
	case contracts.OutputText:
		output.Type = contracts.OutputErrorText
	}
	return output
}

// PartsOutput is an output of parts.
func PartsOutput(parts []contracts.ContentPart) contracts.ToolResultOutput {
	return contracts.ToolResultOutput{
		Type:  contracts.OutputContent,
		Value: contracts.JSON(contracts.PartsContent(parts...).AppendJSON(nil)),
	}
}

// CallID makes the id of a call that came without one. The same call gets the
// same id wherever it is met: in an answer, and in the history of later requests.
func CallID(name string, input contracts.JSON) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(input))
	return name + "-" + strconv.FormatUint(uint64(h.Sum32()), 16)
}

// Calls knows the calls of a list of messages, for the results that follow. The
// zero Calls knows none.
type Calls struct {
	calls []call
	byID  map[string]int
	// waiting are the calls without a result so far, by the name of their tool,
	// and all of them under no name; of the first indexed calls. Only results that
	// come without an id need it.
	waiting map[string][]int
	indexed int
}

type call struct {
	id, name string
	answered bool
}

// Add adds a call.
func (c *Calls) Add(id, name string) {
	if c.byID == nil {
		c.byID = make(map[string]int)
	}
	c.byID[id] = len(c.calls)
	c.calls = append(c.calls, call{id: id, name: name})
}

// Result finds the call that a result is for, by its id; where it came without
// one it is for the first call of the name that has no result yet, or the first
// of any name where it has none either. Without such a call id and name are as
// they were given.
func (c *Calls) Result(id, name string) (callID, toolName string) {
	if id != "" {
		i, ok := c.byID[id]
		if !ok {
			return id, name
		}
		c.calls[i].answered = true
		return id, c.calls[i].name
	}
	if c.waiting == nil {
		c.waiting = make(map[string][]int)
	}
	for ; c.indexed < len(c.calls); c.indexed++ {
		c.waiting[""] = append(c.waiting[""], c.indexed)
		if called := c.calls[c.indexed].name; called != "" {
			c.waiting[called] = append(c.waiting[called], c.indexed)
		}
	}
	queue := c.waiting[name]
	for len(queue) > 0 {
		call := &c.calls[queue[0]]
		queue = queue[1:]
		c.waiting[name] = queue
		if !call.answered {
			call.answered = true
			return call.id, call.name
		}
	}
	return id, name
}
