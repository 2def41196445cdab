// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package processes

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/exporter/exportertest"
	"github.com/spect-tools/spect-go/tracer"
)

// serverVariable makes a process of this program the server, and holds its
// serverConfig. What its exporter needs is in Spect's own variables.
const serverVariable = "SPECT_TEST_SERVER"

// patience is what a process gives its last deliveries. None should need it.
const patience = time.Minute

func TestMain(m *testing.M) {
	config, isServer := os.LookupEnv(serverVariable)
	if !isServer {
		os.Exit(m.Run())
	}
	if err := serve(config, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serverConfig is what the server is told beside Spect's own variables.
type serverConfig struct {
	Protocol string
	// Carries: it has tracer.Propagator.
	Carries bool
	// HeadSampled: it samples 1 % of its traces, with exporter.Sampler around.
	HeadSampled bool
}

// serve writes the server's address to out, serves until in is at its end,
// delivers what is left, and writes what became of its spans.
func serve(config string, in io.Reader, out io.Writer) error {
	var cfg serverConfig
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return err
	}
	exp, err := exporter.New(exporter.WithShutdownTimeout(patience))
	if err != nil {
		return err
	}
	tp := newProvider(exp, cfg.HeadSampled)
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	p, propagator := protocols[cfg.Protocol], newPropagator(cfg.Carries)
	self, err := p.dial(address, tp, propagator)
	if err != nil {
		return err
	}
	stop := p.serve(l, tp, propagator, &service{tracer: tracer.New(tp), self: self})
	fmt.Fprintln(out, address)
	_, _ = io.Copy(io.Discard, in)
	err = errors.Join(self.close(), stop(), tp.Shutdown(context.Background()))
	return errors.Join(err, json.NewEncoder(out).Encode(exp.Stats()))
}

// newProvider is a provider as both processes have it.
func newProvider(exp *exporter.Exporter, headSampled bool) *sdktrace.TracerProvider {
	opts := []sdktrace.TracerProviderOption{sdktrace.WithSpanProcessor(exporter.NewSpanProcessor(exp))}
	if headSampled {
		opts = append(opts, sdktrace.WithSampler(exporter.Sampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01)))))
	}
	return sdktrace.NewTracerProvider(opts...)
}

func newPropagator(carries bool) propagation.TextMapPropagator {
	all := []propagation.TextMapPropagator{propagation.TraceContext{}, propagation.Baggage{}}
	if carries {
		all = append(all, tracer.Propagator{Metadata: []string{"tier"}})
	}
	return propagation.NewCompositeTextMapPropagator(all...)
}

// request is what the server is asked for.
type request struct {
	// Do is how it traces its work: one of the constants below.
	Do string
	// Name is of the session that it starts.
	Name string
}

const (
	doSession = "session" // in a session, with another inside it
	doSpan    = "span"    // in a span outside of any session
	doRelay   = "relay"   // not at all, but as doSession behind another call
)

// answer is what came with a request: its headers, by their names in lower case.
type answer struct{ Header map[string][]string }

// caller calls a server.
type caller interface {
	call(context.Context, request) (answer, error)
	close() error
}

// protocol is a way to call a server, instrumented by OpenTelemetry.
type protocol struct {
	dial  func(address string, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator) (caller, error)
	serve func(l net.Listener, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator, s *service) (stop func() error)
}

var protocols = map[string]protocol{
	"http": {dialHTTP, serveHTTP},
	"grpc": {dialGRPC, serveGRPC},
}

// service is what the server does, whatever the protocol.
type service struct {
	tracer *tracer.Tracer
	self   caller
}

func (s *service) handle(ctx context.Context, q request, header map[string][]string) (answer, error) {
	switch q.Do {
	case doRelay:
		return s.self.call(ctx, request{Do: doSession, Name: q.Name})
	case doSpan:
		_, gen := s.tracer.Start(ctx, contracts.KindGenerate, q.Name, tracer.Model("the server's"))
		gen.Add(contracts.AssistantText("hi"))
		gen.End()
	default:
		ctx, session := s.tracer.StartSession(ctx, q.Name, tracer.Model("the server's"), tracer.Conversation("the server's"),
			tracer.Metadata(map[string]string{"tier": "the server's"}))
		_, gen := s.tracer.Start(ctx, contracts.KindGenerate, "generate")
		gen.Add(contracts.AssistantText("hi"))
		gen.End()
		_, nested := s.tracer.StartSession(ctx, q.Name+", nested", tracer.Model("the server's"))
		nested.End()
		session.End()
	}
	return answer{header}, nil
}

// server is the server as the test sees it.
type server struct {
	address string
	cmd     *exec.Cmd
	stdin   io.Closer
	stdout  *bufio.Reader
	stopped bool
}

// startServer starts the server, which sends to col.
func startServer(t *testing.T, col *exportertest.Collector, cfg serverConfig, sampling string) *server {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), program)
	for _, v := range os.Environ() { // nothing of what surrounds the test is to change it
		if !strings.HasPrefix(v, "SPECT_") && !strings.HasPrefix(v, "OTEL_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env,
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"), // at its end the race detector would wait a second for races
		serverVariable+"="+string(config), "SPECT_COLLECTOR_URL="+col.URL(),
		"SPECT_ORGANIZATION_ID="+exportertest.OrganizationID, "SPECT_API_KEY="+exportertest.APIKey, "SPECT_SAMPLING="+sampling)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	t.Cleanup(func() {
		if !s.stopped {
			_ = stdin.Close()
			_ = cmd.Wait()
		}
	})
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	s.address = strings.TrimSpace(line)
	return s
}

// stop has the server deliver what it has, and end.
func (s *server) stop(t *testing.T) exporter.Stats {
	t.Helper()
	s.stopped = true
	_ = s.stdin.Close()
	last, err := io.ReadAll(s.stdout)
	if err := errors.Join(err, s.cmd.Wait()); err != nil {
		t.Fatalf("the server ended with %v", err)
	}
	var stats exporter.Stats
	if err := json.Unmarshal(last, &stats); err != nil {
		t.Fatalf("the server's last words were %q: %v", last, err)
	}
	return stats
}
