// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
)

// Secrets finds what opens doors:
//
//   - tokens of known formats: AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Anthropic,
//     Google, npm, PyPI, SendGrid, Twilio, Hugging Face and others, and JSON Web
//     Tokens;
//   - private keys in PEM;
//   - the password in a URL, and the credentials of an Authorization header;
//   - what a name says is a secret: password=…, "api_key": "…", AccountKey=…, in
//     texts, and as a member of a JSON value or in a list that is one; on command
//     lines, --token …, also where that is a list of arguments; in pairs of a name
//     and a value, as headers and OTLP's attributes are. Where the name may mean
//     something else, such as token, the value must look random.
//
// The marker names what it was, such as [REDACTED:github-token].
func Secrets() Redactor {
	t := tokens{runs: runs{class(isToken), leastToken}}
	for _, f := range &formats {
		t.formats[f.prefix[0]] = append(t.formats[f.prefix[0]], f)
	}
	return &detector{finds: []find{findMember, t.find, findDashed, findAssigned, findSaid}}
}

// findDashed finds what begins with dashes: private keys, and the values of flags.
// Both in one go, for few texts have none.
func findDashed(_ Place, text string, found []match) []match {
	if len(text) < len("-pwd 12345a") {
		return found
	}
	for i := index(text, 0, '-'); i < len(text); i = index(text, i, '-') {
		start := i
		for i++; i < len(text) && text[i] == '-'; {
			i++
		}
		m, ok := match{}, false
		switch n := i - start; {
		case i == len(text):
		case n <= 2:
			m, ok = flag(text, start, i)
		case n >= len("-----") && text[i] == 'B':
			m, ok = privateKey(text, i)
		}
		if ok {
			found = append(found, m)
			i = m.end
		}
	}
	return found
}

// privateKey reads a private key in PEM: begin is where the dashes before it end.
// One that is cut off reaches to the end.
func privateKey(text string, begin int) (match, bool) {
	const longestLabel = 48
	label, ok := strings.CutPrefix(text[begin:min(len(text), begin+longestLabel)], "BEGIN ")
	if !ok {
		return match{}, false
	}
	if dash := strings.IndexByte(label, '-'); dash >= 0 {
		label = label[:dash]
	}
	if !strings.Contains(label, "PRIVATE KEY") {
		return match{}, false
	}
	const end = "-----END "
	stop := len(text)
	if i := strings.Index(text[begin:], end); i >= 0 {
		stop = begin + i + len(end)
		if n := strings.Index(text[stop:min(len(text), stop+longestLabel)], "-----"); n >= 0 {
			stop += n + len("-----")
		}
	}
	return match{begin - len("-----"), stop, "private-key"}, true
}

// format is what a kind of token looks like: the prefix, then at least so many
// bytes of a token, or exactly so many.
type format struct {
	prefix string
	least  int
	exact  bool
	// upper and hex restrict the bytes; plain excludes _ and -.
	only only
	name string
}

type only uint8

const (
	onlyToken only = iota // letters, digits, _ and -
	onlyPlain             // letters and digits
	onlyUpper             // capitals and digits
	onlyHex
)

// formats are the tokens that begin with a prefix of their own.
var formats = [...]format{
	{"AKIA", 16, true, onlyUpper, "aws-access-key-id"},
	{"ASIA", 16, true, onlyUpper, "aws-access-key-id"},
	{"ABIA", 16, true, onlyUpper, "aws-access-key-id"},
	{"ACCA", 16, true, onlyUpper, "aws-access-key-id"},
	{"ABSK", 100, false, onlyPlain, "aws-bedrock-key"},
	{"ghp_", 30, false, onlyPlain, "github-token"},
	{"gho_", 30, false, onlyPlain, "github-token"},
	{"ghu_", 30, false, onlyPlain, "github-token"},
	{"ghs_", 30, false, onlyPlain, "github-token"},
	{"ghr_", 30, false, onlyPlain, "github-token"},
	{"github_pat_", 22, false, onlyToken, "github-token"},
	{"glpat-", 20, false, onlyToken, "gitlab-token"},
	{"gldt-", 20, false, onlyToken, "gitlab-token"},
	{"glrt-", 20, false, onlyToken, "gitlab-token"},
	{"glptt-", 40, false, onlyToken, "gitlab-token"},
	{"glcbt-", 20, false, onlyToken, "gitlab-token"},
	{"xoxb-", 11, false, onlyToken, "slack-token"},
	{"xoxp-", 11, false, onlyToken, "slack-token"},
	{"xoxa-", 11, false, onlyToken, "slack-token"},
	{"xoxr-", 11, false, onlyToken, "slack-token"},
	{"xoxs-", 11, false, onlyToken, "slack-token"},
	{"xoxe-", 11, false, onlyToken, "slack-token"},
	{"xapp-", 11, false, onlyToken, "slack-token"},
	{"sk_live_", 16, false, onlyPlain, "stripe-key"},
	{"sk_test_", 16, false, onlyPlain, "stripe-key"},
	{"rk_live_", 16, false, onlyPlain, "stripe-key"},
	{"rk_test_", 16, false, onlyPlain, "stripe-key"},
	{"whsec_", 24, false, onlyPlain, "stripe-key"},
	{"sk-ant-", 20, false, onlyToken, "anthropic-key"},
	{"sk-proj-", 20, false, onlyToken, "openai-key"},
	{"sk-svcacct-", 20, false, onlyToken, "openai-key"},
	{"sk-admin-", 20, false, onlyToken, "openai-key"},
	{"sk-or-v1-", 32, false, onlyHex, "openrouter-key"},
	{"sk-lf-", 32, false, onlyToken, "langfuse-key"},
	{"sk-", 20, false, onlyPlain, "openai-key"},
	{"AIza", 35, true, onlyToken, "google-api-key"},
	{"GOCSPX-", 24, false, onlyToken, "google-client-secret"},
	{"npm_", 36, false, onlyPlain, "npm-token"},
	{"pypi-", 50, false, onlyToken, "pypi-token"},
	{"SK", 32, true, onlyHex, "twilio-key"},
	{"hf_", 30, false, onlyPlain, "huggingface-token"},
	{"gsk_", 40, false, onlyPlain, "groq-key"},
	{"xai-", 60, false, onlyPlain, "xai-key"},
	{"r8_", 36, false, onlyPlain, "replicate-token"},
	{"pplx-", 40, false, onlyPlain, "perplexity-key"},
	{"nvapi-", 40, false, onlyToken, "nvidia-key"},
	{"lsv2_pt_", 32, false, onlyToken, "langsmith-key"},
	{"lsv2_sk_", 32, false, onlyToken, "langsmith-key"},
	{"dop_v1_", 64, false, onlyHex, "digitalocean-token"},
	{"shpat_", 32, false, onlyHex, "shopify-token"},
	{"shpss_", 32, false, onlyHex, "shopify-token"},
	{"dapi", 32, false, onlyHex, "databricks-token"},
	{"glsa_", 32, false, onlyToken, "grafana-token"},
	{"dckr_pat_", 20, false, onlyToken, "docker-token"},
	{"sntrys_", 30, false, onlyToken, "sentry-token"},
	{"tskey-", 20, false, onlyToken, "tailscale-key"},
	{"PMAK-", 40, false, onlyToken, "postman-key"},
	{"lin_api_", 32, false, onlyPlain, "linear-key"},
	{"ntn_", 40, false, onlyPlain, "notion-token"},
	{"figd_", 30, false, onlyToken, "figma-token"},
	{"AGE-SECRET-KEY-1", 40, false, onlyUpper, "age-key"},
}

func isToken(c byte) bool { return isWord(c) || c == '-' }

// leastToken is what a token is at least long, from a mark that is none of its.
const leastToken = 16

type tokens struct {
	runs    runs
	formats [256][]format
}

func (t *tokens) find(_ Place, text string, found []match) []match {
	low := 0 // where the last match ends
	for at := 0; ; {
		start, end, ok := t.runs.next(text, at)
		if !ok {
			return found
		}
		at = end
		start = afterEscape(text, start, end)
		if m, ok := behindDot(text, start, end, low); ok {
			found = append(found, m)
			at, low = max(at, m.end), m.end
			continue
		}
		// A token begins a word, or stands behind a mark of other words.
		for i := start; i+leastToken <= end; {
			if m, ok := t.at(text, i, end); ok {
				found = append(found, m)
				low = m.end
				at = max(at, m.end)
				i = m.end
			}
			for i < end && isToken(text[i]) && text[i] != '-' && text[i] != '_' {
				i++
			}
			i++
		}
	}
}

// at reads the token that begins at i, in a run to end. What is none is looked at
// for a bounded length: the next may begin within it.
func (t *tokens) at(text string, i, end int) (match, bool) {
	const looked = 256
	run := text[i:end]
	for _, f := range t.formats[text[i]] {
		rest, ok := strings.CutPrefix(run, f.prefix)
		if !ok {
			continue
		}
		size := f.only.count(rest[:min(len(rest), looked)])
		if size < f.least || f.exact && (size > f.least || size < len(rest) && isWord(rest[size])) {
			continue
		}
		switch start := rest[:size]; { // it may be words and marks
		case f.only == onlyToken && !isRandom(start) && !isShuffled(start), f.prefix == "sk-" && !isRandom(start):
			continue
		}
		return match{i, i + len(f.prefix) + f.only.count(rest), f.name}, true
	}
	if strings.HasPrefix(run, "eyJ") {
		return jwt(text, i, end)
	}
	return match{}, false
}

// count is how many bytes at the start of a text are of a token.
func (o only) count(s string) (n int) {
	for n < len(s) && o.has(s[n]) {
		n++
	}
	return n
}

func (o only) has(c byte) bool {
	switch o {
	case onlyPlain:
		return isLetter(c) || isDigit(c)
	case onlyUpper:
		return isUpper(c) || isDigit(c)
	case onlyHex:
		return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	}
	return isToken(c)
}

// jwt reads a JSON Web Token: a header and a payload, which begin as JSON objects
// in base64 do, and a signature, which may be empty.
func jwt(text string, i, end int) (match, bool) {
	if !strings.HasPrefix(text[end:], ".eyJ") {
		return match{}, false
	}
	for range 2 {
		if end < len(text) && text[end] == '.' {
			end += 1 + onlyToken.count(text[end+1:])
		}
	}
	return match{i, end, "jwt"}, true
}

// behindDot reads what has its prefix before a dot, or is behind a word: a run
// that begins at start. low is where it begins at the earliest.
func behindDot(text string, start, end, low int) (match, bool) {
	before := text[low:start]
	prefixed := func(prefix string) bool {
		return strings.HasSuffix(before, prefix) && beginsWord(text, start-len(prefix))
	}
	switch n := end - start; {
	case before == "":
		return match{}, false
	case before[len(before)-1] == '.':
		switch {
		case prefixed("ya29."):
			return match{start - len("ya29."), end, "google-oauth-token"}, true
		case prefixed("hvs."), prefixed("hvb."):
			return match{start - len("hvs."), end, "vault-token"}, true
		case prefixed("xoxe."):
			return match{start - len("xoxe."), end, "slack-token"}, true
		case n == 22 && prefixed("SG.") && end < len(text) && text[end] == '.':
			return match{start - len("SG."), end + 1 + onlyToken.count(text[end+1:]), "sendgrid-key"}, true
		}
	case before[len(before)-1] == ' ':
		const bearer, basic = "bearer ", "basic "
		stop := end
		for stop < len(text) && (isToken(text[stop]) || strings.IndexByte("._~+/=", text[stop]) >= 0) {
			stop++
		}
		for stop > end && text[stop-1] == '.' { // of a sentence
			stop--
		}
		switch {
		case hasSuffixFold(before, bearer) && isRandom(text[start:end]):
			return match{start, stop, "bearer-token"}, true
		case hasSuffixFold(before, basic) && isRandom(text[start:end]):
			return match{start, stop, "basic-credentials"}, true
		}
	case before[len(before)-1] == '/' && n >= 20:
		const farthest = 64
		before = before[max(0, len(before)-farthest):]
		if strings.Contains(before, "hooks.slack.com/services/") || strings.Contains(before, "/api/webhooks/") {
			return match{start, end, "webhook"}, true
		}
	}
	return match{}, false
}

// isShuffled reports whether capitals and small letters stand in a text as chance
// has them: of words in camel case, fewer than every fourth is a capital.
func isShuffled(s string) bool {
	upper, lower, rises := 0, 0, 0
	for i := range len(s) {
		switch {
		case isUpper(s[i]):
			upper++
			if i > 0 && isLetter(s[i-1]) && !isUpper(s[i-1]) {
				rises++
			}
		case isLetter(s[i]):
			lower++
		}
	}
	const few = 3
	return rises >= few && min(upper, lower)*4 >= upper+lower
}

// isRandom reports whether a text is made up of more than words: it has digits and
// letters, and many different ones for its length.
func isRandom(s string) bool {
	const looked = 64
	s = s[:min(len(s), looked)]
	var seen [256]bool
	distinct, digit, letter := 0, false, false
	for i := range len(s) {
		c := s[i]
		digit, letter = digit || isDigit(c), letter || isLetter(c)
		if !seen[c] {
			seen[c] = true
			distinct++
		}
	}
	return digit && letter && distinct >= min(8, 1+len(s)/2)
}
