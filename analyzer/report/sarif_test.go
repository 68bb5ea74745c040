package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

func sarifOptions() report.SARIFOptions {
	return report.SARIFOptions{Rules: []report.CheckDoc{
		{Name: "order", Doc: "a lock is taken against the declared order\n\nMore of {it}.\n"},
		{Name: "cycle", Doc: "two locks are taken in both orders"},
	}}
}

// sarifOf is the log of the messages, checked against the published schema,
// which the library carries.
func sarifOf(t *testing.T, vs ...*report.Violation) (string, *sarif.Run) {
	t.Helper()
	var out bytes.Buffer
	scan(t, report.NewSARIF(&out, sarifOptions()), vs...)
	return out.String(), validated(t, out.Bytes())
}

func validated(t *testing.T, log []byte) *sarif.Run {
	t.Helper()
	read, err := sarif.FromBytes(log, sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Fatal(err)
	}
	// What was validated is what was written.
	var written, again any
	text, err := json.Marshal(read)
	if err := errors.Join(err, json.Unmarshal(log, &written), json.Unmarshal(text, &again)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(written, again) {
		t.Errorf("the log has what its schema does not: %s, read as %s", log, text)
	}
	if len(read.Runs) != 1 {
		t.Fatalf("%d runs", len(read.Runs))
	}
	return read.Runs[0]
}

func TestSARIF(t *testing.T) {
	text, _ := sarifOf(t, broken())
	golden(t, "order.sarif", text)
	_, run := sarifOf(t, all()...)
	if len(run.Results) != len(all()) {
		t.Fatalf("%d results of %d violations", len(run.Results), len(all()))
	}
	seen := map[string]bool{}
	for i, v := range all() {
		r := run.Results[i]
		if *r.RuleID != v.Check {
			t.Errorf("result %d is of %s, want %s", i, *r.RuleID, v.Check)
		}
		if r.RuleIndex >= 0 && *run.Tool.Driver.Rules[r.RuleIndex].ID != v.Check {
			t.Errorf("result %d: rule index %d is another's", i, r.RuleIndex)
		}
		if len(r.RelatedLocations) != len(v.Rule) {
			t.Errorf("result %d: %d related locations for %d declarations", i, len(r.RelatedLocations), len(v.Rule))
		}
		for _, f := range r.CodeFlows {
			if len(f.ThreadFlows) != len(v.Paths) {
				t.Errorf("result %d: %d thread flows for %d paths", i, len(f.ThreadFlows), len(v.Paths))
			}
			for j, tf := range f.ThreadFlows {
				if len(tf.Locations) != len(v.Paths[j].Steps) {
					t.Errorf("result %d, path %d: %d locations for %d steps", i, j, len(tf.Locations), len(v.Paths[j].Steps))
				}
			}
		}
		for _, f := range r.PartialFingerprints {
			seen[f] = true
		}
	}
	if len(seen) < 2 {
		t.Errorf("fingerprints do not tell the results apart: %v", seen)
	}
}

// A fingerprint outlives edits that move a fault, and no others.
func TestFingerprint(t *testing.T) {
	print := func(v *report.Violation) map[string]string {
		_, run := sarifOf(t, v)
		return run.Results[0].PartialFingerprints
	}
	moved := broken()
	moved.Pos.Line += 40
	moved.Paths[0].Steps[0].Pos.Line += 40
	moved.Score, moved.Callers, moved.Help = 3, 0, ""
	if a, b := print(broken()), print(moved); !reflect.DeepEqual(a, b) {
		t.Errorf("%v, moved: %v", a, b)
	}
	other := broken()
	other.Key = report.MakeKey("order", held("foo_queue.lock", "foo_dev.mutex"), held("foo_flush", "foo_reset"))
	if a, b := print(broken()), print(other); reflect.DeepEqual(a, b) {
		t.Errorf("the same in two functions: %v", a)
	}
}

// A scan that failed before it began leaves no log; one without faults leaves
// an empty one.
func TestSARIFEmpty(t *testing.T) {
	var out bytes.Buffer
	if err := report.NewSARIF(&out, sarifOptions()).Close(); err != nil || out.Len() > 0 {
		t.Errorf("error %v, log %s", err, &out)
	}
	h := report.NewSARIF(&out, sarifOptions())
	if err := errors.Join(h.Config(config()), h.Stats(stats()), h.Close()); err != nil {
		t.Fatal(err)
	}
	run := validated(t, out.Bytes())
	if len(run.Results) != 0 || !strings.Contains(out.String(), `"results": []`) {
		t.Errorf("not an empty list of results: %s", &out)
	}
}

func TestSARIFTrouble(t *testing.T) {
	var out bytes.Buffer
	h := report.NewSARIF(&out, sarifOptions())
	err := errors.Join(h.Config(config()),
		h.Problem(&report.Problem{Kind: "parse", Pos: at("a b%/c:d.c", 3, 1), Function: "f", Message: "{0} [x](y)", Warning: true}),
		h.Problem(&report.Problem{Kind: "read", Message: "no \xff file"}),
		h.Violation(&report.Violation{Check: "unknown", Inner: "a", Score: -5, Paths: []report.Trace{{}, {Steps: []report.Step{{Source: "\xff", Quote: true, Caret: [2]int{5, 9}}}}}}),
		h.Stats(stats()), h.Close())
	if err != nil {
		t.Fatal(err)
	}
	run := validated(t, out.Bytes())
	if in := run.Invocations[0]; *in.ExecutionSuccessful || len(in.ToolExecutionNotifications) != 2 {
		t.Errorf("invocation %+v", in)
	}
	if uri := *run.Invocations[0].ToolExecutionNotifications[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != "a%20b%25/c:d.c" {
		t.Errorf("URI %s", uri)
	}
}

func TestSARIFBrokenPipe(t *testing.T) {
	h := report.NewSARIF(&brokenPipe{}, sarifOptions())
	if err := errors.Join(h.Config(config()), h.Stats(stats())); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close returned %v", err)
	}
}

// FuzzSARIF: whatever a stream of messages holds, its log is valid.
func FuzzSARIF(f *testing.F) {
	f.Add("f", "a.c", "x[]", 3, 2, 1, 5)
	f.Add("\xff", "{0}", "a:b", -1, -2, 9, 3)
	f.Fuzz(func(t *testing.T, name, file, text string, line, col, from, to int) {
		v := broken()
		v.Check, v.Function, v.Message, v.Score = name, name, text, line
		v.Pos = at(file, line, col)
		v.Rule[0].Source, v.Rule[0].Pos = text, v.Pos
		s := &v.Paths[0].Steps[0]
		s.Pos, s.Function, s.Source, s.Caret = v.Pos, name, text, [2]int{from, to}
		sarifOf(t, v)
	})
}
