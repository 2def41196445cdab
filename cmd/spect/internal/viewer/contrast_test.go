// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"fmt"
	"math"
	"regexp"
	"testing"
)

// Every colour of text can be read on what it stands on, in both schemes: 4.5 to
// 1, as WCAG 2.1 wants it of small text.
func TestContrast(t *testing.T) {
	css := body(t, get(t, "/assets/style.css"))
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(css, -1)
	if len(schemes) != 2 {
		t.Fatalf("%d colour schemes, want light and dark", len(schemes))
	}
	for _, scheme := range schemes {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(scheme[1], -1) {
			colours[m[1]] = m[2]
		}
		for text, grounds := range map[string][]string{
			"text":     {"bg", "side", "raised", "user", "accent-soft", "error-soft"},
			"dim":      {"bg", "side", "raised", "user", "accent-soft", "error-soft"},
			"accent":   {"bg", "user"},
			"error":    {"bg", "side", "error-soft", "accent-soft"},
			"warn":     {"warn-soft"},
			"ok":       {"bg", "side", "ok-soft"},
			"tool":     {"raised"},
			"subagent": {"raised"},
			"json-key": {"bg", "raised"}, "json-str": {"bg", "raised"}, "json-num": {"bg", "raised"},
		} {
			for _, ground := range grounds {
				if ratio := contrast(t, colours[text], colours[ground]); ratio < 4.5 {
					t.Errorf("%s on %s: %.2f (%s on %s)", text, ground, ratio, colours[text], colours[ground])
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	linear := func(c int) float64 {
		v := float64(c) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
