// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/cmd/spect/internal/collector"
	"github.com/spect-tools/spect-go/cmd/spect/internal/viewer"
)

const (
	defaultDevAddr = "127.0.0.1:8787"
	devTokenEnv    = "SPECT_DEV_TOKEN"
	minDevToken    = 16
)

type devOptions struct {
	addr        string
	allowRemote bool
	token       string
	maxSessions int
	maxBody     byteSize
	maxMemory   byteSize
	open        bool
	demo        bool
}

// newDevCommand makes `spect dev`. A demo sends example sessions to the collector
// of that URL; with one, the command has the flag --demo.
func newDevCommand(demo func(ctx context.Context, collectorURL string) error) *cobra.Command {
	opts := devOptions{maxBody: collector.DefaultMaxBody, maxMemory: 512 << 20}
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a local collector and look at the sessions it receives",
		Long: `Run a local collector and look at the sessions it receives.

It accepts what the Spect collector accepts, keeps the newest sessions in memory,
and shows them in a page. Any organization and API key will do. It listens on
loopback; other machines reach it only with --allow-remote and a token, which
senders give as their API key and browsers ask for as a password.`,
		Example: `  spect dev
  spect dev --addr 127.0.0.1:0 --open
  SPECT_DEV_TOKEN=$(openssl rand -hex 16) spect dev --addr 0.0.0.0:8787 --allow-remote`,
		Args: flagsOnly,
		RunE: finishing(func(cmd *cobra.Command, _ []string) error {
			// Not the flag's default: --help would print the secret.
			if opts.token == "" {
				opts.token = os.Getenv(devTokenEnv)
			}
			return runDev(cmd.Context(), opts, demo, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.addr, "addr", defaultDevAddr, "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&opts.allowRemote, "allow-remote", false, "listen beyond loopback; demands a token")
	flags.StringVar(&opts.token, "token", "", "`token` demanded with --allow-remote; better given in "+devTokenEnv)
	flags.IntVar(&opts.maxSessions, "max-sessions", 1000, "`number` of sessions to keep; the oldest give way")
	flags.Var(&opts.maxBody, "max-body", "largest payload to accept; four of that size are read at once at most")
	flags.Var(&opts.maxMemory, "max-memory", "payloads to keep, in bytes; the oldest give way")
	flags.BoolVar(&opts.open, "open", false, "open the page in a browser")
	if demo != nil {
		flags.BoolVar(&opts.demo, "demo", false, "send a few example sessions to look at")
	}
	return cmd
}

func runDev(ctx context.Context, opts devOptions, demo func(context.Context, string) error, out, logs io.Writer) error {
	if err := opts.validate(); err != nil {
		return err
	}
	listener, err := listen(ctx, opts)
	if err != nil {
		return err
	}
	serverOpts := []collector.Option{
		collector.WithMaxBody(int64(opts.maxBody)),
		collector.WithViewer(viewer.Handler()),
		collector.WithLogger(newLogger(logs)),
	}
	apiKey := "local"
	if opts.allowRemote {
		serverOpts = append(serverOpts, collector.WithToken(opts.token))
		apiKey = `"$` + devTokenEnv + `"`
	}
	store := collector.NewMemory(opts.maxSessions, int64(opts.maxMemory))
	url := pageURL(listener.Addr())
	fmt.Fprintf(out, `Spect collector: %s

Send to it:
  export SPECT_COLLECTOR_URL=%s
  export SPECT_ORGANIZATION_ID=local
  export SPECT_API_KEY=%s

Ctrl-C stops it.
`, url, url, apiKey)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The listener is open: what these send waits until Serve takes it.
	var helpers sync.WaitGroup
	if opts.open {
		helpers.Go(func() {
			if err := openBrowser(ctx, url); err != nil && ctx.Err() == nil {
				fmt.Fprintf(logs, "spect: no browser could be opened (%v); open %s yourself\n", err, url)
			}
		})
	}
	if opts.demo {
		helpers.Go(func() {
			if err := demo(ctx, url); err != nil && ctx.Err() == nil {
				fmt.Fprintln(logs, "spect: demo:", err)
			}
		})
	}
	err = collector.New(store, serverOpts...).Serve(ctx, listener)
	cancel()
	helpers.Wait()
	return err
}

// newLogger writes a line for each event, for a person at a terminal: the time of
// day is enough, and text quotes what could change the terminal.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch {
			case a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime:
				return slog.String(a.Key, a.Value.Time().Format(time.TimeOnly))
			case a.Key == slog.LevelKey && a.Value.Any() == slog.LevelInfo:
				return slog.Attr{}
			}
			return a
		},
	}))
}

func (o devOptions) validate() error {
	switch {
	case o.maxSessions < 1:
		return fmt.Errorf("--max-sessions is %d; it must be 1 or more", o.maxSessions)
	case o.demo && o.allowRemote:
		return errors.New("--demo is for a collector of this machine alone: leave --allow-remote out, or send with `spect playground`")
	case o.maxMemory < o.maxBody:
		return fmt.Errorf("--max-memory (%s) is less than --max-body (%s): raise it, or lower --max-body", o.maxMemory.text(), o.maxBody.text())
	case o.allowRemote && len(o.token) < minDevToken:
		return fmt.Errorf("--allow-remote needs a token of %d characters or more: "+
			"everyone who reaches the port could read your prompts. Set %s, for example to the output of `openssl rand -hex 16`",
			minDevToken, devTokenEnv)
	case !o.allowRemote && !isLoopback(o.addr):
		return fmt.Errorf("--addr %s is not on loopback: other machines could read your prompts. "+
			"Use 127.0.0.1, or add --allow-remote and a token", o.addr)
	}
	return nil
}

// isLoopback reports whether addr can be reached from this machine only. No name
// but localhost is resolved: what it means may change.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true // listening fails, with a better explanation
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || (err == nil && ip.IsLoopback())
}

func listen(ctx context.Context, opts devOptions) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.addr)
	switch {
	case isAddrInUse(err):
		return nil, fmt.Errorf("%s is in use, perhaps by another `spect dev`: look at http://%s, stop it, or choose another port "+
			"with --addr 127.0.0.1:0", opts.addr, opts.addr)
	case errors.As(err, new(*net.AddrError)), errors.As(err, new(*net.DNSError)):
		return nil, fmt.Errorf("cannot listen on --addr %s: %w; give a host and a port, such as %s", opts.addr, err, defaultDevAddr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on --addr %s: %w", opts.addr, err)
	}
	// localhost is what the resolver says: believe the socket.
	if tcp, ok := l.Addr().(*net.TCPAddr); !opts.allowRemote && (!ok || !tcp.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("--addr %s led to %s, which is not on loopback: use 127.0.0.1", opts.addr, l.Addr()), l.Close())
	}
	return l, nil
}

func isAddrInUse(err error) bool {
	const wsaeAddrInUse = syscall.Errno(10048) // Windows has a number of its own
	return errors.Is(err, syscall.EADDRINUSE) || (runtime.GOOS == "windows" && errors.Is(err, wsaeAddrInUse))
}

// pageURL is the address to send to and look at. A listener on all addresses is
// reached by localhost from here.
func pageURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "http://" + addr.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
