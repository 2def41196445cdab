// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package neighbourhood

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/XSAM/otelsql"
	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"
	_ "modernc.org/sqlite" // the database

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/tracer"
)

// service answers requests over HTTP with the help of a database, of another
// service that speaks gRPC, of a partner that speaks HTTP, and of a model. The
// last two trace nothing.
type service struct {
	app    trace.Tracer
	llm    *tracer.Tracer
	db     *sql.DB
	stock  *grpc.ClientConn
	client *http.Client
	claude anthropic.Client

	url, partner string
	heard        heard
}

// heard is what came with the requests that the service and its neighbours got,
// in their order.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) hear(who string, header map[string][]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(header)) {
		values := header[name]
		if strings.EqualFold(name, "baggage") { // OpenTelemetry writes it in any order
			values = strings.Split(strings.Join(values, ","), ",")
			slices.Sort(values)
		}
		h.all = append(h.all, fmt.Sprintf("%s: %s: %q", who, strings.ToLower(name), values))
	}
}

func (h *heard) listen(who string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.hear(who+r.URL.Path, r.Header)
		next.ServeHTTP(w, r)
	})
}

// start starts the service and its neighbours. stop returns when none of them
// does anything any more.
func start(t *testing.T, tp trace.TracerProvider, mp metric.MeterProvider, p propagation.TextMapPropagator) (s *service, stop func()) {
	t.Helper()
	s = &service{app: tp.Tracer("shop"), llm: tracer.New(tp, tracer.WithProvider("anthropic"))}
	transport := &http.Transport{}
	s.client = &http.Client{Transport: otelhttp.NewTransport(transport,
		otelhttp.WithTracerProvider(tp), otelhttp.WithMeterProvider(mp), otelhttp.WithPropagators(p))}

	model := httptest.NewServer(s.heard.listen("model", http.HandlerFunc(serveModel)))
	s.claude = anthropic.NewClient(option.WithBaseURL(model.URL), option.WithAPIKey("k"), option.WithMaxRetries(0),
		option.WithHTTPClient(s.client), option.WithTracerProvider(tp),
		option.WithOpenTelemetryTracesContentMode(option.OpenTelemetryContentModeContent))
	partner := httptest.NewServer(s.heard.listen("partner", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})))
	s.partner = partner.URL

	s.db = openDatabase(t, tp, mp)
	stopStock := s.startStock(t, tp, mp, p)

	mux := http.NewServeMux()
	for path, handle := range map[string]func(context.Context) error{
		"/plain": s.plain, "/ask": s.ask, "/hand": s.hand, "/native": s.native, "/fail": s.fail,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
			}
		})
	}
	server := httptest.NewServer(s.heard.listen("shop", otelhttp.NewHandler(mux, "shop",
		otelhttp.WithTracerProvider(tp), otelhttp.WithMeterProvider(mp), otelhttp.WithPropagators(p))))
	s.url = server.URL
	return s, func() {
		transport.CloseIdleConnections()
		server.Close()
		stopStock()
		model.Close()
		partner.Close()
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func openDatabase(t *testing.T, tp trace.TracerProvider, mp metric.MeterProvider) *sql.DB {
	db, err := otelsql.Open("sqlite", ":memory:", otelsql.WithTracerProvider(tp), otelsql.WithMeterProvider(mp),
		otelsql.WithAttributes(attribute.String("db.system.name", "sqlite")))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // the database is the connection's, and spans come in one order
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE stock (item TEXT PRIMARY KEY, n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO stock VALUES ('tea', 3), ('cup', 5)"); err != nil {
		t.Fatal(err)
	}
	return db
}

// The service that speaks gRPC has one method, from a string to a string.
var stockService = grpc.ServiceDesc{
	ServiceName: "shop.Stock",
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Count", Handler: serveStock}},
}

func serveStock(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // gRPC's order
	var in wrapperspb.StringValue
	if err := decode(&in); err != nil {
		return nil, err
	}
	s := srv.(*service)
	header, _ := metadata.FromIncomingContext(ctx)
	s.heard.hear("stock", header)
	n, err := s.count(ctx, in.GetValue())
	if err == nil {
		err = s.post(ctx, s.partner+"/reserve")
	}
	return wrapperspb.String(strconv.Itoa(n)), err
}

func (s *service) startStock(t *testing.T, tp trace.TracerProvider, mp metric.MeterProvider, p propagation.TextMapPropagator) (stop func()) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options := []otelgrpc.Option{otelgrpc.WithTracerProvider(tp), otelgrpc.WithMeterProvider(mp), otelgrpc.WithPropagators(p)}
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(options...)))
	server.RegisterService(&stockService, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.stock, err = grpc.NewClient("passthrough:"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(options...)))
	if err != nil {
		t.Fatal(err)
	}
	s.stock.Connect() // so that no call tells of its wait
	for state := s.stock.GetState(); state != connectivity.Ready; state = s.stock.GetState() {
		if !s.stock.WaitForStateChange(t.Context(), state) {
			t.Fatal("no connection to the service that speaks gRPC")
		}
	}
	return func() {
		err := s.stock.Close()
		server.GracefulStop()
		if err := errors.Join(err, <-served); err != nil {
			t.Error(err)
		}
	}
}

// The model's answers, as Anthropic's API gives them.
const (
	modelMessage = `{"id":"msg_1","type":"message","role":"assistant","model":"claude-served","content":[{"type":"text","text":"Tea."}],` +
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":3}}`
	modelStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_2","type":"message","role":"assistant","model":"claude-served","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"A cup."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}

event: message_stop
data: {"type":"message_stop"}

`
	modelError = `{"type":"error","error":{"type":"invalid_request_error","message":"no such model"}}`
)

func serveModel(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch text := string(body); {
	case strings.Contains(text, "claude-unknown"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, modelError)
	case strings.Contains(text, `"stream":true`):
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, modelStream)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, modelMessage)
	}
}

func question(model anthropic.Model) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("What should I drink?"))},
	}
}

// plain has nothing to do with models.
func (s *service) plain(ctx context.Context) error {
	member, err := baggage.NewMember("order", "17")
	if err != nil {
		return err
	}
	bag, err := baggage.FromContext(ctx).SetMember(member)
	if err != nil {
		return err
	}
	ctx, order := s.app.Start(baggage.ContextWithBaggage(ctx, bag), "order", trace.WithAttributes(attribute.Int("items", 2)))
	defer order.End()
	order.AddEvent("packed", trace.WithAttributes(attribute.Bool("fragile", true)))
	_, bill := s.app.Start(ctx, "bill", trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithLinks(trace.LinkFromContext(ctx, attribute.String("to", "the order"))))
	bill.RecordError(errors.New("no address"))
	bill.SetStatus(codes.Error, "no address")
	bill.End()
	if err := s.reserve(ctx, "tea"); err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, "INSERT INTO orders VALUES (1)"); err == nil { // there is no such table
		return errors.New("the database took an order")
	}
	return s.post(ctx, s.partner+"/order")
}

// ask is a session by package tracer: a call of the model, whose SDK traces it
// too, and a tool.
func (s *service) ask(ctx context.Context) (err error) {
	ctx, session := s.llm.StartSession(ctx, "ask", tracer.Model("claude-requested"), tracer.Conversation("c1"))
	defer session.EndErr(&err)
	session.Add(ctx, contracts.UserText("What should I drink?"))
	if _, err := s.claude.Messages.New(ctx, question("claude-requested")); err != nil {
		return err
	}
	_, err = tracer.RunTool(ctx, s.llm, contracts.ToolCall{ID: "call_1", Name: "reserve", Input: `{"item":"tea"}`},
		func(ctx context.Context) (string, error) { return "done", s.reserve(ctx, "tea") })
	if err != nil {
		return err
	}
	session.SetResult(tracer.Result{Text: "Tea.", FinishReasons: []string{"stop"}})
	return nil
}

// hand is a session by plain attributes, with the database between its spans.
func (s *service) hand(ctx context.Context) error {
	ctx, session := s.app.Start(ctx, "hand", trace.WithAttributes(
		contracts.KindKey.String(contracts.SessionKind), contracts.ModelIDKey.String("local")))
	defer session.End()
	ctx, between := s.app.Start(ctx, "between")
	defer between.End()
	if _, err := s.count(ctx, "cup"); err != nil {
		return err
	}
	_, gen := s.app.Start(ctx, "generate", trace.WithAttributes(contracts.KindKey.String(string(contracts.KindGenerate))))
	gen.SetAttributes(contracts.MessagesKey.String(`[{"role":"assistant","content":"A cup."}]`))
	gen.End()
	return nil
}

// native knows nothing of Spect: the model's SDK traces its stream.
func (s *service) native(ctx context.Context) error {
	stream := s.claude.Messages.NewStreaming(ctx, question("claude-requested"))
	defer func() { _ = stream.Close() }()
	for stream.Next() {
		stream.Current()
	}
	return errors.Join(stream.Err(), s.post(ctx, s.partner+"/told"))
}

// fail is a session that fails with its call.
func (s *service) fail(ctx context.Context) (err error) {
	ctx, session := s.llm.StartSession(ctx, "fail", tracer.Model("claude-unknown"))
	defer session.EndErr(&err)
	ctx, gen := s.llm.Start(ctx, contracts.KindGenerate, "generate")
	defer gen.EndErr(&err)
	_, err = s.claude.Messages.New(ctx, question("claude-unknown"))
	return err
}

// reserve asks the service that speaks gRPC.
func (s *service) reserve(ctx context.Context, item string) error {
	return s.stock.Invoke(ctx, "/shop.Stock/Count", wrapperspb.String(item), new(wrapperspb.StringValue))
}

func (s *service) count(ctx context.Context, item string) (n int, err error) {
	return n, s.db.QueryRowContext(ctx, "SELECT n FROM stock WHERE item = ?", item).Scan(&n)
}

func (s *service) post(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Body.Close()
}

// paths are what the service is asked.
var paths = []string{"/plain", "/ask", "/hand", "/native", "/fail"}

// call has the service asked so often for each of its paths: by callers that
// trace nothing, that sample their trace, and that do not.
func (s *service) call(t *testing.T, rounds int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	n := uint64(0)
	for range rounds {
		for _, path := range paths {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			n++ // each path with each kind of caller: neither number divides the other
			if flags := n % 3; flags < 2 {
				r.Header.Set("Traceparent", fmt.Sprintf("00-%016x%016x-%016x-%02x", n, spread(n), n, flags))
				r.Header.Set("Tracestate", "vendor=1")
			}
			r.Header.Set("Baggage", "customer=7")
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if failed := res.StatusCode != http.StatusOK; failed != (path == "/fail") {
				t.Errorf("%s is answered with %s: %s", path, res.Status, text)
			}
		}
	}
}
