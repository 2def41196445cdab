// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// usageError says what is wrong with a command line, and where to read what is right.
func usageError(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w (`%s --help` says what there is)", err, cmd.CommandPath())
}

// wantArgs demands n arguments, which are called what.
func wantArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(cmd, fmt.Errorf("there are %d arguments: name %s", len(args), what))
		}
		return nil
	}
}

// flagsOnly demands that there are no arguments.
func flagsOnly(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(cmd, fmt.Errorf("%q is no flag, and there is nothing else to give", args[0]))
	}
	return nil
}

// noSuchCommand refuses what is no command of cmd, where there is something.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q", args[0])
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		err = fmt.Errorf("%w: is it %s?", err, like[0])
	}
	return usageError(cmd, err)
}

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			of, rest, err := cmd.Root().Find(args)
			if err == nil {
				err = noSuchCommand(of, rest)
			}
			if err != nil {
				return err
			}
			return of.Help()
		},
	}
}

// group makes a command of others: by itself it shows its help.
func group(cmd *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	cmd.DisableFlagsInUseLine = true
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = noSuchCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}
