// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
	"github.com/spect-tools/spect-go/cmd/spect/internal/viewer"
)

// The page in a real browser: Chromium named by SPECT_CHROMIUM, else found in
// the path. With SPECT_SCREENSHOTS the pictures are written to that folder.

// How long something may take that should happen at once: for one test, and one wait in it.
const (
	testPatience = 2 * time.Minute
	waitPatience = 30 * time.Second
)

func TestBrowser(t *testing.T) {
	browser := startBrowser(t)
	for name, test := range map[string]func(t *testing.T, p *tab){
		"captured payloads":     testCaptured,
		"conversation":          testConversation,
		"answers cut or empty":  testFinish,
		"errors":                testErrors,
		"failures":              testFailures,
		"right to left":         testRightToLeft,
		"deep":                  testDeep,
		"hostile payload":       testHostile,
		"odd payloads":          testOdd,
		"large session":         testLarge,
		"live list":             testLive,
		"filter":                testFilter,
		"keyboard and links":    testKeyboard,
		"numbers keep spelling": testNumbers,
		"accessible":            testAccessible,
		"dark and light":        testColours,
	} {
		t.Run(name, func(t *testing.T) { test(t, openTab(t, browser)) })
	}
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("SPECT_CHROMIUM")
	if path == "" {
		found, err := exec.LookPath("chromium")
		if err != nil {
			t.Skip("no chromium in the path and no SPECT_CHROMIUM: the page is not tested in a browser")
		}
		path = found
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1360, 900))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.Flag("no-sandbox", true)) // Chromium's sandbox refuses root
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	browser, cancelBrowser := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancelBrowser()
		cancelAlloc()
	})
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return browser
}

// tab is a browser's tab beside a collector of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	opened bool

	mu       sync.Mutex
	problems []string // uncaught exceptions, policy violations, failed requests, dialogs
}

func openTab(t *testing.T, browser context.Context) *tab {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveCtx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	server := collector.New(collector.NewMemory(1000, 256<<20), collector.WithViewer(viewer.Handler()))
	go func() { served <- server.Serve(serveCtx, l) }()

	ctx, cancel := chromedp.NewContext(browser)
	ctx, cancelTimeout := context.WithTimeout(ctx, testPatience)
	p := &tab{t: t, ctx: ctx, url: "http://" + l.Addr().String()}
	t.Cleanup(func() {
		cancelTimeout()
		cancel()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	exceptions := chromedp.Events(ctx, runtime.ExceptionThrown)
	go func() {
		for ev, err := range exceptions {
			if err != nil {
				return
			}
			text := ev.ExceptionDetails.Text
			if ev.ExceptionDetails.Exception != nil {
				text += " " + ev.ExceptionDetails.Exception.Description
			}
			p.problem("exception: " + text)
		}
	}()
	entries := chromedp.Events(ctx, log.EntryAdded)
	go func() {
		for ev, err := range entries {
			if err != nil {
				return
			}
			p.problem(fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
		}
	}()
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for ev, err := range dialogs {
			if err != nil {
				return
			}
			if ev.Type != page.DialogTypeConfirm {
				p.problem("dialog: " + ev.Message)
			}
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	}()
	return p
}

func (p *tab) problem(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, text)
}

// wantNoProblems fails when the page threw, or its policy had to stop something.
func (p *tab) wantNoProblems() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		p.t.Error(problem)
	}
}

func (p *tab) post(payload []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.url+"/traces?name=org", strings.NewReader(string(payload)))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("post: %s", resp.Status)
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// open follows a link to a session's view, from outside at first, and waits until it is there.
func (p *tab) open(id, rest string) {
	p.t.Helper()
	hash := "#/s/" + url.PathEscape(id) + rest
	if !p.opened {
		p.do(chromedp.Navigate(p.url + "/" + hash))
		p.opened = true
	} else {
		p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.getElementById("main").replaceChildren(); location.hash = %q`, hash)))
	}
	p.do(chromedp.WaitReady(chromedp.CSS("#main article")))
}

// until waits for a JavaScript expression to be true.
func (p *tab) until(expression string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingTimeout(waitPatience))); err != nil {
		p.t.Fatalf("never true: %s: %v; the page shows %q", expression, err, p.text("body"))
	}
}

// eval runs JavaScript and, when it gives a promise, waits for it.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text is what the selected element shows, nothing folded or hidden.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("document.querySelector(%q)?.textContent ?? 'nothing there'", selector))
}

func (p *tab) wantText(selector string, wants ...string) {
	p.t.Helper()
	text := p.text(selector)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			p.t.Errorf("%s lacks %q: %q", selector, want, text)
		}
	}
}

func (p *tab) count(selector string) int {
	p.t.Helper()
	return eval[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

func (p *tab) screenshot(name string) {
	p.t.Helper()
	folder := os.Getenv("SPECT_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type object = map[string]any

type list = []any

// payload is a session with the given spans and result.
func payload(id string, spans list, result object) object {
	all := object{"spans": spans}
	maps.Copy(all, result)
	return object{
		"id": id, "traceId": id, "spanId": id, "name": "agent.run", "organizationId": "org",
		"startTime": "2026-04-24T03:06:40Z", "endTime": "2026-04-24T03:06:48Z", "duration": 8000,
		"model": object{"id": "gpt-4.1", "provider": "openai"}, "metadata": object{"result": all},
		"prompt": object{"format": "messages", "messages": list{}}, "response": object{"model": "gpt-4.1"}, "attributes": object{"provider": "openai"},
	}
}

// span is a span of a tenth of a second, at tenths of a second after the start.
func span(id, parent, kind, name string, tenths int, more object) object {
	at := func(n int) string {
		return time.Date(2026, 4, 24, 3, 6, 40, 0, time.UTC).Add(time.Duration(n) * 100 * time.Millisecond).Format(time.RFC3339Nano)
	}
	s := object{
		"version": 1, "id": id, "name": name, "kind": kind, "status": "ok", "metadata": object{},
		"startTime": at(tenths), "endTime": at(tenths + 1), "durationMs": 100,
	}
	if parent != "" {
		s["parentId"] = parent
	}
	maps.Copy(s, more)
	return s
}

func message(id, role string, content any) object {
	return object{"id": id, "role": role, "content": content}
}

// captured are the requests that the published client made.
func captured(t *testing.T) map[string]struct {
	Path string
	Body json.RawMessage
} {
	t.Helper()
	files, err := filepath.Glob("../../../../internal/reference/testdata/captured/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured requests: %v", err)
	}
	requests := make(map[string]struct {
		Path string
		Body json.RawMessage
	})
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		request := requests[file]
		if err := json.Unmarshal(data, &request); err != nil {
			t.Fatal(err)
		}
		requests[strings.TrimSuffix(filepath.Base(file), ".json")] = request
	}
	return requests
}

// Every captured payload is shown with all that is said in it.
func testCaptured(t *testing.T, p *tab) {
	requests := captured(t)
	for _, request := range requests {
		p.post(request.Body)
	}
	for name, request := range requests {
		var session struct {
			ID, Name string
			Metadata struct {
				Result struct {
					Spans []struct{ Name string }
					Error json.RawMessage
				}
			}
			Response struct{ Text string }
		}
		if err := json.Unmarshal(request.Body, &session); err != nil {
			t.Fatal(err)
		}
		p.open(session.ID, "")
		p.wantText("#main h1", session.Name)
		p.wantText("#main", session.Response.Text)
		// Of a session that went well, an error is whatever its caller says.
		var e struct{ Message, Type string }
		if json.Unmarshal(session.Metadata.Result.Error, &e) == nil {
			p.wantText("#main .banner", e.Message, e.Type)
		}
		if strings.HasPrefix(name, "03") {
			p.wantText(".conversation .tool", "evidence_search", "acute asthma protocols", `"matches": 3`)
		}
		p.open(session.ID, "/spans")
		for _, s := range session.Metadata.Result.Spans {
			p.wantText("#main", s.Name)
		}
		p.open(session.ID, "/data")
		p.wantText("#main", "Payload as received", "gpt-4.1"[:1])
	}
	if n := p.count("#list .session"); n != len(requests) {
		t.Errorf("%d sessions are listed, want %d", n, len(requests))
	}
	p.wantNoProblems()
}

var pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func agentSession(id string) object {
	call1 := object{"type": "tool-call", "toolCallId": "call_1", "toolName": "evidence_search", "input": object{"query": "asthma"}}
	call2 := object{"type": "tool-call", "toolCallId": "call_2", "toolName": "task", "input": object{"agent": "researcher"}}
	system := message("m1", "system", "Be careful.")
	user := message("m2", "user", list{
		object{"type": "text", "text": "What is in the chart?"},
		object{"type": "file", "mediaType": "image/png", "filename": "chart.png", "data": pixel},
		object{"type": "file", "mediaType": "application/pdf", "filename": "guide.pdf", "data": "AAAA"},
	})
	asked := message("m3", "assistant", list{
		object{"type": "reasoning", "text": "I should search first."}, object{"type": "text", "text": "Let me look."}, call1, call2,
	})
	result := message("m4", "tool", list{object{
		"type": "tool-result", "toolCallId": "call_1", "toolName": "evidence_search",
		"output": object{"type": "json", "value": object{"hits": 3}},
	}})
	p := payload(id, list{
		span("s1", "", "system", "system", 0, object{"messages": list{system}}),
		span("s2", "", "user", "user", 0, object{"messages": list{user}}),
		span("g1", "", "generate", "openai.responses.create", 1, object{
			"messages": list{asked}, "model": object{"modelId": "gpt-4.1", "provider": "openai"},
			"metadata": object{"usage": object{"inputTokens": 1800, "outputTokens": 12}},
		}),
		span("t1", "g1", "tool-call", "evidence_search", 2, object{
			"messages": list{message("m5", "assistant", list{call1})},
			"tool":     object{"toolCallId": "call_1", "toolName": "evidence_search", "parameters": object{"query": "asthma"}},
		}),
		span("r1", "t1", "tool-result", "evidence_search.result", 3, object{
			"messages": list{result},
			"tool":     object{"toolCallId": "call_1", "toolName": "evidence_search", "result": object{"hits": 3}},
		}),
		span("t2", "g1", "tool-call", "task", 4, object{"status": "error", "error": object{"message": "it broke", "type": "TaskError", "code": "E1"}, "tool": object{"toolCallId": "call_2", "toolName": "task", "parameters": object{"agent": "researcher"}}}),
		span("a1", "t2", "subagent", "researcher", 5, object{"subagent": object{"toolCallId": "call_2", "subagentType": "researcher", "input": object{"depth": 2}, "source": "sdk"}}),
		span("a2", "a1", "stream", "inner", 6, object{"messages": list{message("m6", "assistant", "Found three papers.")}}),
		span("r2", "t2", "tool-result", "task.result", 7, object{
			"status": "error", "error": object{"message": "it broke", "type": "TaskError", "code": "E1"},
			"tool": object{"toolCallId": "call_2", "toolName": "task"},
		}),
		// The last call tells the whole history again, with copies that have ids of their own.
		span("g2", "", "generate", "openai.responses.create", 8, object{"messages": list{
			message("c1", "system", "Be careful."), message("c2", "user", user["content"]), message("c3", "assistant", asked["content"]),
			message("m7", "assistant", list{object{"type": "text", "text": "It shows a pixel."}}),
		}}),
	}, nil)
	p["response"] = object{"text": "It shows a pixel.", "usage": object{"inputTokens": 1840, "outputTokens": 12, "cachedInputTokens": 7}}
	return p
}

func testConversation(t *testing.T, p *tab) {
	p.post(encode(t, agentSession("agent")))
	p.open("agent", "")
	p.screenshot("conversation")

	// Said once each, in order, call and result in one card, the subagent inside it.
	order := eval[[]string](p, `[...document.querySelectorAll(".conversation > *")].map((e) => e.className.replace("item ", ""))`)
	want := []string{"role-system", "role-user", "role-assistant", "tool", "tool failed", "repeated", "role-assistant"}
	if !slices.Equal(order, want) {
		t.Errorf("the conversation is %q, want %q", order, want)
	}
	p.wantText(".conversation > .tool", "evidence_search", `{"query": "asthma"}`, `{"hits": 3}`, "100 ms")
	p.wantText(".conversation > .tool.failed", "task", `{"agent": "researcher"}`, "researcher", `{"depth": 2}`, "Found three papers.", "TaskError", "E1", "it broke")
	p.wantText(".repeated", "3 earlier messages repeated")
	p.wantText(".role-assistant .spanlink", "openai.responses.create · gpt-4.1 · 1,812 tok · 100 ms")
	// The call's span and the result's say the same of what went wrong, and it is told once.
	if n := p.count(".conversation > .tool.failed .errorbox"); n != 1 {
		t.Errorf("the tool's error is told %d times", n)
	}
	if n := p.count(".conversation details.reasoning:not([open])"); n != 1 {
		t.Errorf("%d folded reasonings", n)
	}
	// Once the picture is there, nothing moves under the pointer any more.
	p.until(`document.querySelector(".file img")?.naturalWidth === 1`)
	p.do(chromedp.Click(chromedp.CSS(".reasoning summary")))
	p.until(`document.querySelector(".reasoning .text")?.textContent === "I should search first."`)
	p.wantText(".role-user", "guide.pdf · application/pdf · 3 B")
	p.wantText(".head", "gpt-4.1 · openai", "8.00 s", "10 spans", "input 1,840", "cached input 7", "2 failed spans")
	p.open("agent", "/spans/g1")
	p.wantText(".span[open] .took", "1,812 tok · 100 ms")
	p.wantNoProblems()
}

// An answer that was cut says so, and one that is not there says why.
func testFinish(t *testing.T, p *tab) {
	finish := func(reason string) object { return object{"metadata": object{"finishReasons": list{reason}}} }
	cut := finish("length")
	cut["messages"] = list{message("m1", "assistant", "It is a long")}
	unrecorded := object{"metadata": object{"finishReasons": list{"stop"}, "partial": object{"messages": "not on the span"}}}
	p.post(encode(t, payload("finish", list{
		span("g1", "", "generate", "chat", 0, cut),
		span("g2", "", "stream", "chat", 1, finish("content-filter")),
		span("g3", "", "generate", "chat", 2, unrecorded),
		span("g4", "", "generate", "chat", 3, object{}), // says nothing of itself: its result is the session's
	}, nil)))
	p.open("finish", "")
	got := eval[[]string](p, `[...document.querySelectorAll(".conversation > .role-assistant")].map((e) => e.textContent)`)
	want := []string{
		"assistantchat · 100 ms · lengthIt is a long",
		"assistantchat · 100 ms · content-filterno message: content-filter",
		"assistantchat · 100 msno message: stop, not on the span",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the conversation is %q, want %q", got, want)
	}
	p.wantNoProblems()
}

func testErrors(t *testing.T, p *tab) {
	p.post(encode(t, payload("failed", list{
		span("g", "", "generate", "openai.responses.create", 0, object{"status": "error", "error": object{"message": "rate limited", "type": "RateLimitError", "code": "429"}}),
	}, object{"error": object{"message": "gave up", "type": "*openai.Error", "stack": "main.go:1"}})))
	p.open("failed", "")
	p.screenshot("error")
	p.wantText(".banner", "*openai.Error", "gave up", "stack")
	p.wantText(".conversation .failed", "RateLimitError · code 429", "rate limited")
	p.wantText("#list .session.failed", "error", "gave up")
	p.do(chromedp.Click(chromedp.CSS(".banner summary")))
	p.until(`document.querySelector(".banner pre")?.textContent === "main.go:1"`)
	p.wantNoProblems()
}

// What failed is one step away: from the head, and with a key from one to the next.
func testFailures(_ *testing.T, p *tab) {
	failed := object{"status": "error", "error": object{"message": "no such file"}}
	p.post(encode(p.t, payload("some", list{
		span("a", "", "generate", "chat", 0, nil), span("b", "a", "tool-call", "read", 1, failed),
		span("c", "", "generate", "chat", 2, object{"metadata": object{"usage": object{"totalTokens": 1500}}}), span("d", "c", "tool-call", "read", 3, failed),
	}, nil)))
	p.open("some", "")
	p.wantText("#main .facts", "1,500 tok in its calls") // it failed before it could say what it cost in all
	p.wantText("#main .title a.badge", "2 failed spans")
	p.do(chromedp.Click(chromedp.CSS("#main .title a.badge")))
	p.until(`location.hash === "#/s/some/spans/b"`)
	p.until(`/read.*failed/.test(document.querySelector(".span[open] .row")?.textContent)`) // not by its colour alone
	for _, want := range []string{"d", "b"} {
		p.do(chromedp.KeyEvent("e"))
		p.until(fmt.Sprintf(`location.hash === "#/s/some/spans/%s"`, want))
	}
	p.post(encode(p.t, payload("well", list{span("a", "", "generate", "chat", 0, nil)}, nil)))
	p.open("well", "")
	p.do(chromedp.KeyEvent("e"), chromedp.KeyEvent("2"))
	p.until(`location.hash === "#/s/well/spans"`)
	p.wantNoProblems()
}

// Nothing of a payload is ever interpreted, wherever it stands.
func testHostile(t *testing.T, p *tab) {
	const evil = `"><img src=x onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)>{{7*7}}` + "\u202e\u0000"
	svg := "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4="
	s := payload(evil, list{
		span(evil, evil, evil, evil, 0, object{
			"status": evil, "model": object{"modelId": evil, "provider": evil}, "metadata": object{evil: evil},
			"error": object{"message": evil, "type": evil, "code": evil, "stack": evil},
			"messages": list{message(evil, "user", evil), message("", evil, evil), object{"role": "assistant", "name": evil, "content": list{
				object{"type": "text", "text": evil},
				object{"type": "reasoning", "text": evil},
				object{"type": evil, "x": evil},
				object{"type": "file", "mediaType": evil, "filename": evil, "data": evil},
				object{"type": "file", "mediaType": "image/svg+xml", "data": svg},
				object{"type": "file", "mediaType": "image/png", "data": "javascript:alert(1)"},
				object{"type": "file", "mediaType": "image/png", "data": "data:image/svg+xml;base64," + svg},
				object{"type": "file", "mediaType": "image/png", "data": "data:text/html;base64,AAAA"},
				object{"type": "file", "mediaType": "image/png", "data": "http://" + strings.TrimPrefix(p.url, "http://") + "/healthz"},
				object{"type": "tool-call", "toolCallId": evil, "toolName": evil, "input": evil},
				object{"type": "tool-result", "toolCallId": evil, "toolName": evil, "output": object{"type": "text", "value": evil}},
			}}},
		}),
		span("a", "", "subagent", evil, 1, object{"subagent": object{"subagentType": evil, "source": evil, "input": evil, "toolCallId": evil}}),
		object{"__proto__": object{"polluted": true}, "kind": "constructor", "id": "__proto__", "messages": list{message("toString", "constructor", evil)}},
	}, object{"error": object{"message": evil, "type": evil, "stack": evil}, evil: evil})
	maps.Copy(s, object{
		"name": evil, "organizationId": evil, "startTime": evil, "model": object{"id": evil, "provider": evil},
		"attributes": object{evil: evil, "request.input": evil}, "response": object{"text": evil, "object": object{evil: evil}, "usage": object{evil: 1, "__proto__": 2}},
	})
	p.post(encode(t, s))
	for _, view := range []string{"", "/spans", "/data", "/spans/" + url.PathEscape(evil)} {
		p.open(evil, view)
		// Opening one may make others.
		p.until(`[...document.querySelectorAll("details")].every((d) => (d.open = true, d.children.length > 1))`)
		if text := p.text("#main h1"); !strings.Contains(text, `<img src=x onerror=alert(1)>`) {
			t.Errorf("%s: the name is %q", view, text)
		}
		for _, selector := range []string{"body script", "body svg", "img", "iframe", "[onerror]", "[onload]", "[style*=url]", "a[href^=javascript]", "a[href^=data]"} {
			if n := p.count(selector); n != 0 {
				t.Errorf("%s: %d × %s", view, n, selector)
			}
		}
	}
	if eval[bool](p, "Boolean(({}).polluted)") {
		t.Error("a payload reached Object.prototype")
	}
	p.wantNoProblems()

	// The net below all that: even code that would parse markup cannot.
	if got := eval[string](p, `(() => { try { document.body.innerHTML = "<b>"; return "parsed"; } catch (e) { return e.name; } })()`); got != "TypeError" {
		t.Errorf("innerHTML: %s", got)
	}
}

// However deep agents start agents, what they say has room.
func testDeep(_ *testing.T, p *tab) {
	var spans list
	parent := ""
	for i := range 24 {
		id := fmt.Sprint("a", i)
		spans = append(spans, span(id, parent, "subagent", id, i, nil),
			span("g"+id, id, "generate", "chat", i, object{"messages": list{message("", "assistant", "Here I am.")}}))
		parent = id
	}
	p.post(encode(p.t, payload("deep", spans, nil)))
	p.do(chromedp.EmulateViewport(390, 844))
	p.open("deep", "")
	widths := eval[[]int](p, `[...document.querySelectorAll("#main .text")].map((e) => Math.round(e.getBoundingClientRect().width))`)
	if len(widths) != 24 || slices.Min(widths) < 200 {
		p.t.Errorf("the texts are %v pixels wide", widths)
	}
	p.wantNoProblems()
}

// Text that runs from right to left keeps to itself: what stands beside it, and
// the JSON around it, stays in its order.
func testRightToLeft(_ *testing.T, p *tab) {
	p.post(encode(p.t, payload("rtl", list{
		span("g", "", "generate", "ردّ.النموذج", 0, object{"messages": list{message("", "assistant", "מטר 8,611")}}),
		span("t", "g", "tool-call", "find", 1, object{"tool": object{"toolCallId": "c", "toolName": "find", "parameters": object{"استعلام": "جبل"}}}),
	}, nil)))
	p.open("rtl", "")
	for _, selector := range []string{".role-assistant .spanlink bdi", ".tool .json span"} {
		// The left and right edge of each: none begins before the one before it has ended.
		edges := eval[[]int](p, fmt.Sprintf(`[...document.querySelectorAll(%q)].flatMap((e) => {
			const { left, right } = e.getBoundingClientRect();
			return [Math.round(left), Math.round(right)];
		})`, selector))
		if len(edges) < 4 || !slices.IsSorted(edges) {
			p.t.Errorf("%s stand at %v: not in their order", selector, edges)
		}
	}
	p.wantNoProblems()
}

// Payloads that break the contract in every field are shown all the same.
func testOdd(t *testing.T, p *tab) {
	odd := []string{`null`, `true`, `-1.50`, `"text"`, `"half \ud800"`, `[]`, `[null,1,"x",[],{}]`, `{}`, `{"id":{},"result":[],"messages":7,"spans":{},"usage":[1],"text":{},"provider":[]}`}
	fields := []string{
		`"name":%s`, `"startTime":%s`, `"duration":%s`, `"model":%s`, `"metadata":%s`, `"metadata":{"result":%s}`, `"metadata":{"result":{"spans":%s}}`,
		`"metadata":{"result":{"error":%s}}`, `"metadata":{"result":{"spans":[%s]}}`, `"prompt":%s`, `"prompt":{"messages":%s}`, `"response":%s`,
		`"response":{"usage":%[1]s,"text":%[1]s,"object":%[1]s}`, `"attributes":%s`,
	}
	var anySpan []string
	for _, key := range []string{"id", "parentId", "name", "kind", "status", "startTime", "endTime", "durationMs", "metadata", "messages", "model", "error", "tool", "subagent"} {
		anySpan = append(anySpan, fmt.Sprintf("%q:%%[1]s", key))
	}
	for _, kind := range []string{"generate", "tool-call", "tool-result", "subagent"} {
		fields = append(fields,
			`"metadata":{"result":{"spans":[{`+strings.Join(anySpan, ",")+`,"kind":"`+kind+`"}]}}`,
			`"metadata":{"result":{"spans":[{"kind":"`+kind+`","messages":[%[1]s,{"role":"assistant","content":%[1]s},{"role":"tool","content":[%[1]s,`+
				`{"type":"tool-result","toolCallId":%[1]s,"output":%[1]s},{"type":"tool-call","input":%[1]s},{"type":"text","text":%[1]s},{"type":"file","data":%[1]s,"mediaType":%[1]s}]}]}]}}`)
	}
	var ids []string
	for _, field := range fields {
		for _, value := range odd {
			id := fmt.Sprint("odd-", len(ids))
			ids = append(ids, id)
			p.post([]byte(`{"id":"` + id + `",` + fmt.Sprintf(field, value) + `}`))
		}
	}
	// Parents in a circle, a parent that is not there, and the same id twice.
	ids = append(ids, "circle", "deep")
	p.post(encode(t, payload("circle", list{
		span("a", "b", "generate", "a", 0, nil), span("b", "a", "generate", "b", 1, nil),
		span("c", "c", "user", "c", 2, nil), span("d", "gone", "user", "d", 3, nil), span("d", "a", "user", "second d", 4, nil),
	}, nil)))
	nested := strings.Repeat("[", 9000) + "1.0" + strings.Repeat("]", 9000)
	p.post([]byte(`{"id":"deep","name":"deep","metadata":{"result":{"spans":[{"id":"x","kind":"tool-call","tool":{"parameters":` + nested + `}}]}}}`))

	p.do(chromedp.Navigate(p.url + "/#/"))
	p.opened = true
	p.until(`document.querySelector("#live").textContent === "live"`)
	// One page walks through all of them, as a person would with the keyboard.
	shown := eval[[]string](p, `(async () => {
		const { parse } = await import("/assets/json.js");
		const { readSession } = await import("/assets/payload.js");
		const { sessionView, views } = await import("/assets/session.js");
		const out = [];
		for (const id of `+string(encode(t, ids))+`) {
			const text = await (await fetch("/api/sessions/" + id)).text();
			for (const view of views) {
				try {
					const el = sessionView(readSession(parse(text)), text, { id, view, span: "" });
					document.getElementById("main").replaceChildren(el);
					for (const d of el.querySelectorAll("details")) d.open = true;
				} catch (e) {
					out.push(id + " " + view + ": " + e + " " + text.slice(0, 300));
				}
			}
		}
		return out;
	})()`)
	for _, problem := range shown {
		t.Error(problem)
	}
	p.open("circle", "/spans")
	if n := p.count(".span"); n != 5 {
		t.Errorf("%d of 5 spans are shown", n)
	}
	p.open("deep", "")
	p.wantText("#main", "deep")
	p.wantNoProblems()
}

func testLarge(t *testing.T, p *tab) {
	var spans list
	for i := range 500 {
		call := fmt.Sprint("call_", i)
		g := fmt.Sprint("g", i)
		spans = append(spans,
			span(g, "", "generate", "openai.chat.completions", 2*i, object{"messages": list{
				message("", "user", fmt.Sprintf("Step %d.", i)),
				message("", "assistant", list{
					object{"type": "text", "text": strings.Repeat("Looking at it. ", 20)},
					object{"type": "tool-call", "toolCallId": call, "toolName": "read_file", "input": object{"path": fmt.Sprintf("src/%d.go", i)}},
				}),
			}}),
			span("t"+g, g, "tool-call", "read_file", 2*i+1, object{"tool": object{"toolCallId": call, "toolName": "read_file"}}),
			span("r"+g, "t"+g, "tool-result", "read_file.result", 2*i+1, object{"tool": object{"toolCallId": call, "result": strings.Repeat("package main\n", 30)}}),
			span("n"+g, g, "reasoning", "note", 2*i+1, nil))
	}
	p.post(encode(t, payload("large", spans, nil)))
	p.open("large", "")
	if n := p.count(".conversation > .tool"); n != 500 {
		t.Errorf("%d tool cards, want 500", n)
	}
	p.screenshot("large")
	p.open("large", "/spans")
	if n := p.count(".spans .span"); n != 2000 {
		t.Errorf("%d spans, want 2000", n)
	}
	// So many are folded to what is on top; what a link names is not.
	const visible = `document.querySelectorAll(".spans > :not([hidden])").length`
	if n := eval[int](p, visible); n != 500 {
		t.Errorf("%d rows are shown, want the 500 calls", n)
	}
	p.do(chromedp.Click(chromedp.CSS(".spans .below")))
	if n := eval[int](p, visible); n != 502 { // the tool's call and the note, and not yet the tool's result
		t.Errorf("%d rows are shown when one was unfolded, want 502", n)
	}
	p.wantText(".spans > :nth-child(2) .below", "1 below")
	p.do(chromedp.Click(chromedp.CSS(".spans .below")))
	if n := eval[int](p, visible); n != 500 {
		t.Errorf("%d rows are shown when it was folded again, want 500", n)
	}
	p.screenshot("large-spans")
	// A link to a span far down opens it and scrolls there.
	p.open("large", "/spans/tg400")
	p.until(`(() => { const e = document.querySelector(".span[open]"); if (!e) return false; const r = e.getBoundingClientRect(); return r.top > 0 && r.top < innerHeight; })()`)
	p.wantText(".span[open]", "tg400")
	p.wantNoProblems()
}

func testLive(t *testing.T, p *tab) {
	p.do(chromedp.Navigate(p.url))
	p.until(`document.querySelector("#live").textContent === "live"`)
	p.wantText("#main", "SPECT_COLLECTOR_URL="+p.url, "SPECT_ORGANIZATION_ID", "SPECT_API_KEY")
	p.screenshot("empty")

	p.post(encode(t, payload("first", list{span("u", "", "user", "user", 0, object{"messages": list{message("", "user", "Hello there")}})}, nil)))
	p.until(`location.hash === "#/s/first"`) // the first one opens by itself
	p.until(`document.querySelector("#main").textContent.includes("Hello there")`)
	p.post(encode(t, payload("second", nil, nil)))
	p.until(`document.querySelector("#list .session").dataset.id === "second"`)
	if hash := eval[string](p, "location.hash"); hash != "#/s/first" {
		t.Errorf("a later session took the page away: %s", hash)
	}
	// The session that is open is sent again.
	p.post(encode(t, payload("first", list{span("u", "", "user", "user", 0, object{"messages": list{message("", "user", "Hello again")}})}, nil)))
	p.until(`document.querySelector("#main").textContent.includes("Hello again")`)
	p.until(`document.querySelector("#list .session").textContent.includes("×2")`)
	if n := p.count("#list .session"); n != 2 {
		t.Errorf("%d rows for 2 sessions", n)
	}
	p.do(chromedp.Click(chromedp.CSS("#clear"))) // the confirmation is accepted
	p.until(`document.querySelector("#list").textContent === "No sessions yet."`)
	p.until(`document.querySelector("#main").textContent.includes("Send a session here")`)

	// On a narrow screen there is the list or a session, and a way back.
	p.post(encode(t, payload("third", nil, nil)))
	p.until(`location.hash === "#/s/third"`)
	p.do(chromedp.EmulateViewport(420, 800), chromedp.WaitNotVisible(chromedp.CSS("#list")), chromedp.Click(chromedp.CSS(".back")), chromedp.WaitVisible(chromedp.CSS("#list .session")))
	p.do(chromedp.Click(chromedp.CSS("#list .session")), chromedp.WaitVisible(chromedp.CSS("#main article")), chromedp.WaitNotVisible(chromedp.CSS("#list")))
	p.wantNoProblems()
}

func testKeyboard(t *testing.T, p *tab) {
	for i := range 250 { // more than one page of the list
		p.post(encode(t, payload(fmt.Sprint("s", i), nil, nil)))
	}
	p.do(chromedp.Navigate(p.url))
	p.until(`location.hash === "#/s/s249"`)
	for _, step := range []struct{ key, want string }{
		{"j", "#/s/s248"},
		{"j", "#/s/s247"},
		{"k", "#/s/s248"},
		{"2", "#/s/s248/spans"},
		{"j", "#/s/s247/spans"},
		{"3", "#/s/s247/data"},
		{"k", "#/s/s248/data"},
		{"1", "#/s/s248"},
		{"k", "#/s/s249"},
		{"k", "#/s/s249"},
	} {
		p.do(chromedp.KeyEvent(step.key))
		p.until(fmt.Sprintf("location.hash === %q", step.want))
	}
	p.until(`document.querySelector(".session[aria-current]")?.dataset.id === "s249"`)
	p.do(chromedp.NavigateBack())
	p.until(`location.hash === "#/s/s248" && document.querySelector(".session[aria-current]")?.dataset.id === "s248"`)
	if n := p.count("#list .session"); n != 200 {
		t.Errorf("the first page has %d rows", n)
	}
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#older").click()`))
	p.until(`document.querySelectorAll("#list .session").length === 250 && document.querySelector("#older").hidden`)
	p.wantNoProblems()
	// A link to a session that is not there any more.
	p.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/s/gone"`))
	p.until(`document.querySelector("#main").textContent.includes("no such session")`)
}

// One session among many is found by what it says of itself.
func testFilter(_ *testing.T, p *tab) {
	for i := range 30 {
		p.post(encode(p.t, payload(fmt.Sprint("s", i), list{span("u", "", "user", "user", 0, object{"messages": list{message("", "user", fmt.Sprintf("Question %d?", i))}})}, nil)))
	}
	p.post(encode(p.t, payload("broken", nil, object{"error": object{"message": "The key was refused"}})))
	p.do(chromedp.Navigate(p.url))
	p.until(`document.querySelectorAll("#list .session").length === 31`)
	shown := func() []string {
		return eval[[]string](p, `[...document.querySelectorAll("#list .session:not([hidden])")].map((e) => e.dataset.id)`)
	}
	// The protocol types the character whatever becomes of the key, so the key comes from a script.
	const slash = `document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }))`
	if eval[bool](p, slash) {
		p.t.Error("the key is typed into the filter, too")
	}
	p.until(`document.activeElement.id === "filter"`)
	p.do(chromedp.KeyEvent("QUESTION 2"))
	p.until(`document.querySelectorAll("#list .session:not([hidden])").length === 12`) // 2, 12, 20 to 29
	p.wantText("#count", "12 of 31 sessions")
	p.post(encode(p.t, payload("later", nil, nil))) // what comes is filtered, too
	p.until(`document.querySelectorAll("#list .session").length === 32`)
	if ids := shown(); len(ids) != 12 || ids[0] != "s29" {
		p.t.Errorf("shown are %q", ids)
	}
	p.do(chromedp.KeyEvent("\r")) // to the first that is left, and with j and k among them
	p.until(`location.hash === "#/s/s29" && document.activeElement.id === "main"`)
	p.do(chromedp.KeyEvent("j"))
	p.until(`location.hash === "#/s/s28"`)
	p.do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector("#filter"); f.value = "error refused"; f.dispatchEvent(new Event("input")); }`))
	if ids := shown(); !slices.Equal(ids, []string{"broken"}) {
		p.t.Errorf("of errors are shown %q", ids)
	}
	p.do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector("#filter"); f.value = "nowhere"; f.dispatchEvent(new Event("input")); }`))
	p.wantText("#list", "No session has these words.")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#filter").focus()`), chromedp.KeyEvent("\x1b"))
	p.until(`document.querySelectorAll("#list .session:not([hidden])").length === 32`)
	p.wantNoProblems()
}

// What a screen reader and a keyboard go by: landmarks, headings, the way past
// the list.
func testAccessible(_ *testing.T, p *tab) {
	p.post(encode(p.t, agentSession("agent")))
	p.open("agent", "")
	headings := eval[[]string](p, `[...document.querySelectorAll("#main h1, #main h2")].map((e) => e.textContent.trim())`)
	want := []string{"agent.run", "system", "user", "assistant", "tool evidence_search", "tool task", "subagent researcher", "assistant", "assistant"}
	if !slices.Equal(headings, want) {
		p.t.Errorf("the headings are %q, want %q", headings, want)
	}
	if n := p.count("nav[aria-label]"); n != 2 { // the list, and the views
		p.t.Errorf("%d named navigations", n)
	}
	p.do(chromedp.KeyEvent("\t"))
	p.until(`document.activeElement.id === "skip"`)
	p.do(chromedp.KeyEvent("\r"))
	p.until(`document.activeElement.id === "main"`)
	if hash := eval[string](p, "location.hash"); hash != "#/s/agent" {
		p.t.Errorf("skipping the list went to %s", hash)
	}
	// No control without a name.
	nameless := eval[int](p, `[...document.querySelectorAll("a, button, summary, input")].filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label"))).length`)
	if nameless != 0 {
		p.t.Errorf("%d controls have no name", nameless)
	}
	p.wantNoProblems()
}

func testNumbers(_ *testing.T, p *tab) {
	p.post([]byte(`{"id":"n","response":{"object":{"big":12345678901234567890,"spelt":1.50e2,"tiny":0.10}},"duration":425.0}`))
	p.open("n", "")
	p.wantText(".conversation", `{"big": 12345678901234567890, "spelt": 1.50e2, "tiny": 0.10}`)
	p.wantText(".facts", "425 ms")
	p.open("n", "/data")
	p.wantText(".data details:last-child", `"big": 12345678901234567890`, `"spelt": 1.50e2`, `"duration": 425.0`)
}

func testColours(t *testing.T, p *tab) {
	p.post(encode(t, agentSession("agent")))
	background := map[string]string{}
	for scheme, opened := range map[string]string{"light": "r2", "dark": "t1"} {
		_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.open("agent", "/spans/"+opened)
		p.screenshot("spans-" + scheme)
		background[scheme] = eval[string](p, `getComputedStyle(document.body).backgroundColor`)
	}
	if background["light"] != "rgb(255, 255, 255)" || background["dark"] != "rgb(22, 24, 28)" {
		t.Errorf("backgrounds: %v", background)
	}
}
