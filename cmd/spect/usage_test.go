// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is wrong with a command line is said in a person's words, with where to
// read on, and never with the exit status of success.
func TestUsage(t *testing.T) {
	t.Setenv("SPECT_API_KEY", "")
	for line, want := range map[string]string{
		"nothing":                             "there is no command \"nothing\" (`spect --help` ",
		"help nothing":                        "there is no command \"nothing\" (`spect --help` ",
		"help spool lists":                    "there is no command \"lists\"",
		"conver":                              "is it convert? (`spect --help` ",
		"spool lists":                         "there is no command \"lists\": is it list? (`spect spool --help` ",
		"dev --ports":                         "--ports (`spect dev --help` ",
		"dev 8787":                            "\"8787\" is no flag",
		"dev --addr 8787":                     "such as 127.0.0.1:8787",
		"dev --demo --allow-remote":           "--demo is for a collector of this machine alone",
		"emit":                                "name the scenario files",
		"playground":                          "--scenario NAME",
		"playground --list --scenario vision": "--scenario NAME",
		"playground --scenario vision --repeat 5s":                          "\"5s\" is no flag",
		"playground --scenario vision --collector http://collector.example": "clear text; use https",
		"spool list":        "name the directory of the spool (`spect spool list --help` ",
		"spool show here":   "the id of a session",
		"spool drop":        "name the directory of the spool",
		"spool drop here":   "--all",
		"spool replay":      "name the directory of the spool",
		"spool replay here": "say where to deliver with --collector URL",
		"spool replay here --collector http://[::1]:1": "set SPECT_API_KEY",
	} {
		out, _, err := execute(t.Context(), "", strings.Fields(line)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "exporter.") || out != "" {
			t.Errorf("spect %s: %v, want %q; printed %q", line, err, want, out)
		}
	}
}

func TestGroupsShowHelp(t *testing.T) {
	for _, line := range []string{"", "spool", "--help", "help", "help spool"} {
		out, _, err := execute(t.Context(), "", strings.Fields(line)...)
		if err != nil || !strings.Contains(out, "Available Commands:") {
			t.Errorf("spect %s: %v\n%s", line, err, out)
		}
	}
	if out, _, err := execute(t.Context(), "", "--version"); err != nil || !strings.HasPrefix(out, "spect version ") {
		t.Errorf("%v: %s", err, out)
	}
}

// What waits for somebody to type ends at the first Ctrl-C.
func TestReadersEndOnInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends no such signals to a process")
	}
	for _, args := range [][]string{{"convert"}, {"emit", "-"}} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), "SPECT_TEST_MAIN=1")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		time.Sleep(100 * time.Millisecond) // that it reads by then only makes the test sharper
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if err == nil {
				t.Errorf("%v: that was no success", args)
			}
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("%v still waits: %v", args, <-ended)
		}
		_ = stdin.Close()
	}
}
