// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// tooLargeSender answers a 413 by cutting the payload to a smaller size, largest
// parts first, and trying once more.
type tooLargeSender struct{ next sender }

const (
	// commonLimit is the limit of many servers in front of a collector (nginx's
	// client_max_body_size unless told otherwise).
	commonLimit = 1 << 20
	// leastLimit is a size that no server finds too large: what is wrong with a
	// smaller payload is something else.
	leastLimit = 16 << 10
)

func (s *tooLargeSender) send(ctx context.Context, sh *shipment) error {
	err := s.next.send(ctx, sh)
	e, isAnswer := answered(err)
	if !isAnswer || e.Status != http.StatusRequestEntityTooLarge || sh.cut || len(sh.body) < leastLimit {
		return err
	}
	payload, parseErr := contracts.ParsePayload(string(sh.body))
	if parseErr != nil {
		return fmt.Errorf("%w (and it could not be cut: %w)", err, parseErr)
	}
	size := len(sh.body)
	convert.Shrink(payload, min(size/2, commonLimit), size)
	body := payload.AppendJSON(nil)
	if len(body) >= size {
		return err
	}
	sh.setBody(body)
	sh.cut = true
	return s.next.send(ctx, sh)
}
