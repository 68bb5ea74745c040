package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/lockdep"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		// lockorder is the program itself.
		"lockorder": main,
		// canned is the program with an engine that plays back files.
		"canned": func() {
			os.Exit(run(context.Background(), canned{}, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LOCKORDER_CACHE", filepath.Join(env.WorkDir, "the-cache"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "damage": damage},
	})
}

// status is the script command "status N PROGRAM ARG...": the program must exit
// with status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARG...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// damage is the script command "damage DIR": a byte of each file below it changes.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage DIR")
	}
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text[len(text)-1] ^= 1
		return os.WriteFile(name, text, 0o600)
	}))
}

// canned finds in a tree what the tree's file scan.json says.
type canned struct{}

func (canned) Scan(_ context.Context, c config, h report.Handler) error {
	name := filepath.Join(c.Root, "scan.json")
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return report.ReadJSON(name, file, h)
}

func (canned) Patch(_ context.Context, c config, s *patch.Series, h report.Handler) error {
	if _, err := s.Apply(c.Root); err != nil {
		return err
	}
	return canned{}.Scan(context.Background(), c, h)
}

func (canned) Analyze(context.Context, config) (result, error) { return canned{}, nil }

func (canned) Rules(_ context.Context, c config) (*rules.Set, rules.Import, error) {
	var files []rules.Source
	for _, name := range c.RuleFiles {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, rules.Import{}, err
		}
		files = append(files, rules.Source{Name: name, Text: text})
	}
	set, err := rules.Load(files...)
	return set, rules.Import{}, err
}

func (canned) Checks() []*check.Check {
	return []*check.Check{
		{Name: "order", Doc: "locks taken against a declared order\n\nMore on order.\n", Default: true},
		{Name: "atomic", Doc: "sleeping under a spinning lock\n"},
	}
}

func (canned) Lockdep(_ context.Context, _ config, rec *lockdep.Record, scope []string) (*lockdep.Comparison, error) {
	meanings := map[string]*lockdep.Meaning{
		"&a->lock": {Origins: []lockdep.Origin{{Class: rules.MakeClass("a.lock", "", 0), File: "mm/a.c", Line: 3}}},
		"b_lock":   {Origins: []lockdep.Origin{{Class: rules.MakeClass("b_lock", "", 0), File: "mm/b.c", Line: 4}}},
	}
	g := lockdep.Graph{
		Edges: []check.Edge{{Outer: rules.MakeClass("a.lock", "", 0), Inner: rules.MakeClass("b_lock", "", 0), Ways: 2, InPath: true}},
		Witness: func(check.Edge, []string) (report.Trace, bool) {
			return report.Trace{Steps: []report.Step{
				{Pos: report.Position{File: "mm/a.c", Line: 7, Col: 2}, Function: "f", Verb: report.Takes, Target: "a.lock"},
				{Pos: report.Position{File: "mm/b.c", Line: 9, Col: 2}, Function: "g", Verb: report.Takes, Target: "b_lock"},
			}}, true
		},
	}
	return lockdep.Compare(rec, g, meanings, scope), nil
}

func (canned) Pairs() ([]report.Pair, error) {
	return []report.Pair{
		{File: "mm/a.c", Line: 7, Function: "f", Outer: "a", Inner: "b", Via: "direct", Verdict: "ok"},
		{File: "mm/a.c", Line: 9, Function: "f", Outer: "b", Inner: "a", Via: "g>h", Verdict: "violation", Note: "one, two"},
	}, nil
}

func (canned) Why(outer, inner string) ([]report.Trace, error) {
	if outer == "none" {
		return nil, nil
	}
	var traces []report.Trace
	for i := range 3 {
		at := report.Position{File: "mm/a.c", Line: 10 * (i + 1), Col: 2}
		traces = append(traces, report.Trace{Outer: outer, Inner: inner, Steps: []report.Step{
			{Pos: at, Function: "f", Verb: report.Takes, Target: outer, Held: []string{outer}},
			{Pos: at, Function: "f", Verb: report.Takes, Target: inner, Held: []string{outer, inner}},
		}})
	}
	return traces, nil
}

func (canned) Locks(fn string) (string, error) {
	if fn != "f" {
		return "", fmt.Errorf("no function %s", fn)
	}
	return "f takes a\n", nil
}

func (canned) Classes() []check.ClassInfo {
	return []check.ClassInfo{{Name: "a", Kind: "mutex", Sites: 3, Outer: 1, Inner: 2}}
}

func (canned) Dump(what, fn string, w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s of %q\n", what, fn)
	return err
}

// A brokenPipe has no reader.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestBrokenPipe(t *testing.T) {
	for _, args := range [][]string{
		{"explain"}, {"version"}, {"pairs"}, {"why", "a", "b"}, {"classes"}, {"locks", "f"}, {"dump", "order"},
	} {
		var stderr bytes.Buffer
		status := run(t.Context(), canned{}, args, nil, nil, brokenPipe{}, &stderr)
		if status != exitClean || stderr.Len() > 0 {
			t.Errorf("%s: status %d, %q", args, status, &stderr)
		}
	}
}

// A fullDisk takes no bytes.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestWriteError(t *testing.T) {
	var stderr bytes.Buffer
	status := run(t.Context(), canned{}, []string{"pairs"}, nil, nil, fullDisk{}, &stderr)
	if status != exitTrouble || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("status %d, %q", status, &stderr)
	}
}

// interrupted is an engine that finds its context cancelled.
type interrupted struct{ canned }

func (interrupted) Scan(ctx context.Context, _ config, h report.Handler) error {
	return errors.Join(h.Config(&report.Config{Protocol: report.Protocol}), ctx.Err())
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	status := run(ctx, interrupted{}, []string{"scan"}, nil, nil, &stdout, &stderr)
	if status != exitTrouble || stderr.String() != "lockorder: interrupted\n" || stdout.Len() > 0 {
		t.Errorf("status %d, stdout %q, stderr %q", status, &stdout, &stderr)
	}
}

// Every command has what a user asks for first.
func TestCommands(t *testing.T) {
	p := &program{engine: canned{}}
	for _, c := range p.root().Commands() {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short help %q", c.Name(), c.Short)
		}
		for line := range strings.Lines(c.Long + "\n" + c.Example) {
			if len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("%s: wider than 80: %s", c.Name(), line)
			}
		}
	}
}
