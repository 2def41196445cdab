// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"strings"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Options gathers the providerOptions of a part: what only one provider knows of
// it. The zero Options is ready to use.
type Options struct{ b []byte }

// Add adds a member. A value that is absent is not added.
func (o *Options) Add(name string, value contracts.JSON) {
	if value == "" {
		return
	}
	if len(o.b) > 0 {
		o.b = append(o.b, ',')
	}
	o.b = jsonscan.AppendString(o.b, name)
	o.b = append(o.b, ':')
	o.b = append(o.b, value...)
}

// Text adds a member that is a string. An empty one is not added.
func (o *Options) Text(name, text string) {
	if text != "" {
		o.Add(name, contracts.QuoteJSON(text))
	}
}

// AddAll adds what another has.
func (o *Options) AddAll(from *Options) {
	if len(from.b) == 0 {
		return
	}
	if len(o.b) > 0 {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, from.b...)
}

// Rest adds the members of an object that nobody took, but for empty arrays and
// objects, which say nothing. Their names become those of the wire, as [Name]
// spells them.
func (o *Options) Rest(from *Object) {
	for i := range from.members {
		if m := &from.members[i]; !m.taken {
			o.Add(Name(m.Name), NotEmpty(m.Value))
		}
	}
}

// Load adds the provider's members of providerOptions that were made before.
func (o *Options) Load(options contracts.JSON, provider string) {
	for name, value := range options.Member(provider).Members() {
		o.Add(name, value)
	}
}

// Empty reports whether nothing was added.
func (o *Options) Empty() bool { return len(o.b) == 0 }

// JSON is the providerOptions: {"provider": {what was added}}, and absent where
// that is nothing.
func (o *Options) JSON(provider string) contracts.JSON {
	if len(o.b) == 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(len(provider) + len(o.b) + len(`{"":{}}`))
	b.WriteString(`{"`)
	b.WriteString(provider)
	b.WriteString(`":{`)
	b.Write(o.b)
	b.WriteString("}}")
	return contracts.JSON(b.String())
}

// Name spells the name of a provider's member as the wire spells names:
// encrypted_content is encryptedContent. The id of a part is its itemId.
func Name(native string) string {
	if native == "id" {
		return "itemId"
	}
	return camel(native)
}

func camel(native string) string {
	if !strings.Contains(native, "_") {
		return native
	}
	var b strings.Builder
	b.Grow(len(native))
	for i := 0; i < len(native); i++ {
		c := native[i]
		if c == '_' && i > 0 && i+1 < len(native) && 'a' <= native[i+1] && native[i+1] <= 'z' {
			i++
			c = native[i] - 'a' + 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
