// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/internal/spool"
)

// newSpoolCommand makes `spect spool` and its subcommands.
func newSpoolCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "spool",
		Short: "Look at the sessions that wait on disk, deliver or drop them",
		Long: `Look at the sessions that wait on disk, deliver or drop them.

An exporter with a spool (exporter.WithSpool, SPECT_SPOOL_DIR) keeps sessions in a
directory until they are delivered. list and show only look, and may do so while
a program uses the directory; replay and drop need it for themselves.`,
	}
	return group(cmd, newSpoolListCommand(), newSpoolShowCommand(), newSpoolReplayCommand(), newSpoolDropCommand())
}

func newSpoolListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list DIR",
		Short: "List the sessions, oldest first",
		Args:  wantArgs(1, "the directory of the spool"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return listSpool(args[0], time.Now(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

func listSpool(dir string, now time.Time, out, logs io.Writer) error {
	v, err := readSpool(dir, logs)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	failed := 0
	fmt.Fprintln(w, "SESSION\tNAME\tSPANS\tSIZE\tAGE\tORGANIZATION")
	for e, err := range v.All() {
		if err != nil {
			failed++
			fmt.Fprintf(logs, "a session of %s cannot be read: %v\n", e.Time.Format(time.DateTime), err)
			continue
		}
		name, _ := contracts.JSON(e.Payload).Member("name").Text()
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", cell(e.SessionID), cell(name), e.Spans, sizeText(len(e.Payload)), ageText(now.Sub(e.Time)), cell(e.Organization))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d sessions cannot be read", failed)
	}
	return nil
}

// readSpool looks at a spool, and tells of what is damaged in it.
func readSpool(dir string, logs io.Writer) (*spool.View, error) {
	v, err := spool.Read(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: run this as the user whose program writes there", err)
	}
	if err != nil {
		return nil, err
	}
	if v.Damaged > 0 {
		fmt.Fprintf(logs, "%d records are damaged, or were being written, and passed over\n", v.Damaged)
	}
	return v, nil
}

// cell makes a text fit into a table, and harmless to a terminal.
func cell(text string) string {
	const most = 60
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	if n == 0 {
		return "-"
	}
	return b.String()
}

func sizeText(n int) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%dB", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1fKiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1fMiB", float64(n)/(1<<20))
}

func ageText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

func newSpoolShowCommand() *cobra.Command {
	var pretty bool
	cmd := &cobra.Command{
		Use:   "show DIR ID",
		Short: "Print the payload of a session",
		Long: `Print the payload of a session, as it would be posted: one line, or more lines if
there are more payloads of that session.`,
		Args: wantArgs(2, "the directory of the spool and the id of a session"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showSpooled(args[0], args[1], pretty, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&pretty, "pretty", false, "print the payload indented")
	return cmd
}

func showSpooled(dir, id string, pretty bool, out, logs io.Writer) error {
	v, err := readSpool(dir, logs)
	if err != nil {
		return err
	}
	found := false
	for e, err := range v.All() {
		if err != nil || e.SessionID != id {
			continue
		}
		found = true
		payload := bytes.NewBufferString(inOneLine(e.Payload))
		if pretty {
			payload = new(bytes.Buffer)
			if err := json.Indent(payload, e.Payload, "", "  "); err != nil {
				return fmt.Errorf("the payload is no JSON: %w", err)
			}
		}
		payload.WriteByte('\n')
		if _, err := payload.WriteTo(out); err != nil {
			return err
		}
	}
	if !found {
		return noSession(dir, id)
	}
	return nil
}

func noSession(dir, id string) error {
	return fmt.Errorf("no session %q waits in %s: `spect spool list %s` shows those that do", id, dir, dir)
}

func newSpoolReplayCommand() *cobra.Command {
	var opts sendOptions
	cmd := &cobra.Command{
		Use:   "replay DIR --collector URL",
		Short: "Deliver the sessions",
		Long: `Deliver the sessions, oldest first. What the collector has accepted is out of the
spool; everything else stays in it.

SPECT_API_KEY is the key. Where SPECT_ORGANIZATION_ID is set, sessions of other
organizations are not sent. The id of each session is printed once it has been
accepted; the exit status is 0 only when that was so for all of them. It ends
when the collector cannot be reached or refuses the key.`,
		Example: `  SPECT_API_KEY=… spect spool replay /var/lib/app/spool --collector https://collect.spect.tools`,
		Args:    wantArgs(1, "the directory of the spool"),
		RunE: finishing(func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("collector") { // the local one forgets: what it accepts would be lost
				return usageError(cmd, errors.New("say where to deliver with --collector URL"))
			}
			return replaySpool(cmd.Context(), opts, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	opts.addFlags(cmd)
	cmd.Flags().Lookup("collector").DefValue = "" // what --help says
	return cmd
}

// openSpool opens a spool that is there, for as long as f runs.
func openSpool(ctx context.Context, dir string, logs io.Writer, f func(*spool.Spool) error) error {
	if _, err := readSpool(dir, logs); err != nil {
		return err
	}
	// No bounds: nothing is dropped that was not asked for.
	s, err := spool.Open(dir, spool.Options{})
	if errors.Is(err, spool.ErrLocked) {
		return fmt.Errorf("%w: a program delivers what is in it; stop that first", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close(context.WithoutCancel(ctx)))
}

func replaySpool(ctx context.Context, opts sendOptions, dir string, out, logs io.Writer) error {
	p, err := newPoster(ctx, opts)
	if err != nil {
		return err
	}
	return openSpool(ctx, dir, logs, func(s *spool.Spool) error {
		return replay(ctx, s, p, os.Getenv("SPECT_ORGANIZATION_ID"), out, logs)
	})
}

func replay(ctx context.Context, s *spool.Spool, p *poster, organization string, out, logs io.Writer) error {
	for e, err := range s.All() {
		switch {
		case err != nil:
			fmt.Fprintf(logs, "a session of %s: %v\n", e.Time.Format(time.DateTime), err)
			continue
		case organization != "" && e.Organization != organization:
			fmt.Fprintf(logs, "%s: not sent: it is of the organization %s (SPECT_ORGANIZATION_ID is %s)\n",
				cell(e.SessionID), cell(e.Organization), organization)
			continue
		}
		if err := p.deliver(ctx, e.Organization, e.Payload); err != nil {
			if ctx.Err() != nil {
				break
			}
			fmt.Fprintf(logs, "%s: %v\n", cell(e.SessionID), err)
			if hopeless(err) {
				break
			}
			continue
		}
		if err := s.Ack(context.WithoutCancel(ctx), e.ID); err != nil {
			fmt.Fprintf(logs, "%s: %v\n", cell(e.SessionID), err)
		}
		fmt.Fprintf(out, "%s: sent\n", cell(e.SessionID))
	}
	left := s.Stats()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%d of %d sessions stay in the spool: %w", left.Payloads, left.Recovered, ctx.Err())
	case left.Payloads > 0:
		return fmt.Errorf("%d of %d sessions were not delivered and stay in the spool", left.Payloads, left.Recovered)
	}
	return nil
}

func newSpoolDropCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "drop DIR (ID... | --all)",
		Short: "Drop sessions undelivered",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usageError(cmd, errors.New("name the directory of the spool"))
			case all == (len(args) > 1):
				return usageError(cmd, errors.New("name the sessions to drop, or give --all"))
			}
			return nil
		},
		RunE: finishing(func(cmd *cobra.Command, args []string) error {
			return openSpool(cmd.Context(), args[0], cmd.ErrOrStderr(), func(s *spool.Spool) error {
				return dropSpooled(cmd.Context(), s, args[0], args[1:], cmd.OutOrStdout())
			})
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "drop every session")
	return cmd
}

// dropSpooled drops the sessions with those ids, or all where there are none.
func dropSpooled(ctx context.Context, s *spool.Spool, dir string, sessions []string, out io.Writer) error {
	var drop []spool.Entry
	found := make(map[string]bool)
	for e, err := range s.All() {
		// One that cannot be read has no session id, and goes with all.
		if len(sessions) > 0 && (err != nil || !slices.Contains(sessions, e.SessionID)) {
			continue
		}
		found[e.SessionID] = true
		e.Payload = nil
		drop = append(drop, e)
	}
	for _, id := range sessions {
		if !found[id] {
			return noSession(dir, id) // and nothing is dropped: an id may be misspelled
		}
	}
	for _, e := range drop {
		if err := s.Ack(ctx, e.ID); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: dropped, %d spans\n", cell(e.SessionID), e.Spans)
	}
	return nil
}
