// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter_test

import (
	"strings"
	"testing"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// TestExcerpt holds what an error quotes of an answer: what the collector says,
// in the usual form of such answers too, and nothing that it repeats of the
// payload.
func TestExcerpt(t *testing.T) {
	const prompt = "the patient is Ada"
	for name, c := range map[string]struct{ answer, want string }{
		"a text":                  {`the plan is used up`, `"the plan is used up"`},
		"an object":               {`{"error":{"message":"no such plan","type":"plan"}}`, `"{\"error\":{\"message\":\"no such plan\",\"type\":\"plan\"}}"`},
		"an object with a code":   {`{"error":{"code":"late","message":"too late"}}`, `"{\"error\":{\"code\":\"late\",\"message\":\"too late\"}}"`},
		"a path of the contract":  {`metadata.result.spans[0]: "parentId": is unknown`, `"metadata.result.spans[0]: \"parentId\": is unknown"`},
		"the payload's text":      {`cannot take "` + prompt + `"`, `"cannot take […]"`},
		"a part of it":            {`cannot take patient is`, `"cannot tak[…]"`},
		"a name of the program's": {`unknown member {"diagnosis":1}`, `"unknown member […]1}"`},
	} {
		t.Run(name, func(t *testing.T) {
			col := exportertest.NewCollector(t, exportertest.WithResponses(exportertest.Status(400).WithBody(c.answer)))
			exp, err := exporter.New(col.Options(exporter.WithErrorHandler(func(error) {}))...)
			if err != nil {
				t.Fatal(err)
			}
			tp := provider(exp)
			_, s := tracer.New(tp).StartSession(t.Context(), "excerpt", tracer.RequestInput(prompt),
				tracer.Metadata(map[string]any{"diagnosis": "gout"}))
			s.SetError(errString("it failed"))
			s.End()
			err = exp.Flush(t.Context())
			if err == nil || !strings.HasSuffix(err.Error(), "400 Bad Request: "+c.want) {
				t.Errorf("want an error that ends with %s, have %v", c.want, err)
			}
			if err := tp.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

type errString string

func (e errString) Error() string { return string(e) }
