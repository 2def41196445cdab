// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"sort"

	"github.com/spect-tools/spect-go/contracts"
)

// This file finds what is new in the input of a model call. Each call repeats
// the conversation so far; a session shows it once.

// conversation is what was heard and said in one branch of a session: by one
// agent, or in the session itself.
type conversation struct {
	// said are all parts that count so far, in their order.
	said []saidPart
	// at is where each key stands in said.
	at map[uint64][]int32
	toolbox
	// asked and answered are whether any call had messages in, and out;
	// instructed, whether any had instructions.
	asked, answered, instructed bool
	// models counts the calls of models.
	models int
}

type saidPart struct {
	key  uint64
	call *call
}

func newConversation() *conversation {
	return &conversation{at: make(map[uint64][]int32), toolbox: newToolbox()}
}

// hear takes in the input of a model call and returns what of it is new: whole
// messages, but of an assistant's and a tool's only the parts that are. repeated
// counts the parts that are not.
//
// A repeated conversation is found by aligning the input with what was said: in
// the same order, with gaps where something was left out. What does not align is
// known all the same when it occurred as often before; but a user who says
// again, at the end, what was said before, does say it.
func (c *conversation) hear(input []spoken) (fresh []spoken, repeated int) {
	c.asked = c.asked || len(input) > 0
	matched := make([]bool, 0, len(input))
	next, last := 0, -1
	for i := range input {
		c.instructed = c.instructed || input[i].role == contracts.RoleSystem
		for k := range input[i].parts {
			p := &input[i].parts[k]
			at, found := c.after(p.key, next)
			if found {
				next, last = at+1, len(matched)
				c.recognize(p, c.said[at].call)
			}
			matched = append(matched, found)
		}
	}
	counts := make(map[uint64]int)
	n := 0
	for i := range input {
		m := &input[i]
		ofUser := m.role == contracts.RoleUser && i == len(input)-1
		joined := m.role == contracts.RoleAssistant && c.knowsJoined(m)
		known := make([]bool, len(m.parts))
		news := 0
		for k := range m.parts {
			p := &m.parts[k]
			counts[p.key]++
			_, isText := p.ContentPart.(contracts.TextContentPart)
			switch {
			case p.key == 0, matched[n], joined && isText:
				known[k] = true
			case ofUser && n > last:
			case counts[p.key] <= len(c.at[p.key]):
				known[k] = true
				c.recognize(p, c.said[c.at[p.key][counts[p.key]-1]].call)
			}
			if !known[k] {
				news++
			} else if p.key != 0 {
				repeated++
			}
			n++
		}
		if news > 0 {
			fresh = append(fresh, m.only(known))
		}
	}
	for i := range fresh {
		c.meet(&fresh[i])
	}
	for i := range fresh {
		c.say(&fresh[i])
	}
	return fresh, repeated
}

// only is the message with the parts that are not known. What a system or a user
// said is not torn apart.
func (m *spoken) only(known []bool) spoken {
	out := *m
	if m.role == contracts.RoleSystem || m.role == contracts.RoleUser {
		return out
	}
	out.parts = nil
	for k := range m.parts {
		// A part that says nothing by itself goes with the message it is in.
		if !known[k] || m.parts[k].key == 0 {
			out.parts = append(out.parts, m.parts[k])
		}
	}
	return out
}

// after finds the first place of a key from next on.
func (c *conversation) after(key uint64, next int) (at int, found bool) {
	if key == 0 {
		return 0, false
	}
	places := c.at[key]
	i := sort.Search(len(places), func(i int) bool { return int(places[i]) >= next })
	if i == len(places) {
		return 0, false
	}
	return int(places[i]), true
}

// say adds a message to what was said.
func (c *conversation) say(m *spoken) {
	for k := range m.parts {
		p := &m.parts[k]
		if p.key == 0 {
			continue
		}
		c.at[p.key] = append(c.at[p.key], int32(len(c.said)))
		c.said = append(c.said, saidPart{p.key, p.call})
	}
	if key := m.joinedKey(); key != 0 {
		c.at[key] = append(c.at[key], int32(len(c.said)))
		c.said = append(c.said, saidPart{key: key})
	}
}

// joinedKey is the key of the texts of an assistant's message as one; 0 where it
// has not several. Some repeat in one text what came in pieces, or the reverse.
func (m *spoken) joinedKey() uint64 {
	if m.role != contracts.RoleAssistant {
		return 0
	}
	texts, all := 0, ""
	for k := range m.parts {
		if t, ok := m.parts[k].ContentPart.(contracts.TextContentPart); ok {
			texts++
			all += t.Text
		}
	}
	if texts < 2 {
		return 0
	}
	return textKey(m.role, all)
}

// knowsJoined reports whether the texts of a message were said as one.
func (c *conversation) knowsJoined(m *spoken) bool {
	key := m.joinedKey()
	return key != 0 && len(c.at[key]) > 0
}
