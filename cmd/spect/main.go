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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once

	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "spect:", err)
		os.Exit(1)
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "spect",
		Short:         "See what your LLM calls do",
		SilenceUsage:  true, // an error says what to do; the usage would push it off the screen
		SilenceErrors: true,
	}
	root.AddCommand(newDevCommand(demo), newPlaygroundCommand(), newEmitCommand(), newConvertCommand(), newSpoolCommand())
	return root
}
