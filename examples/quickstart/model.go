// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"github.com/spect-tools/spect-go/contracts"
)

// client stands in for the client of a model's provider.
var client model

type model struct{}

// Response is what a model says.
type Response struct {
	Text  string
	Usage contracts.Usage
}

// Respond answers the one question that it knows.
func (model) Respond(ctx context.Context, question string) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	if question != "How tall is K2?" {
		return Response{}, errors.New("the model is at a loss")
	}
	return Response{
		Text:  "K2 is 8,611 metres tall.",
		Usage: contracts.Usage{InputTokens: 14, OutputTokens: 11, TotalTokens: 25},
	}, nil
}
