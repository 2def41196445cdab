// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package discard

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// Process is a server in a process of its own.
type Process struct {
	// Addr is where it listens.
	Addr   string
	cmd    *exec.Cmd
	stdin  io.Closer
	client http.Client
}

// Start runs a program that calls [Serve] with its standard input and output.
// The process ends with [Process.Stop], with ctx, or with this process.
func Start(ctx context.Context, program string, args ...string) (*Process, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not start: %w", err), p.Stop())
	}
	p.Addr = strings.TrimSpace(line)
	if _, _, err := net.SplitHostPort(p.Addr); err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not start, but said %q", p.Addr), p.Stop())
	}
	// A connection that stays open would be in the server's way when it closes.
	p.client.Transport = &http.Transport{DisableKeepAlives: true}
	return p, nil
}

// Counts asks the server what it has received.
func (p *Process) Counts(ctx context.Context) (Counts, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Addr+"/counts", http.NoBody)
	if err != nil {
		return Counts{}, err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return Counts{}, fmt.Errorf("the server does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var c Counts
	if err := json.NewDecoder(res.Body).Decode(&c); err != nil {
		return Counts{}, fmt.Errorf("the server's counts: %w", err)
	}
	return c, nil
}

// Stop ends the process and waits for it.
func (p *Process) Stop() error {
	_ = p.stdin.Close()
	return p.cmd.Wait()
}
