// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"sort"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/memory"
)

// This file finds what is new in the input of a model call. Each call repeats
// the conversation so far; a session shows it once.

// conversation is what was heard and said in one branch of a session: by one
// agent, or in the session itself.
type conversation struct {
	// said are all parts that count so far, in their order.
	said []saidPart
	// words are what was said, by key: indexes into places.
	words  map[uint64]int32
	places []places
	toolbox
	// asked and answered are whether any call had messages in, and out;
	// instructed, whether any had instructions.
	asked, answered, instructed bool
	// models counts the calls of models.
	models int

	// round counts the inputs that were heard; marks is scratch.
	round int32
	marks []mark
}

type saidPart struct {
	key  uint64
	call *call
}

// places are where in a conversation the same was said: first, and then more.
type places struct {
	count int32
	first int32
	more  []int32
	// heard counts how often it came in this round.
	round, heard int32
}

// mark is what is known of a part while an input is heard.
type mark struct {
	word    int32 // its places; none where it says nothing by itself
	matched bool
	known   bool
}

func newConversation() *conversation {
	return &conversation{words: make(map[uint64]int32)}
}

// reset forgets what was said, and keeps the memory that it took.
func (c *conversation) reset() {
	clear(c.said)
	clear(c.places)
	*c = conversation{words: memory.Emptied(c.words), said: c.said[:0], places: c.places[:0], marks: c.marks[:0]}
}

// word finds the places of a key.
func (c *conversation) word(key uint64) int32 {
	if key == 0 {
		return none
	}
	w, ok := c.words[key]
	if !ok {
		w = int32(len(c.places))
		c.places = append(c.places, places{})
		c.words[key] = w
	}
	return w
}

// nth is where something was said for the nth time, from 0.
func (p *places) nth(n int32) int32 {
	if n == 0 {
		return p.first
	}
	return p.more[n-1]
}

// after is the first place from next on; none where there is none.
func (p *places) after(next int32) int32 {
	n := sort.Search(int(p.count), func(i int) bool { return p.nth(int32(i)) >= next })
	if n == int(p.count) {
		return none
	}
	return p.nth(int32(n))
}

// hear takes in the input of a model call and returns what of it is new: whole
// messages, but of an assistant's and a tool's only the parts that are. repeated
// counts the parts that are not. The input is used up.
//
// A repeated conversation is found by aligning the input with what was said: in
// the same order, with gaps where something was left out. What does not align is
// known all the same when it occurred as often before; but a user who says
// again, at the end, what was said before, does say it.
func (c *conversation) hear(input []spoken) (fresh []spoken, repeated int) {
	c.asked = c.asked || len(input) > 0
	c.round++
	last := c.align(input)
	n := 0
	fresh = input[:0]
	for i := range input {
		m := &input[i]
		marks := c.marks[n:][:len(m.parts)]
		// A last word of the user's.
		again := m.role == contracts.RoleUser && i == len(input)-1 && n+len(marks)-1 > last
		joined := m.role == contracts.RoleAssistant && c.knowsJoined(m)
		news := 0
		for k := range m.parts {
			at := &marks[k]
			at.known = at.matched || at.word == none || joined && isText(m.parts[k].ContentPart)
			if at.word != none {
				p := &c.places[at.word]
				if p.round != c.round {
					p.round, p.heard = c.round, 0
				}
				if p.heard++; !at.known && !again && p.heard <= p.count {
					at.known = true
					c.recognize(&m.parts[k], c.said[p.nth(p.heard-1)].call)
				}
			}
			switch {
			case !at.known:
				news++
			case at.word != none:
				repeated++
			}
		}
		if n += len(marks); news > 0 {
			fresh = append(fresh, m.only(marks))
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

// align finds the input's parts in what was said, in order, and returns the last
// part that it found.
func (c *conversation) align(input []spoken) (last int) {
	c.marks = c.marks[:0]
	next, last := int32(0), -1
	for i := range input {
		c.instructed = c.instructed || input[i].role == contracts.RoleSystem
		for k := range input[i].parts {
			p := &input[i].parts[k]
			c.recollect(p)
			m := mark{word: c.word(p.key)}
			if m.word != none {
				if at := c.places[m.word].after(next); at != none {
					next, last, m.matched = at+1, len(c.marks), true
					c.recognize(p, c.said[at].call)
				}
			}
			c.marks = append(c.marks, m)
		}
	}
	return last
}

func isText(part contracts.ContentPart) bool {
	_, ok := part.(contracts.TextContentPart)
	return ok
}

// only is the message with the parts that are not known. What a system or a user
// said is not torn apart.
func (m *spoken) only(marks []mark) spoken {
	out := *m
	if m.role == contracts.RoleSystem || m.role == contracts.RoleUser {
		return out
	}
	out.parts = nil
	for k := range m.parts {
		// A part that says nothing by itself goes with the message it is in.
		if !marks[k].known || marks[k].word == none {
			out.parts = append(out.parts, m.parts[k])
		}
	}
	return out
}

// say adds a message to what was said.
func (c *conversation) say(m *spoken) {
	for k := range m.parts {
		c.add(m.parts[k].key, m.parts[k].call)
	}
	c.add(m.joinedKey(), nil)
}

func (c *conversation) add(key uint64, of *call) {
	w := c.word(key)
	if w == none {
		return
	}
	p, at := &c.places[w], int32(len(c.said))
	if p.count++; p.count == 1 {
		p.first = at
	} else {
		p.more = append(p.more, at)
	}
	c.said = append(c.said, saidPart{key, of})
}

// joinedKey is the key of the texts of an assistant's message as one; 0 where it
// has not several. Some repeat in one text what came in pieces, or the reverse.
func (m *spoken) joinedKey() uint64 {
	if m.role != contracts.RoleAssistant {
		return 0
	}
	texts := 0
	for k := range m.parts {
		if isText(m.parts[k].ContentPart) {
			texts++
		}
	}
	if texts < 2 {
		return 0
	}
	return textKey(m.role, m.text())
}

// knowsJoined reports whether the texts of a message were said as one.
func (c *conversation) knowsJoined(m *spoken) bool {
	key := m.joinedKey()
	if key == 0 {
		return false
	}
	w, ok := c.words[key]
	return ok && c.places[w].count > 0
}
