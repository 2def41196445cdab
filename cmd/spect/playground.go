// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/cmd/spect/internal/playground"
	"github.com/spect-tools/spect-go/exporter"
)

type playgroundOptions struct {
	sendOptions
	scenario string
	list     bool
	repeat   time.Duration // between two rounds; 0: one round
}

// newPlaygroundCommand makes `spect playground`.
func newPlaygroundCommand() *cobra.Command {
	var opts playgroundOptions
	cmd := &cobra.Command{
		Use:   "playground",
		Short: "Send example sessions to a collector",
		Long: `Send example sessions to a collector.

No model is called: what the models and tools say is written down here. The rest is
real: the sessions are traced, gathered and delivered as those of any program.
SPECT_ORGANIZATION_ID and SPECT_API_KEY are used where they are set; spect dev
takes any.`,
		Example: `  spect playground --list
  spect playground --scenario openai:responses
  spect playground --scenario all --repeat`,
		Args: flagsOnly,
		RunE: finishing(func(cmd *cobra.Command, _ []string) error {
			if opts.list == (opts.scenario != "") {
				return usageError(cmd, errors.New("say which session to send with --scenario NAME, or see the names with --list"))
			}
			if opts.list {
				return listScenarios(cmd.OutOrStdout())
			}
			return runPlayground(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr(),
				exporter.WithOrganizationID(cmp.Or(os.Getenv("SPECT_ORGANIZATION_ID"), "local")),
				exporter.WithAPIKey(cmp.Or(os.Getenv("SPECT_API_KEY"), "local")))
		}),
	}
	opts.addFlags(cmd)
	cmd.Flags().StringVar(&opts.scenario, "scenario", "", "`name` of the session to send, or all")
	cmd.Flags().BoolVar(&opts.list, "list", false, "list the names")
	cmd.Flags().DurationVar(&opts.repeat, "repeat", 0, "send again until Ctrl-C, with a `pause` between: --repeat=10s")
	cmd.Flags().Lookup("repeat").NoOptDefVal = "2s"
	return cmd
}

func listScenarios(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, sc := range playground.Scenarios() {
		fmt.Fprintf(w, "%s\t%s\n", sc.Name, sc.About)
	}
	fmt.Fprintf(w, "%s\t%s\n", playground.All, "all of them")
	return w.Flush()
}

// demo sends every scenario to the collector of that URL, for `spect dev --demo`.
func demo(ctx context.Context, collectorURL string) error {
	opts := playgroundOptions{scenario: playground.All, sendOptions: sendOptions{collector: collectorURL, timeout: 10 * time.Second}}
	return runPlayground(ctx, opts, io.Discard, os.Stderr, exporter.WithOrganizationID("local"), exporter.WithAPIKey("local"))
}

func runPlayground(ctx context.Context, opts playgroundOptions, out, logs io.Writer, more ...exporter.Option) (err error) {
	scenarios, err := playground.Find(opts.scenario)
	if err != nil {
		return fmt.Errorf("--scenario: %w", err)
	}
	s, err := newSender(opts.sendOptions, func(err error) { fmt.Fprintln(logs, err) }, more...)
	if err != nil {
		return err
	}
	defer func() {
		if downErr := s.shutdown(ctx); err == nil && ctx.Err() == nil {
			err = downErr
		}
	}()
	for {
		for _, sc := range scenarios {
			err := playOne(ctx, s, sc, out)
			if err != nil && ctx.Err() != nil && opts.repeat > 0 {
				return nil // Ctrl-C is how it ends
			}
			if err != nil {
				return err
			}
		}
		if opts.repeat <= 0 {
			return nil
		}
		select {
		case <-time.After(opts.repeat):
		case <-ctx.Done():
			return nil
		}
	}
}

// playOne plays a scenario and has it delivered before it returns.
func playOne(ctx context.Context, s *sender, sc playground.Scenario, out io.Writer) error {
	sc.Play(ctx, s.provider)
	if err := s.flush(ctx); err != nil {
		return fmt.Errorf("%s: %w", sc.Name, err)
	}
	id, err := s.check()
	if err != nil {
		return fmt.Errorf("%s: %w", sc.Name, err)
	}
	fmt.Fprintf(out, "%s: sent %s\n", sc.Name, id)
	return nil
}
