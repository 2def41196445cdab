// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package openai

import (
	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/shape"
)

// Error reads the error in the body of a failed call, in an answer, or in an
// event of a stream. It is nil where there is none.
func Error(body contracts.JSON) *contracts.NormalizedError {
	body = shape.Sound(body)
	if body.IsArray() { // Google's compatible API puts one around it
		for e := range body.Elements() {
			body = e
			break
		}
	}
	var o shape.Object
	o.Read(body)
	if err := readError(&o); err != nil || o.Get("object") != "" {
		return err
	}
	// Mistral, and what is made with FastAPI, give no more than this.
	switch {
	case shape.IsText(o.Get("message")):
		return errorOf(&o)
	case o.Get("detail") != "":
		return &contracts.NormalizedError{Message: shape.Text(o.Take("detail"))}
	}
	return nil
}

// readError takes the error that an object holds or is.
func readError(o *shape.Object) *contracts.NormalizedError {
	switch e := o.Get("error"); {
	case e.IsObject():
		var in shape.Object
		in.Read(e)
		if err := errorOf(&in); err != nil {
			o.Take("error")
			return err
		}
		return nil
	case shape.IsText(e):
		// xAI, Ollama: the text alone, with a code beside it.
		message := o.Text("error")
		if message == "" {
			return nil
		}
		return &contracts.NormalizedError{Message: message, Code: o.Text("code")}
	}
	if kind, _ := o.Get("type").Text(); kind == "error" {
		o.Take("sequence_number")
		err := errorOf(o)
		if err.Message != "" || err.Code != "" {
			err.Type = "" // it is that of the event
		}
		return err
	}
	if kind, _ := o.Get("object").Text(); kind == "error" {
		o.Take("object")
		return errorOf(o)
	}
	return nil
}

// errorOf makes the error of an object that is one; nil where it says nothing.
// What is beside message, type and code is kept: param, innererror, metadata.
func errorOf(o *shape.Object) *contracts.NormalizedError {
	err := &contracts.NormalizedError{
		Message: shape.Text(o.Take("message")),
		Type:    shape.Text(o.Take("type")),
		Code:    shape.Text(o.Take("code")),
		Stack:   shape.Text(o.Take("stack")),
	}
	err.Extra = o.Rest()
	if err.Message == "" && err.Type == "" && err.Code == "" && len(err.Extra) == 0 {
		return nil
	}
	return err
}
