// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/payloadtest"
	"github.com/spect-tools/spect-go/internal/reference"
)

// compile also holds the schema against the schema of schemas.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc := decode(t, contracts.Schema())
	meta := doc.(map[string]any)
	if meta["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Fatalf("$schema is %v", meta["$schema"])
	}
	c := jsonschema.NewCompiler()
	id := meta["$id"].(string)
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	schema := compile(t)
	for _, v := range reference.Vectors() {
		r, err := payloadtest.ParseRequest(v.Captured)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decode(t, r.Body)); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		p, err := contracts.ParsePayload(string(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decode(t, p.AppendJSON(nil))); err != nil {
			t.Errorf("%s, encoded by us: %v", v.Name, err)
		}
	}
}

func TestMutations(t *testing.T) {
	schema := compile(t)
	for _, m := range payloadtest.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			err := schema.Validate(decode(t, m.Apply()))
			if m.Problem == "" || m.Judges == payloadtest.ValidateOnly {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var invalid *jsonschema.ValidationError
			if !errors.As(err, &invalid) {
				t.Fatalf("accepted: %v", err)
			}
			// What is missing, the schema reports of the object around it.
			around := m.Problem[:strings.LastIndexByte(m.Problem, '/')]
			if at := locations(invalid); !slices.ContainsFunc(at, func(at string) bool {
				return at == around || strings.HasPrefix(at, m.Problem)
			}) {
				t.Errorf("reported at %q, not at %s", at, m.Problem)
			}
		})
	}
}

func locations(err *jsonschema.ValidationError) []string {
	var all []string
	if len(err.Causes) == 0 {
		at := ""
		for _, step := range err.InstanceLocation {
			at += "/" + step
		}
		all = append(all, at)
	}
	for _, cause := range err.Causes {
		all = append(all, locations(cause)...)
	}
	return all
}

// A member that a mutation spoils is named by the schema, so that one that it
// forgets does not pass as unknown.
func TestSchemaNamesEveryMember(t *testing.T) {
	var schema any
	if err := json.Unmarshal(contracts.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	collectNames(schema, named)
	for _, m := range payloadtest.Mutations() {
		if m.Problem == "" {
			continue
		}
		name := m.Problem[strings.LastIndexByte(m.Problem, '/')+1:]
		if strings.Trim(name, "0123456789") != "" && !named[name] {
			t.Errorf("%s is not in the schema", name)
		}
	}
}

func collectNames(v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if properties, ok := v["properties"].(map[string]any); ok {
			for name := range properties {
				names[name] = true
			}
		}
		for _, e := range v {
			collectNames(e, names)
		}
	case []any:
		for _, e := range v {
			collectNames(e, names)
		}
	}
}
