// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a collector that really listens, as the checks of the Host header need.
type fixture struct {
	t      *testing.T
	url    string
	client *http.Client
	log    *lockedBuffer
	server *collector.Server
	stop   func() error // ends the server as a signal would
}

func start(t *testing.T, opts ...collector.Option) *fixture {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{
		t:      t,
		url:    "http://" + l.Addr().String(),
		client: &http.Client{Transport: &http.Transport{}},
		log:    &lockedBuffer{},
	}
	opts = append([]collector.Option{collector.WithLogger(slog.New(slog.NewTextHandler(f.log, nil)))}, opts...)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	f.server = collector.New(collector.NewMemory(100, 64<<20), opts...)
	go func() { served <- f.server.Serve(ctx, l) }()
	f.stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() {
		if err := f.stop(); err != nil {
			t.Errorf("serve: %v", err)
		}
		f.client.CloseIdleConnections()
	})
	return f
}

// do sends a request; header are pairs, and Host sets the Host header.
func (f *fixture) do(method, path string, body io.Reader, header ...string) (int, string, http.Header) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute) // an event stream that should have been refused
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, f.url+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Add(header[i], header[i+1])
		}
	}
	resp, err := f.client.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

func (f *fixture) post(payload string) {
	f.t.Helper()
	status, body, _ := f.do(http.MethodPost, "/traces?name=org", strings.NewReader(payload), "Content-Type", "application/json")
	if status != http.StatusOK || body != "{}" {
		f.t.Fatalf("post: %d %s", status, body)
	}
}

type listing struct {
	Sessions []map[string]any `json:"sessions"`
	Next     string           `json:"next"`
}

func (f *fixture) list(query string) listing {
	f.t.Helper()
	status, body, _ := f.do(http.MethodGet, "/api/sessions"+query, nil)
	var page listing
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
		f.t.Fatalf("list: %d %s", status, body)
	}
	return page
}

// wantProblem checks an error's status and code, and that its message helps.
func wantProblem(t *testing.T, status int, body string, wantStatus int, wantCode, wantText string) {
	t.Helper()
	var problem struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Errorf("%d: not a JSON error: %s", status, body)
		return
	}
	if status != wantStatus || problem.Error.Code != wantCode || !strings.Contains(problem.Error.Message, wantText) {
		t.Errorf("got %d %s %q; want %d %s with %q", status, problem.Error.Code, problem.Error.Message, wantStatus, wantCode, wantText)
	}
}

// A payload comes back byte for byte: spelling of numbers, order and repetition of
// keys, escapes and white space.
func TestPayloadIsKeptByteForByte(t *testing.T) {
	f := start(t)
	payload := "{ \"id\" : \"s\\u0031\",\n\t\"big\":12345678901234567890.10, \"z\":1,\"a\":[1.0e+2,null], \"a\":\"\\u00e9\\/é<&>\" }\n"
	f.post(payload)
	status, body, header := f.do(http.MethodGet, "/api/sessions/s1", nil)
	if status != http.StatusOK || body != payload {
		t.Errorf("%d %q, want %q", status, body, payload)
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	_, request, _ := f.do(http.MethodGet, "/api/sessions/s1/request", nil)
	if !strings.Contains(request, `"body":`+payload) {
		t.Errorf("the request's body was rewritten: %q", request)
	}
}

func TestRequestIsKeptWithoutSecrets(t *testing.T) {
	f := start(t)
	status, body, _ := f.do(http.MethodPost, "/traces?name=%C3%9Cn%C3%AF/corp%20%26%20s%C3%B6hne%201", strings.NewReader(`{"id":"s"}`),
		"Content-Type", "application/json", "Authorization", "Bearer sk-hush1", "Cookie", "a=sk-hush2",
		"Proxy-Authorization", "Basic sk-hush3", "X-Api-Key", "sk-hush4", "X-Auth-Token", "sk-hush5", "X-Team", "blue", "X-Team", "red")
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	_, body, _ = f.do(http.MethodGet, "/api/sessions/s/request", nil)
	var got struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.Path != "/traces?name=%C3%9Cn%C3%AF/corp%20%26%20s%C3%B6hne%201" {
		t.Errorf("%s %s", got.Method, got.Path)
	}
	if got.Headers["content-type"] != "application/json" || got.Headers["x-team"] != "blue, red" {
		t.Errorf("headers %v", got.Headers)
	}
	for _, name := range []string{"authorization", "cookie", "proxy-authorization"} {
		if _, ok := got.Headers[name]; ok {
			t.Errorf("%s was kept", name)
		}
	}
	_, list, _ := f.do(http.MethodGet, "/api/sessions", nil)
	for where, text := range map[string]string{"request": body, "list": list, "log": f.log.String()} {
		if strings.Contains(text, "hush") {
			t.Errorf("a secret is in the %s: %s", where, text)
		}
	}
}

// What the published client sends comes back as it was captured, but for the key.
func TestCapturedRequests(t *testing.T) {
	files, err := filepath.Glob("../../../../internal/reference/testdata/captured/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured requests: %v", err)
	}
	type request struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	f := start(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want, got request
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		var header []string
		for name, value := range want.Headers {
			header = append(header, name, value)
		}
		if status, body, _ := f.do(want.Method, want.Path, bytes.NewReader(want.Body), header...); status != http.StatusOK || body != "{}" {
			t.Errorf("%s: %d %s", file, status, body)
		}
		var session struct{ ID string }
		if err := json.Unmarshal(want.Body, &session); err != nil {
			t.Fatal(err)
		}
		_, body, _ := f.do(http.MethodGet, "/api/sessions/"+session.ID+"/request", nil)
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got.Method != want.Method || got.Path != want.Path || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: kept %s %s %s", file, got.Method, got.Path, got.Body)
		}
		for name, value := range want.Headers {
			if kept, ok := got.Headers[name]; name == "authorization" && ok || name != "authorization" && kept != value {
				t.Errorf("%s: header %s is %q", file, name, kept)
			}
		}
	}
	if n := len(f.list("").Sessions); n != len(files) {
		t.Errorf("%d sessions are listed, want %d", n, len(files))
	}
}

func TestGzip(t *testing.T) {
	f := start(t, collector.WithMaxBody(1000))
	zip := func(s string) io.Reader {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return &b
	}
	post := func(body io.Reader, encoding string) (int, string) {
		status, answer, _ := f.do(http.MethodPost, "/traces?name=o", body, "Content-Type", "application/json", "Content-Encoding", encoding)
		return status, answer
	}
	payload := `{"id":"z","pad":"` + strings.Repeat(" ", 900) + `"}`
	if status, body := post(zip(payload), "gzip"); status != http.StatusOK {
		t.Errorf("gzip: %d %s", status, body)
	}
	if _, body, _ := f.do(http.MethodGet, "/api/sessions/z", nil); body != payload {
		t.Errorf("kept %q", body)
	}
	// Many empty members: large as sent, small when decompressed.
	members := make([]io.Reader, 0, 101)
	for range 100 {
		members = append(members, zip(""))
	}
	status, body := post(io.MultiReader(append(members, zip(payload))...), "gzip")
	wantProblem(t, status, body, 413, "body_too_large", "--max-body")
	status, body = post(strings.NewReader("this is plain text, not gzip"), "gzip")
	wantProblem(t, status, body, 400, "unreadable_body", "gzip")
	status, body = post(io.LimitReader(zip(payload), 20), "gzip")
	wantProblem(t, status, body, 400, "unreadable_body", "unexpected EOF")
	status, body = post(strings.NewReader(payload), "br")
	wantProblem(t, status, body, 415, "unsupported_encoding", "gzip")
	if n := len(f.list("").Sessions); n != 1 {
		t.Errorf("%d sessions are kept, want 1", n)
	}
}

// A small body that decompresses to a large one costs no more memory than the limit.
func TestGzipBomb(t *testing.T) {
	f := start(t, collector.WithMaxBody(64<<10))
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	chunk := make([]byte, 1<<20)
	for range 32 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || bomb.Len() > 64<<10 {
		t.Fatalf("%d bytes, %v", bomb.Len(), err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	status, body, _ := f.do(http.MethodPost, "/traces?name=o", &bomb, "Content-Type", "application/json", "Content-Encoding", "gzip")
	runtime.ReadMemStats(&after)
	wantProblem(t, status, body, 413, "body_too_large", "--max-body")
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("%d MB were allocated for it", grown>>20)
	}
}

// Bodies that are read at once take a bounded memory, however many come: what is
// too much is to be sent again, and is accepted then.
func TestBodiesAtOnce(t *testing.T) {
	const size = 1 << 20
	f := start(t, collector.WithMaxBody(size))
	payload := `{"id":"s","x":"` + strings.Repeat("x", size-17) + `"}`
	if len(payload) != size {
		t.Fatal(len(payload))
	}
	post := func(body io.Reader) (int, string, http.Header) {
		return f.do(http.MethodPost, "/traces?name=o", body, "Content-Type", "application/json")
	}
	statuses := make(chan int, 4)
	var senders []*io.PipeWriter
	for range cap(statuses) {
		body, send := io.Pipe()
		senders = append(senders, send)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/traces?name=o", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		go func() {
			resp, err := f.client.Do(r)
			if err != nil {
				statuses <- 0
				return
			}
			statuses <- resp.StatusCode
			_ = resp.Body.Close()
		}()
		if _, err := io.WriteString(send, payload[:size-1]); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); !f.server.Full() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // what was written may not be read yet
	}
	status, body, header := post(strings.NewReader(payload))
	wantProblem(t, status, body, 503, "busy", "send this one again")
	if header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", header.Get("Retry-After"))
	}
	for _, send := range senders {
		if _, err := io.WriteString(send, payload[size-1:]); err != nil || send.Close() != nil {
			t.Error(err)
		}
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("one that was being read: %d", status)
		}
	}
	if status, body, _ = post(strings.NewReader(payload)); status != http.StatusOK {
		t.Errorf("sent again: %d %s", status, body)
	}
}

// A body that breaks off is no payload, compressed or not.
func TestBrokenBody(t *testing.T) {
	f := start(t)
	var whole bytes.Buffer
	w := gzip.NewWriter(&whole)
	if _, err := io.WriteString(w, `{"id":"s"}`+strings.Repeat(" ", 10_000)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < whole.Len(); cut++ {
		status, body, _ := f.do(http.MethodPost, "/traces?name=o", bytes.NewReader(whole.Bytes()[:cut]),
			"Content-Type", "application/json", "Content-Encoding", "gzip")
		wantProblem(t, status, body, 400, "unreadable_body", "")
	}
}

func TestRefusedPosts(t *testing.T) {
	f := start(t, collector.WithMaxBody(1000))
	const jsonType = "application/json"
	for name, c := range map[string]struct {
		path, contentType, body string
		status                  int
		code, text              string
	}{
		"no name":        {"/traces", jsonType, `{"id":"a"}`, 400, "missing_name", "SPECT_ORGANIZATION_ID"},
		"empty name":     {"/traces?name=", jsonType, `{"id":"a"}`, 400, "missing_name", "name"},
		"no type":        {"/traces?name=o", "", `{"id":"a"}`, 415, "unsupported_media_type", "application/json"},
		"form":           {"/traces?name=o", "text/plain", `{"id":"a"}`, 415, "unsupported_media_type", "application/json"},
		"charset":        {"/traces?name=o", jsonType + "; charset=latin1", `{"id":"a"}`, 415, "unsupported_media_type", "application/json"},
		"empty":          {"/traces?name=o", jsonType, ``, 400, "invalid_payload", "not valid JSON"},
		"cut":            {"/traces?name=o", jsonType, `{"id":"a"`, 400, "invalid_payload", "after byte 9"},
		"two":            {"/traces?name=o", jsonType, `{"id":"a"}{"id":"b"}`, 400, "invalid_payload", "not valid JSON"},
		"not UTF-8":      {"/traces?name=o", jsonType, "{\"id\":\"a\xff\"}", 400, "invalid_payload", "UTF-8"},
		"array":          {"/traces?name=o", jsonType, `[{"id":"a"}]`, 400, "invalid_payload", "not an object"},
		"null":           {"/traces?name=o", jsonType, `null`, 400, "invalid_payload", "null"},
		"no id":          {"/traces?name=o", jsonType, `{}`, 400, "invalid_payload", `no "id"`},
		"number id":      {"/traces?name=o", jsonType, `{"id":1}`, 400, "invalid_payload", `no "id"`},
		"null id":        {"/traces?name=o", jsonType, `{"id":null}`, 400, "invalid_payload", `no "id"`},
		"other case":     {"/traces?name=o", jsonType, `{"ID":"a"}`, 400, "invalid_payload", `no "id"`},
		"empty id":       {"/traces?name=o", jsonType, `{"id":""}`, 400, "invalid_payload", "empty"},
		"dots id":        {"/traces?name=o", jsonType, `{"id":".."}`, 400, "invalid_payload", "UUID"},
		"long id":        {"/traces?name=o", jsonType, `{"id":"` + strings.Repeat("a", 257) + `"}`, 400, "invalid_payload", "longer"},
		"large":          {"/traces?name=o", jsonType, `{"id":"` + strings.Repeat("a", 1000) + `"}`, 413, "body_too_large", "1000 bytes"},
		"nested":         {"/traces?name=o", jsonType, strings.Repeat("[", 999), 400, "invalid_payload", "not valid JSON"},
		"wrong path":     {"/v1/traces?name=o", jsonType, `{"id":"a"}`, 404, "no_such_path", "SPECT_COLLECTOR_URL"},
		"path with case": {"/Traces?name=o", jsonType, `{"id":"a"}`, 404, "no_such_path", "/traces"},
	} {
		t.Run(name, func(t *testing.T) {
			var header []string
			if c.contentType != "" {
				header = []string{"Content-Type", c.contentType}
			}
			status, body, _ := f.do(http.MethodPost, c.path, strings.NewReader(c.body), header...)
			wantProblem(t, status, body, c.status, c.code, c.text)
		})
	}
	// Without a Content-Length the limit holds all the same.
	status, body, _ := f.do(http.MethodPost, "/traces?name=o", io.MultiReader(strings.NewReader(`{"id":"`), strings.NewReader(strings.Repeat("a", 5000))), "Content-Type", jsonType)
	wantProblem(t, status, body, 413, "body_too_large", "1000 bytes")
	if n := len(f.list("").Sessions); n != 0 {
		t.Errorf("%d refused sessions were kept", n)
	}
	f.post(`{"id":"` + strings.Repeat("a", 200) + `"}`)
}

func TestUnusualIDsCanBeRead(t *testing.T) {
	f := start(t)
	for id, path := range map[string]string{
		"a/b": "a%2Fb", "../../etc/passwd": "..%2F..%2Fetc%2Fpasswd", "ü ?#&": "%C3%BC%20%3F%23%26", "%2e": "%252e", "request": "request",
	} {
		quoted, _ := json.Marshal(id)
		payload := fmt.Sprintf(`{"id":%s}`, quoted)
		f.post(payload)
		if status, body, _ := f.do(http.MethodGet, "/api/sessions/"+path, nil); status != http.StatusOK || body != payload {
			t.Errorf("%q: %d %s", id, status, body)
		}
	}
}

func TestListAndPages(t *testing.T) {
	f := start(t)
	for i := range 5 {
		f.post(fmt.Sprintf(`{"id":"s%d","name":"n"}`, i))
	}
	var got []string
	for query := "?limit=2"; query != ""; {
		page := f.list(query)
		for _, s := range page.Sessions {
			got = append(got, s["id"].(string))
		}
		got = append(got, "|")
		query = ""
		if page.Next != "" {
			query = "?limit=2&before=" + page.Next
		}
	}
	if s := strings.Join(got, " "); s != "s4 s3 | s2 s1 | s0 |" {
		t.Errorf("pages: %s", s)
	}
	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=x", "?before=x", "?before=0"} {
		status, body, _ := f.do(http.MethodGet, "/api/sessions"+query, nil)
		wantProblem(t, status, body, 400, "invalid_query", "positive number")
	}
	if n := len(f.list("?limit=999999").Sessions); n != 5 {
		t.Errorf("a large limit gave %d", n)
	}
}

func TestRetriedPostReplaces(t *testing.T) {
	f := start(t)
	f.post(`{"id":"a","name":"first"}`)
	f.post(`{"id":"b"}`)
	f.post(`{"id":"a","name":"second"}`)
	sessions := f.list("").Sessions
	if len(sessions) != 2 || sessions[0]["id"] != "a" || sessions[0]["posts"] != 2.0 || sessions[0]["name"] != "second" || sessions[1]["posts"] != 1.0 {
		t.Errorf("list: %v", sessions)
	}
}

func TestClear(t *testing.T) {
	f := start(t)
	f.post(`{"id":"a"}`)
	if status, body, _ := f.do(http.MethodDelete, "/api/sessions", nil); status != http.StatusOK || body != `{"removed":1}` {
		t.Errorf("%d %s", status, body)
	}
	if n := len(f.list("").Sessions); n != 0 {
		t.Errorf("%d are left", n)
	}
	status, body, _ := f.do(http.MethodGet, "/api/sessions/a", nil)
	wantProblem(t, status, body, 404, "no_such_session", "no such session")
	status, body, _ = f.do(http.MethodGet, "/api/sessions/a/request", nil)
	wantProblem(t, status, body, 404, "no_such_session", "no such session")
}

func TestHealth(t *testing.T) {
	f := start(t)
	if status, body, _ := f.do(http.MethodGet, "/healthz", nil); status != http.StatusOK || body != `{"status":"ok"}` {
		t.Errorf("%d %s", status, body)
	}
}

// events connects to the event stream and returns its lines that are not blank.
func (f *fixture) events(ctx context.Context) (next func() string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/api/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	resp, err := f.client.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		f.t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() string {
		for lines.Scan() {
			if lines.Text() != "" {
				return lines.Text()
			}
		}
		return fmt.Sprint("ended ", lines.Err())
	}
}

func TestEvents(t *testing.T) {
	f := start(t)
	next := f.events(t.Context())
	for _, want := range []string{"retry: 1000", ": hello"} {
		if got := next(); got != want {
			t.Fatalf("stream begins with %q, want %q", got, want)
		}
	}
	f.post("{\"id\":\"a\",\"name\":\"line one\\nevent: forged\\n\\n\",\"response\":{\"text\":\"hi\"}}")
	if got := next(); got != "event: session" {
		t.Fatal(got)
	}
	data, ok := strings.CutPrefix(next(), "data: ")
	var entry map[string]any
	if err := json.Unmarshal([]byte(data), &entry); err != nil || !ok || entry["id"] != "a" || entry["text"] != "hi" {
		t.Errorf("data %s: %v", data, err)
	}
	f.do(http.MethodDelete, "/api/sessions", nil)
	if got := next() + " " + next(); got != "event: cleared data: {}" {
		t.Error(got)
	}
}

// Shutdown ends event streams at once and lets a request under way finish.
func TestGracefulShutdown(t *testing.T) {
	f := start(t)
	next := f.events(t.Context())
	next()
	next()

	body, send := io.Pipe()
	// The body is sent when the handler asks for it: then the request is surely under way.
	patient := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}}
	answered := make(chan string, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/traces?name=o", body)
		if err != nil {
			answered <- err.Error()
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Expect", "100-continue")
		resp, err := patient.Do(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		answered <- resp.Status
	}()
	if _, err := io.WriteString(send, `{"id":`); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- f.stop() }()
	if got := next(); got != "ended <nil>" {
		t.Errorf("the event stream went on: %q", got)
	}
	select {
	case err := <-stopped:
		t.Fatalf("the server stopped under a request: %v", err)
	default:
	}
	if _, err := io.WriteString(send, `"late"}`); err != nil {
		t.Fatal(err)
	}
	_ = send.Close()
	if got := <-answered; got != "200 OK" {
		t.Errorf("the request under way: %s", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestBrokenListener(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := collector.New(collector.NewMemory(1, 1<<20)).Serve(t.Context(), l); err == nil {
		t.Error("no error")
	}
}

// failingStore is a database that is down.
type failingStore struct{ collector.Store }

func (failingStore) Put(context.Context, collector.Session) (collector.Entry, error) {
	return collector.Entry{}, iotest.ErrTimeout
}

func (failingStore) Get(context.Context, string) (collector.Session, error) {
	return collector.Session{}, iotest.ErrTimeout
}

func (failingStore) List(context.Context, int, int64) ([]collector.Entry, bool, error) {
	return nil, false, iotest.ErrTimeout
}
func (failingStore) Clear(context.Context) (int, error) { return 0, iotest.ErrTimeout }

func TestStoreErrorsAreTold(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- collector.New(failingStore{}).Serve(ctx, l) }()
	f := &fixture{t: t, url: "http://" + l.Addr().String(), client: &http.Client{Transport: &http.Transport{}}}
	for _, c := range []struct{ method, path string }{
		{"POST", "/traces?name=o"}, {"GET", "/api/sessions"}, {"GET", "/api/sessions/a"}, {"GET", "/api/sessions/a/request"}, {"DELETE", "/api/sessions"},
	} {
		status, body, _ := f.do(c.method, c.path, strings.NewReader(`{"id":"a"}`), "Content-Type", "application/json")
		wantProblem(t, status, body, 500, "store_failed", "log")
	}
	f.client.CloseIdleConnections()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestStoreTooSmall(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- collector.New(collector.NewMemory(1, 10)).Serve(ctx, l) }()
	f := &fixture{t: t, url: "http://" + l.Addr().String(), client: &http.Client{Transport: &http.Transport{}}}
	status, body, _ := f.do(http.MethodPost, "/traces?name=o", strings.NewReader(`{"id":"a"}`), "Content-Type", "application/json")
	wantProblem(t, status, body, 413, "body_too_large", "larger than the store")
	f.client.CloseIdleConnections()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
