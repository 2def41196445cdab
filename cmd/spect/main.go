// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/internal/version"
)

func main() {
	if err := newRootCommand().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "spect:", err)
		os.Exit(1)
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "spect",
		Short:         "See what your LLM calls do",
		Version:       version.Version,
		SilenceUsage:  true, // an error says what to do; the usage would push it off the screen
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(usageError)
	root.SetHelpCommand(newHelpCommand())
	return group(root, newDevCommand(demo), newPlaygroundCommand(), newEmitCommand(), newConvertCommand(), newSpoolCommand())
}

// finishing is how a command runs that has something to bring to its end: its
// context is done at the first Ctrl-C, and the second ends it at once. Any other
// command ends at the first, as programs do.
func finishing(run func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		context.AfterFunc(ctx, stop)
		cmd.SetContext(ctx)
		return run(cmd, args)
	}
}
