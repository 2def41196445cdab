// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spect-tools/spect-go/convert"
	"github.com/spect-tools/spect-go/internal/otlp"
)

type convertOptions struct {
	logs            []string
	pretty, explain bool
	organization    string
}

// newConvertCommand makes `spect convert`.
func newConvertCommand() *cobra.Command {
	var opts convertOptions
	cmd := &cobra.Command{
		Use:   "convert [FILE...]",
		Short: "Show the sessions that OpenTelemetry spans make",
		Long: `Show the sessions that OpenTelemetry spans make.

The files hold trace requests as OTLP exporters send them: OTLP/JSON, one request
or several, or protobuf. Without a file, or for the file -, it is standard input.
Spans of one trace belong together whichever file they are in. Each session is
printed as the payload that the exporter would post, one JSON document a line;
spans that have nothing to do with language models give none.

SPECT_ORGANIZATION_ID is the payloads' organizationId where it is set, else local.`,
		Example: `  spect convert trace.json
  spect convert --logs logs.json --explain trace.json
  spect convert --pretty < trace.pb`,
		RunE: func(cmd *cobra.Command, files []string) error {
			opts.organization = cmp.Or(os.Getenv("SPECT_ORGANIZATION_ID"), "local")
			return runConvert(cmd.Context(), opts, files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringArrayVar(&opts.logs, "logs", nil, "`FILE` with the log records of the spans (OTLP); may be given again")
	cmd.Flags().BoolVar(&opts.pretty, "pretty", false, "print the payloads indented")
	cmd.Flags().BoolVar(&opts.explain, "explain", false, "say on standard error what became of each span, and why")
	return cmd
}

func runConvert(ctx context.Context, opts convertOptions, files []string, in io.Reader, out, notes io.Writer) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	var spans []convert.Span
	for _, file := range files {
		data, err := readFile(ctx, file, in)
		if err != nil {
			return err
		}
		td, err := otlp.ReadTraces(data)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		spans = append(spans, otlp.Spans(td)...)
	}
	if len(opts.logs) > 0 {
		logs, err := readLogs(ctx, opts.logs, in)
		if err != nil {
			return err
		}
		convert.JoinLogs(spans, logs)
	}
	sessions := convert.Sessions(spans)
	slices.SortStableFunc(sessions, func(a, b convert.Session) int { return a.Root.StartTime.Compare(b.Root.StartTime) })
	converter := convert.Converter{OrganizationID: opts.organization}
	var explanation *explanation
	if opts.explain {
		explanation = newExplanation(spans, sessions)
		converter.Explain = explanation.add
	}
	var line []byte
	for i := range sessions {
		line = converter.Payload(&sessions[i]).AppendJSON(line[:0])
		var text string
		if opts.pretty {
			var indented bytes.Buffer
			if err := json.Indent(&indented, line, "", "  "); err != nil {
				return fmt.Errorf("%s: the payload is not JSON: %w", sessions[i].Root.Name, err)
			}
			text = indented.String()
		} else {
			text = inOneLine(line)
		}
		if _, err := io.WriteString(out, text+"\n"); err != nil {
			return fmt.Errorf("cannot be written: %w", err)
		}
	}
	switch {
	case len(spans) == 0:
		fmt.Fprintln(notes, "there are no spans in what was read")
	case explanation != nil:
		return explanation.write(notes)
	case len(sessions) == 0:
		fmt.Fprintf(notes, "no session in %d spans: --explain says of each why\n", len(spans))
	}
	return nil
}

// lineEnds are what readers of lines take for the end of one. The JSON of an
// application's or a provider's has line ends as it was written, between its
// tokens, and those of Unicode only in texts.
var lineEnds = strings.NewReplacer("\n", " ", "\r", " ", "\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`)

// inOneLine is a payload as one line.
func inOneLine(payload []byte) string { return lineEnds.Replace(string(payload)) }

func readLogs(ctx context.Context, files []string, in io.Reader) (logs []convert.Log, err error) {
	for _, file := range files {
		data, err := readFile(ctx, file, in)
		if err != nil {
			return nil, err
		}
		ld, err := otlp.ReadLogs(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		logs = append(logs, otlp.Logs(ld)...)
	}
	return logs, nil
}
