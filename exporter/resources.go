// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync"

	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// resources numbers the resources of the providers whose spans come in. There
// are as many as there are providers; number 0 is none.
type resources struct {
	mu    sync.Mutex
	known []*resource.Resource
	texts []contracts.JSON
}

// maxResources bounds what a program that makes providers by the thousand costs.
const maxResources = 256

func (r *resources) number(res *resource.Resource) int {
	if res == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, k := range r.known {
		if k == res {
			return i + 1
		}
	}
	if len(r.known) == maxResources {
		return 0
	}
	r.known = append(r.known, res)
	r.texts = append(r.texts, convert.ResourceJSON(res.Attributes()))
	return len(r.known)
}

func (r *resources) json(number int) contracts.JSON {
	if number == 0 {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.texts[number-1]
}
