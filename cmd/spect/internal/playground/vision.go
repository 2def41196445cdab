// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math"

	"go.opentelemetry.io/otel/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// playVision is the harbour office: a picture of the tide, and a question.
func playVision(ctx context.Context, tp trace.TracerProvider) {
	tr := tracer.New(tp, tracer.WithProvider("google"))
	ctx, session := tr.StartSession(ctx, "gemini.generateContent",
		tracer.Model("gemini-2.5-flash"),
		tracer.Function("harbour-office.ask"),
		tracer.Metadata(map[string]any{"userId": "harbourmaster", "station": "Port Ellis"}))
	used := &contracts.Usage{}
	var err error
	defer session.EndErr(&err)
	session.Add(ctx, contracts.User(
		contracts.TextContentPart{Text: "This is today's curve of our tide gauge, 06:00 to 18:00, a grey line for each hour and metre, the red line at 3.0 m. " +
			"MV Cormorant needs 3 m over the sill. When can she come in?"},
		contracts.FileContentPart{
			MediaType: "image/png", Filename: "tide-2026-06-19.png",
			Data: contracts.QuoteJSON(base64.StdEncoding.EncodeToString(tidePNG())),
		}))

	office := &agent{tr: tr, operation: "gemini.generateContent", used: used, script: []reply{{
		reasoning: "The curve crosses the red line upwards a little after the second hour from the left edge, so about 08:20. It peaks near 10:40, just below 4 m, " +
			"and comes down through the line at about the seventh hour, 13:00.",
		text: "She has 3 m over the sill from about 08:20 until 13:00, with high water near 10:40 at just under 4 m.\n\n" +
			"Half an hour of margin on both sides makes that 08:50 to 12:30. The next chance is this evening, from about 20:50.",
		usage: tokens(1342, 128, 71, 0),
		takes: 60,
	}}}
	text, err := office.run(ctx)
	if err != nil {
		return
	}
	session.SetResult(tracer.Result{Text: text, Usage: *used, FinishReasons: []string{"STOP"}})
}

// tide is the height of the water in metres at an hour of the day.
func tide(hour float64) float64 { return 2.4 + 1.55*math.Cos(2*math.Pi*(hour-10.67)/12.42) }

// tidePNG draws the tide from 06:00 to 18:00.
func tidePNG() []byte {
	const (
		width, height = 480, 200
		from, hours   = 6, 12
		top           = 4.5 // metres at the upper edge
	)
	y := func(metres float64) int { return int(math.Round(height - 1 - metres/top*(height-1))) }
	const paper, water, grid, ink, red = 0, 1, 2, 3, 4
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{
		color.RGBA{0xfb, 0xfa, 0xf6, 0xff},
		color.RGBA{0xd6, 0xe6, 0xef, 0xff},
		color.RGBA{0xc2, 0xc4, 0xc4, 0xff},
		color.RGBA{0x14, 0x4b, 0x6e, 0xff},
		color.RGBA{0xc4, 0x39, 0x2f, 0xff},
	})
	last := y(tide(from))
	for x := range width {
		surface := y(tide(from + hours*float64(x)/width))
		for row := range height {
			c := uint8(paper)
			if row > surface {
				c = water
			}
			if x%(width/hours) == 0 {
				c = grid
			}
			img.SetColorIndex(x, row, c)
		}
		for metre := range 5 {
			img.SetColorIndex(x, y(float64(metre)), grid)
		}
		img.SetColorIndex(x, y(3), red)
		img.SetColorIndex(x, y(3)+1, red)
		for row := min(last, surface); row <= max(last, surface)+1; row++ {
			img.SetColorIndex(x, row, ink)
		}
		last = surface
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a buffer takes everything
	}
	return b.Bytes()
}
