// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"math"
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
// same id wherever it is met, in an answer and in the history of later requests,
// where its input may be spelled in another way.
func CallID(name string, input contracts.JSON) string {
	const depth = 32
	sum := fingerprint(input, depth)
	return name + "-" + strconv.FormatUint(sum>>32^sum&math.MaxUint32, 16)
}

// fingerprint is a hash of what a value says, whatever its spelling: white space,
// escapes and the order of members make no difference. Below depth they do.
func fingerprint(j contracts.JSON, depth int) uint64 {
	kind := jsonscan.Kind(string(j))
	sum := uint64(kind)
	switch {
	case depth == 0:
		sum += textSum(string(j))
	case kind == '{':
		for name, value := range j.Members() {
			sum += mix(textSum(name), fingerprint(value, depth-1))
		}
	case kind == '[':
		for e := range j.Elements() {
			sum = mix(sum, fingerprint(e, depth-1))
		}
	case kind == '"':
		sum += textSum(Text(j))
	case kind == '0':
		if n, ok := jsonscan.Int64(string(j)); ok { // 1.0 is 1
			j = contracts.JSON(strconv.FormatInt(n, 10))
		}
		sum += textSum(string(j))
	}
	return mix(sum, uint64(kind))
}

// textSum is FNV-1a.
func textSum(text string) uint64 {
	sum := uint64(14695981039346656037)
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * 1099511628211
	}
	return sum
}

// mix makes one hash of two, in their order.
func mix(a, b uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15
	a = (a ^ a>>32) * odd
	return (a ^ b ^ b>>29) * odd
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
