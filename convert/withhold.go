// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"encoding/hex"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/convention"
	"github.com/spect-tools/spect-go/convert/internal/shape"
	"github.com/spect-tools/spect-go/internal/jsonscan"
	"github.com/spect-tools/spect-go/internal/withhold"
)

// Withhold takes content of these kinds out of the payload that c made last, and
// with it what the spans themselves want withheld (contracts.ContentPolicyKey).
// Where something was is a mark with its size, or nothing, and metadata.partial
// says what was withheld; the structure stays. Values of which nothing is
// withheld keep their bytes.
func (c *Converter) Withhold(kinds contracts.ContentKinds) {
	if kinds == 0 && c.policies.strictest == contracts.ContentFull {
		return
	}
	spans := c.result.Spans
	for i := range spans {
		w := withhold.Withholder{Kinds: kinds | c.sources[i].policy.Withholds()}
		if w.Kinds != 0 {
			withholdRecord(&w, &spans[i], c.sources[i])
		}
	}
	c.withholdSession(kinds)
}

// withholdSession withholds what a payload holds beside its spans.
func (c *Converter) withholdSession(kinds contracts.ContentKinds) {
	p := &c.payload
	answer := withhold.Withholder{Kinds: kinds | c.answered.Withholds()}
	if r := &p.Response; answer.Kinds != 0 {
		if r.Text != nil {
			*r.Text = answer.Text(contracts.ContentOutputText, *r.Text)
		}
		r.Object = answer.Calls(r.Object)
		r.Usage = answer.Usage(r.Usage)
		r.Extra = answer.Members(contracts.ContentOutputText|contracts.ContentToolValues, r.Extra)
	}
	w := withhold.Withholder{Kinds: kinds | c.policies.root.Withholds(), Withheld: answer.Withheld}
	if w.Kinds|w.Withheld == 0 {
		return
	}
	p.Prompt.Messages = w.Messages(p.Prompt.Messages)
	p.Prompt.Extra = w.Members(contracts.ContentMessages, p.Prompt.Extra)
	p.Attributes.RequestInput = w.JSON(contracts.ContentInputText, p.Attributes.RequestInput)
	if p.Attributes.ConversationID != "" && w.Holds(contracts.ContentIdentities) {
		p.Attributes.ConversationID = ""
	}
	const unknown = contracts.ContentMessages | contracts.ContentMetadata
	p.Attributes.Extra = w.Members(unknown, p.Attributes.Extra)
	p.Model.Extra, p.Operation.Extra = w.Members(unknown, p.Model.Extra), w.Members(unknown, p.Operation.Extra)
	p.Extra, p.Metadata.Extra = w.Members(unknown, p.Extra), w.Members(unknown, p.Metadata.Extra)
	if c.result.Error != nil {
		e := *c.result.Error // a span's may be the same
		w.Error(contracts.ContentErrors, &e)
		c.result.Error = &e
	}
	m := &p.Metadata
	if m.Request != "" {
		m.Request = metadataOf(&w, m.Request, source{foreign: c.ofOthers}, contracts.KindNone)
		m.Spect = ""
		if m.Request == "{}" {
			m.Request = ""
		}
		if spect := m.Request.Member("spect"); spect.IsObject() && !shape.IsEmpty(spect) {
			m.Spect = spect
		}
	}
	if m.OTel.Member("resource") != "" && w.Holds(contracts.ContentIdentities) {
		m.OTel = dropMember(m.OTel, "resource")
	}
	all := w.Kinds&contracts.ContentMetadata != 0
	for _, e := range c.result.Extra {
		before, alone := contracts.ContentKinds(0), false
		if e.Name == partialKey {
			before, alone = noted(e.Value)
		}
		if w.Withheld |= before; all && !alone {
			w.Holds(contracts.ContentMetadata)
		}
	}
	if all {
		c.result.Extra = nil
	}
	if w.Withheld == 0 {
		return
	}
	note := contracts.JSON(`{"content":` + withheldWhy(w.Withheld) + "}")
	for i, e := range c.result.Extra {
		if e.Name == partialKey {
			if e.Value.IsObject() {
				note = shape.Merged(e.Value, note)
			}
			c.result.Extra[i].Value = note
			return
		}
	}
	c.result.Extra = append(c.result.Extra, contracts.Member{Name: partialKey, Value: note})
}

// withholdRecord withholds content of one record.
func withholdRecord(w *withhold.Withholder, r *contracts.SpanRecord, from source) {
	r.Messages = w.Messages(r.Messages)
	errors := contracts.ContentErrors
	if r.Kind == contracts.KindToolCall || r.Kind == contracts.KindToolResult {
		errors |= contracts.ContentToolValues // a tool that fails returns its error
	}
	if r.Error != nil {
		e := *r.Error // the session's may be the same
		w.Error(errors, &e)
		r.Error = &e
	}
	if t := r.Tool; t != nil {
		t.Parameters = w.JSON(contracts.ContentToolValues, t.Parameters)
		t.Result = w.JSON(contracts.ContentToolValues, t.Result)
		t.Extra = w.Members(contracts.ContentToolValues, t.Extra)
	}
	if a := r.Subagent; a != nil {
		a.Input = w.JSON(contracts.ContentInputText|contracts.ContentToolValues, a.Input)
		a.Extra = w.Members(contracts.ContentInputText|contracts.ContentToolValues, a.Extra)
	}
	const unknown = contracts.ContentMessages | contracts.ContentMetadata
	if r.Model != nil {
		r.Model.Extra = w.Members(unknown, r.Model.Extra)
	}
	r.Extra = w.Members(unknown, r.Extra)
	if r.Metadata = metadataOf(w, r.Metadata, from, r.Kind); w.Withheld == 0 {
		return
	}
	note := contracts.JSON(`{"content":` + withheldWhy(w.Withheld) + "}")
	if old := r.Metadata.Member(partialKey); old.IsObject() {
		note = shape.Merged(old, note)
	}
	r.Metadata = shape.Merged(r.Metadata, shape.Single(partialKey, note))
}

// metadataOf withholds metadata. Where all of it is, the ids by which a span is
// found in other systems stay, and of what this package says of a model's call
// all.
func metadataOf(w *withhold.Withholder, own contracts.JSON, from source, kind contracts.SpanKind) contracts.JSON {
	if !own.IsObject() {
		return w.JSON(contracts.ContentMetadata, own)
	}
	const said = contracts.ContentMessages | contracts.ContentSettings
	all := w.Kinds&contracts.ContentMetadata != 0
	switch {
	case all:
	case w.Kinds&said == 0, !from.foreign && !from.guest && !from.moved:
		return own
	}
	b := []byte{'{'}
	add := func(name string, value contracts.JSON) {
		if value == "" {
			return
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, contracts.QuoteJSON(name)...)
		b = append(b, ':')
		b = append(b, value...)
	}
	for name, value := range own.Members() {
		switch {
		case name == "otel":
			if all && !isCorrelation(value) {
				w.Holds(contracts.ContentMetadata)
				continue
			}
		case name == partialKey:
			before, alone := noted(value)
			if w.Withheld |= before; all && !from.foreign {
				if !alone { // the program may have notes of its own
					w.Holds(contracts.ContentMetadata)
				}
				continue
			}
		case name == "timeToFirstTokenMs" && withhold.IsNumber(value):
		case from.foreign && isNote(name, value):
			if name == "usage" {
				value = w.Usage(value)
			}
		case all:
			w.Holds(contracts.ContentMetadata)
			continue
		case from.guest:
			if name == "attributes" {
				value = attributesOf(w, value)
			}
		case !from.foreign:
			value = w.JSON(contracts.ContentOf(attribute.Key(strings.TrimRight(name, "_"))), value)
		default:
			value = foreignMember(w, name, value, kind)
		}
		add(name, value)
	}
	return contracts.JSON(append(b, '}'))
}

// foreignMember withholds a member of what another convention says beside the
// messages of a call: the settings of the request, what else was answered, and
// attributes that nobody read. Numbers stay, and what is not of the convention.
func foreignMember(w *withhold.Withholder, name string, value contracts.JSON, kind contracts.SpanKind) contracts.JSON {
	kinds := contracts.ContentMessages | contracts.ContentSettings
	if w.Kinds&kinds == contracts.ContentToolValues && !convention.HoldsSaid(name) &&
		(kind != contracts.KindToolCall && kind != contracts.KindToolResult || name == "description") {
		return value // settings
	}
	if withhold.IsScalar(value) || !isConventional(name) && !HoldsContent(attribute.Key(name), true) {
		return value
	}
	return w.JSON(unreadKinds(w), value)
}

// unreadKinds are the kinds that what nobody has read is said to be of.
func unreadKinds(w *withhold.Withholder) contracts.ContentKinds {
	if w.Kinds&contracts.ContentSettings != 0 {
		return contracts.ContentSettings
	}
	return contracts.ContentMessages
}

// attributesOf withholds those attributes of a span of others that hold content
// by some convention, or Spect's.
func attributesOf(w *withhold.Withholder, attrs contracts.JSON) contracts.JSON {
	b := []byte{'{'}
	for name, value := range attrs.Members() {
		key := attribute.Key(name)
		if kinds := contracts.ContentOf(key); kinds != 0 {
			value = w.JSON(kinds, value)
		} else if HoldsContent(key, true) {
			value = w.JSON(unreadKinds(w), value)
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, contracts.QuoteJSON(name)...), ':'), value...)
	}
	return contracts.JSON(append(b, '}'))
}

// isCorrelation reports whether a value is what this package says of a span's
// ids, and not a program's own.
func isCorrelation(j contracts.JSON) bool {
	if !j.IsObject() {
		return false
	}
	for name, value := range j.Members() {
		switch name {
		case "spanId":
			id, _ := value.Text()
			if b, err := hex.DecodeString(id); err != nil || len(b) != 8 {
				return false
			}
		case "scope":
			for name := range value.Members() {
				if name != "name" && name != "version" {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

func dropMember(object contracts.JSON, name string) contracts.JSON {
	b := []byte{'{'}
	for k, v := range object.Members() {
		if k == name {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, contracts.QuoteJSON(k)...), ':'), v...)
	}
	return contracts.JSON(append(b, '}'))
}

// kindNames name the kinds of content in notes, by their bits.
var kindNames = [...]string{
	"input text", "input images", "input files", "output text", "output files", "tool values", "errors", "settings", "metadata", "identities",
}

const withheldStart = "withheld: "

// withheldWhy says what was withheld, as a JSON string.
func withheldWhy(kinds contracts.ContentKinds) string {
	var names []string
	for i, name := range kindNames {
		if kinds&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return string(jsonscan.AppendString(nil, withheldStart+strings.Join(names, ", ")))
}

// noted returns what was withheld before, by the notes in metadata. alone is
// whether they say nothing else.
func noted(partial contracts.JSON) (kinds contracts.ContentKinds, alone bool) {
	alone = partial.IsObject()
	for name, value := range partial.Members() {
		text, _ := value.Text()
		names, ok := strings.CutPrefix(text, withheldStart)
		if !ok || name != "content" {
			alone = false
			continue
		}
		for name := range strings.SplitSeq(names, ", ") {
			i := slices.Index(kindNames[:], name)
			if i < 0 {
				alone = false
				continue
			}
			kinds |= 1 << i
		}
	}
	return kinds, alone
}
