// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter/redact"
)

func text(t *testing.T, r redact.Redactor, s string) string {
	t.Helper()
	out, err := redact.NewChain(r).Text(redact.Place{Kind: redact.KindText}, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What marks stand for, and that what is around stays.
func TestMarkers(t *testing.T) {
	for _, test := range []struct {
		r        redact.Redactor
		in, want string
	}{
		{redact.Emails(), "to ann@example.com, now", "to [REDACTED:email], now"},
		{redact.Cards(), "4111 1111 1111 1111.", "[REDACTED:card]."},
		{redact.Cards(), "6234567890123456780", "[REDACTED:card]"}, // of 19 digits
		{redact.IBANs(), "IBAN GB82 WEST 1234 5698 7654 32 ok", "IBAN [REDACTED:iban] ok"},
		{redact.Phones(), "call (415) 555-0132!", "call [REDACTED:phone]!"},
		{redact.Secrets(), "password: s3cr3t-pa55, ok", "password: [REDACTED:password], ok"},
		{redact.Secrets(), "mysql://u:pw1@h/d", "mysql://u:[REDACTED:url-password]@h/d"},
		{redact.Secrets(), "id AKIA" + "IOSFODNN7EXAMPLE end", "id [REDACTED:aws-access-key-id] end"},
		{redact.Secrets(), "Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [REDACTED:bearer-token]"},
		{redact.Secrets(), "-----BEGIN PRIVATE " + "KEY-----\nMIIE", "[REDACTED:private-key]"},
		{redact.Pattern("ticket", regexp.MustCompile(`T-\d+`)), "T-12 and T-3", "[REDACTED:ticket] and [REDACTED:ticket]"},
		{redact.Pattern("all", regexp.MustCompile(`.*`)), "ab\ncd", "[REDACTED:all]\n[REDACTED:all]"},
		{redact.Pattern("none", regexp.MustCompile(`x*`)), "ab", "ab"},
		{redact.Pattern("all", regexp.MustCompile(`.*`)), "[REDACTED:email]", "[REDACTED:email]"},
		// what only looks alike
		{redact.Cards(), "4111111111111111110 4111111111111111x 4111111111111111-a", "4111111111111111110 4111111111111111x 4111111111111111-a"},
		{redact.IBANs(), "DE89 37040 044 0532 0130 00", "DE89 37040 044 0532 0130 00"},
	} {
		if got := text(t, test.r, test.in); got != test.want {
			t.Errorf("%q became %q, want %q", test.in, got, test.want)
		}
	}
}

// A value that is marked stays marked: its hash is that of what stood there.
func TestHashedOnce(t *testing.T) {
	chain := redact.NewChain(redact.Hashed([]byte("key"), redact.JSONPaths("$.a")))
	p := &contracts.CollectorTracePayload{}
	p.Attributes.RequestInput = `{"a":"secret"}`
	var once contracts.JSON
	for range 2 {
		if err := chain.Payload(p); err != nil {
			t.Fatal(err)
		}
		if have := p.Attributes.RequestInput; once != "" && have != once || have == `{"a":"secret"}` {
			t.Errorf("have %s, want %s", have, once)
		}
		once = p.Attributes.RequestInput
	}
}

// The hash is HMAC-SHA256 of the value: equal values, also when they are written
// differently, have equal marks under one key.
func TestHashed(t *testing.T) {
	key := []byte("a secret of the service, 32 bytes")
	r := redact.Hashed(key, redact.Emails(), redact.Cards(), redact.Pattern("id", regexp.MustCompile(`U\d+`)))
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte("ann@example.com"))
	var letters strings.Builder
	for _, c := range hex.EncodeToString(h.Sum(nil)[:8]) {
		letters.WriteByte("abcdefghijklmnop"[strings.IndexByte("0123456789abcdef", byte(c))])
	}
	want := "[REDACTED:email:" + letters.String() + "]"
	if got := text(t, r, "Ann@example.com ann@EXAMPLE.com"); got != want+" "+want {
		t.Errorf("%q, want %q twice", got, want)
	}
	if a, b := text(t, r, "4111 1111 1111 1111"), text(t, r, "4111111111111111"); a != b || a == text(t, r, "4242424242424242") {
		t.Errorf("%q, %q", a, b)
	}
	if a, b := text(t, r, "U1 U1"), text(t, r, "U2"); a[:len(a)/2] != a[len(a)/2+1:] || strings.HasPrefix(a, b) {
		t.Errorf("%q, %q", a, b)
	}
	if a, b := text(t, r, "U1"), text(t, redact.Hashed([]byte("another key"), redact.Pattern("id", regexp.MustCompile(`U\d+`))), "U1"); a == b {
		t.Errorf("%q under another key too", a)
	}
	if got := text(t, redact.Hashed(nil, redact.Emails()), "ann@example.com"); got != "[REDACTED:email]" {
		t.Errorf("without a key: %q", got)
	}
	p := &contracts.CollectorTracePayload{}
	p.Attributes.RequestInput = `{"a":"x","b":["x",1]}`
	if err := redact.NewChain(redact.Hashed(key, redact.JSONPaths("$.a", "$.b[*]"))).Payload(p); err != nil {
		t.Fatal(err)
	}
	marks := regexp.MustCompile(`\[REDACTED:path:[a-p]{16}\]`).FindAllString(string(p.Attributes.RequestInput), -1)
	if len(marks) != 3 || marks[0] != marks[1] || marks[0] == marks[2] {
		t.Errorf("value: %s", p.Attributes.RequestInput)
	}
	key[0]++
	if got := text(t, r, "ann@example.com"); got != want {
		t.Error("the key was not copied")
	}
}

// A list of tokens, one a line, reads as base64; it is none.
func TestListOfTokens(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3D4e5", 4)[:36]
	list := strings.Repeat(token+"\n", 200)
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = contracts.MakeMessages(contracts.UserText(list),
		contracts.ToolMessage(contracts.ToolResultContentPart{ToolCallID: "c", ToolName: "t", Output: contracts.ToolResultOutput{Type: "text", Value: contracts.QuoteJSON(list)}}))
	p.Attributes.RequestInput = contracts.QuoteJSON(strings.Repeat("AKIA"+"IOSFODNN7EXAMPLE\n", 200))
	if err := redact.NewChain(redact.Secrets()).Payload(p); err != nil {
		t.Fatal(err)
	}
	if body := string(p.AppendJSON(nil)); strings.Contains(body, "a1B2") || strings.Contains(body, "IOSFODNN") {
		t.Errorf("payload: %.300s", body)
	}
}

// Base64 of a file costs its length, and is not changed.
func TestFilesStay(t *testing.T) {
	image := strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA4111111111111111AAAA", 100)
	for _, j := range []contracts.JSON{contracts.QuoteJSON(image), contracts.QuoteJSON("data:image/png;base64," + image)} {
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = `{"image":` + j + `}`
		p.Prompt.Messages = contracts.MakeMessages(contracts.User(contracts.FileContentPart{MediaType: "image/png", Data: j}))
		was := string(p.AppendJSON(nil))
		chain := redact.NewChain(redact.Func(func(_ redact.Place, text string) (string, error) {
			if len(text) > 1000 {
				return redact.Marker("long"), nil
			}
			return text, nil
		}))
		if err := chain.Payload(p); err != nil {
			t.Fatal(err)
		}
		if is := string(p.AppendJSON(nil)); is != was {
			t.Errorf("payload: %.300s", is)
		}
	}
}

// No text, however it is made, takes more than linear time.
func TestLinear(t *testing.T) {
	const size = 128 << 10
	chain := redact.NewChain(append(everything(), redact.JSONPaths("$..a"), redact.Pattern("p", regexp.MustCompile(`(a|b|ab)*c`)))...)
	for _, unit := range []string{
		"4111 ", "4111111111111111 ", "1", "1 ", "1-", "0", "@", "a@", "a@b.", "a@b.com", "a@b.com ", ".", "password=", "password:\"", "\"password\":\"", "token:", `\`, `\"`,
		"-----BEGIN ", "-----BEGIN PRIVATE KEY", "-----END ", "://", "://a:b@", "://a:", "eyJ.", "eyJhbGciOiJIUzI1NiJ9.", "eyJ", "AKIA", "A", "a", "+1", "+49 ", "(", "()",
		"DE89", "DE89 3704 ", "Bearer ", "bearer abcdefghij123456789 ", "_", "-", "ghp_", "sk-", "tel 1", "[REDACTED:", "{", "[", `{"a":`, "tel: 123456789 ",
		"glpat-", "sk-ant-", "xoxb-", "cookie:a=", "-eyJ", "--token ", "--token \"", "\"--token\",", "curl -u ", "curl -u a1:", " -u a1:", "---", " -a",
		"\"value\":", "{\"name\":\"token\",\"value\":", "\"name\":\"a\",value:",
	} {
		s := strings.Repeat(unit, size/len(unit))
		if unit == "-eyJ" { // each of which may be the head of a token that goes on
			s += "." + strings.Repeat("a", size)
		}
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = `{` + contracts.QuoteJSON("\n"+s) + `:` + contracts.QuoteJSON(s) + `}`
		begin := time.Now()
		if err := chain.Payload(p); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q: %v for 128 kB", unit, took)
		}
		if testing.Verbose() {
			t.Logf("%-24q %v", unit, time.Since(begin).Round(time.Millisecond))
		}
	}
}

// A list says by its name what is in it, as the headers of a request do.
func TestLists(t *testing.T) {
	chain := redact.NewChain(redact.Secrets(), redact.Phones())
	for in, want := range map[contracts.JSON]contracts.JSON{
		`{"X-Api-Key":["0123456789abcdefghij"],"Accept":["0123456789abcdefghij"]}`: `{"X-Api-Key":["[REDACTED:secret]"],"Accept":["0123456789abcdefghij"]}`,
		`{"Cookie":["sid=0123456789abcdef"],"n":["sid=0123456789abcdef"]}`:         `{"Cookie":["[REDACTED:cookie]"],"n":["sid=0123456789abcdef"]}`,
		`{"password":["is too short (at least 8)","hunter22!"]}`:                   `{"password":["is too short (at least 8)","[REDACTED:password]"]}`,
		`{"password":[{"rule":"8 or more"}],"api_key":[["0123456789abcdefghij"]]}`: `{"password":[{"rule":"8 or more"}],"api_key":[["0123456789abcdefghij"]]}`,
		`{"phone":["5551234567",5551234567],"id":[5551234567]}`:                    `{"phone":["[REDACTED:phone]","[REDACTED:phone]"],"id":[5551234567]}`,
		`["0123456789abcdefghij"]`:                                                 `["0123456789abcdefghij"]`,
		`{"pass\u0077ord":"abc","tok\u0065\u006e":"0123456789abcdefghij"}`:         `{"pass\u0077ord":"[REDACTED:password]","tok\u0065\u006e":"[REDACTED:secret]"}`,
		`[["X-Api-Ke\u0079","0123456789abcdefghij"],1,"0123456789abcdefghij"]`:     `[["X-Api-Ke\u0079","[REDACTED:secret]"],1,"0123456789abcdefghij"]`,
		`["X-Api-Key",1,"0123456789abcdefghij"]`:                                   `["X-Api-Key",1,"0123456789abcdefghij"]`,
		`"{\"X-Api-Key\":[\"0123456789abcdefghij\"]}"`:                             `"{\"X-Api-Key\":[\"[REDACTED:secret]\"]}"`,
		`"a: {\\\"X-Api-Key\\\":[\\\"0123456789abcdefghij\\\"]}"`:                  `"a: {\\\"X-Api-Key\\\":[\\\"[REDACTED:secret]\\\"]}"`,
	} {
		p := &contracts.CollectorTracePayload{}
		p.Attributes.RequestInput = in
		if err := chain.Payload(p); err != nil {
			t.Fatal(err)
		}
		if have := p.Attributes.RequestInput; have != want {
			t.Errorf("%s: have %s, want %s", in, have, want)
		}
	}
}

// What only looks like base64 to its end is no file: it is shown.
func TestAssignmentIsNoFile(t *testing.T) {
	const secret = "abcdef0123456789abcd"
	p := &contracts.CollectorTracePayload{}
	p.Prompt.Messages = contracts.MakeMessages(contracts.User(contracts.FileContentPart{Data: contracts.QuoteJSON("APIKEY=" + secret)}))
	p.Attributes.RequestInput = contracts.QuoteJSON(strings.Repeat("a", 1024) + "/APIKEY=" + secret)
	if err := redact.NewChain(redact.Secrets()).Payload(p); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.Prompt.Messages), secret) || strings.Contains(string(p.Attributes.RequestInput), secret) {
		t.Errorf("%s, %s", p.Prompt.Messages, p.Attributes.RequestInput)
	}
}

// A file of text is read though it is in base64, and written so again.
func TestTextFiles(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const text, want = "to: ann@example.com\n<ü>?>", "to: [REDACTED:email]\n<ü>?>"
	long := strings.Repeat("nothing in it; ", 100)
	for name, test := range map[string]struct{ media, data, want string }{
		"part":                {"text/csv; charset=utf-8", encode(text), encode(want)},
		"part, data URL":      {"text/csv", "data:text/csv;base64," + encode(text), "data:text/csv;base64," + encode(want)},
		"URL says":            {"", "data:application/json;base64," + encode(text), "data:application/json;base64," + encode(want)},
		"long":                {"text/plain", encode(long + text), encode(long + want)},
		"base64url":           {"text/plain", base64.RawURLEncoding.EncodeToString([]byte(text)), encode(want)},
		"nothing in it":       {"text/plain", encode(long), encode(long)},
		"an image":            {"image/png", encode(text), encode(text)},
		"no text":             {"text/plain", encode("\xff ann@example.com"), encode("\xff ann@example.com")},
		"not in base64":       {"text/plain", "data:text/plain," + "ann@example.com", "data:text/plain," + "[REDACTED:email]"},
		"text, not in base64": {"text/plain", "ann@example.com", "[REDACTED:email]"},
	} {
		p := &contracts.CollectorTracePayload{}
		p.Prompt.Messages = contracts.MakeMessages(contracts.User(contracts.FileContentPart{MediaType: test.media, Data: contracts.QuoteJSON(test.data)}))
		p.Attributes.RequestInput = `{"file":` + contracts.QuoteJSON(test.data) + `}`
		for range 2 {
			if err := redact.NewChain(redact.Emails()).Payload(p); err != nil {
				t.Fatal(err)
			}
			if got := string(p.Prompt.Messages); !strings.Contains(got, `"data":"`+test.want+`"`) {
				t.Errorf("%s: %s, want %s", name, got, test.want)
			}
			if got := string(p.Attributes.RequestInput); strings.HasPrefix(test.data, "data:") && got != `{"file":"`+test.want+`"}` {
				t.Errorf("%s in a value: %s", name, got)
			}
		}
	}
}
