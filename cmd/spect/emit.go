// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/exporter"
	"github.com/spect-tools/spect-go/internal/reference"
	"github.com/spect-tools/spect-go/internal/scenario"
)

// newEmitCommand makes `spect emit`.
func newEmitCommand() *cobra.Command {
	var opts sendOptions
	cmd := &cobra.Command{
		Use:   "emit FILE...",
		Short: "Play scenario files to a collector",
		Long: `Play scenario files to a collector.

A scenario is one session in a neutral form, as internal/reference describes it.
It is played through the tracer, the OpenTelemetry SDK and the exporter, with the
organization, key and headers that the file names. The file - is standard input.

Of each file the id of its session is printed once the collector has accepted it;
the exit status is 0 only when that was so for all of them.`,
		Example: `  spect emit session.json
  spect emit --collector http://127.0.0.1:9000 --timeout 2s scenarios/*.json`,
		Args: func(cmd *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usageError(cmd, errors.New("name the scenario files, or - for standard input"))
			}
			return nil
		},
		RunE: finishing(func(cmd *cobra.Command, files []string) error {
			return runEmit(cmd.Context(), opts, files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	opts.addFlags(cmd)
	return cmd
}

func runEmit(ctx context.Context, opts sendOptions, files []string, in io.Reader, out, logs io.Writer) error {
	failed := 0
	for _, file := range files {
		id, err := emit(ctx, opts, file, in, func(err error) { fmt.Fprintf(logs, "%s: %v\n", file, err) })
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", file, ctx.Err())
		}
		if err != nil {
			failed++
			fmt.Fprintf(logs, "%s: %v\n", file, err)
			continue
		}
		fmt.Fprintf(out, "%s: sent %s\n", file, id)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files were not accepted", failed, len(files))
	}
	return nil
}

// emit plays one file and returns the id of its session, which was accepted.
func emit(ctx context.Context, opts sendOptions, file string, in io.Reader, report func(error)) (id string, err error) {
	text, err := readFile(ctx, file, in)
	if err != nil {
		return "", err
	}
	sc, err := reference.ParseScenario(text)
	if err != nil {
		return "", err
	}
	more := []exporter.Option{
		exporter.WithOrganizationID(sc.Observer.OrganizationID),
		exporter.WithHeaders(sc.Observer.Headers),
	}
	if sc.Observer.APIKey != "" {
		more = append(more, exporter.WithAPIKey(sc.Observer.APIKey))
	}
	s, err := newSender(opts, report, more...)
	if err != nil {
		return "", err
	}
	scenario.Play(ctx, s.provider, sc)
	// Also sends what the scenario leaves open. What keeps it from that shows in
	// the check.
	if err := s.shutdown(ctx); err != nil {
		report(err)
	}
	return s.check()
}
