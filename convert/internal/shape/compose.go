// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/jsonscan"
)

// Single is an object of one member. The name is quoted as it is.
func Single(name string, value contracts.JSON) contracts.JSON {
	return contracts.JSON(`{"`+name+`":`) + value + "}"
}

// With is an object with one more member behind its own, of a name that it does not
// have. The name is quoted as it is.
func With(object contracts.JSON, name string, value contracts.JSON) contracts.JSON {
	own := contracts.JSON(jsonscan.TrimSpace(string(object)))
	comma := contracts.JSON(",")
	if IsEmpty(own) {
		comma = ""
	}
	return own[:len(own)-1] + comma + Single(name, value)[1:]
}

// Merged is the object a with the members of b over its own.
func Merged(a, b contracts.JSON) contracts.JSON {
	return contracts.JSON(jsonscan.AppendMerged(make([]byte, 0, len(a)+len(b)), string(a), string(b)))
}
