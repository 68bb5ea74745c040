package lockdep

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

func class(s string) rules.Class {
	c, err := rules.ParseClass(s)
	if err != nil {
		panic(err)
	}
	return c
}

// sample is a record, and a graph that has some of its dependencies.
func sample(t *testing.T) *Comparison {
	t.Helper()
	rec := read(t, `all lock classes:
1: &a->lock
 -> [2] b_lock
 -> [3] b_lock/1
 -> [4] c_lock
 -> [5] x.seqcount
 -> [6] who
 -> [7] elsewhere
 -> [8] tried
 -> [9] never

2: b_lock
`)
	meanings := map[string]*Meaning{"x.seqcount": {Why: "no lock"}}
	for name, file := range map[string]string{"&a->lock": "mm/a.c", "b_lock": "mm/b.c", "c_lock": "fs/c.c", "elsewhere": "mm/a.c", "tried": "mm/a.c", "never": "mm/a.c"} {
		meanings[name] = &Meaning{Origins: []Origin{{Class: class(strings.NewReplacer("&", "", "->", ".").Replace(name)), File: file, Line: 1}}}
	}
	edge := func(outer, inner string) check.Edge {
		return check.Edge{Outer: class(outer), Inner: class(inner), Ways: 1, InPath: true}
	}
	tried, never := edge("a.lock", "tried"), edge("a.lock", "never")
	tried.Try, never.Infeasible = true, true
	g := Graph{
		Edges: []check.Edge{edge("a.lock[q]", "b_lock"), tried, never, edge("b_lock", "a.lock")},
		Taken: map[rules.Class]bool{class("a.lock"): true, class("c_lock"): true},
		Witness: func(e check.Edge, _ []string) (report.Trace, bool) {
			return report.Trace{Steps: []report.Step{
				{Pos: report.Position{File: "mm/a.c", Line: 7}, Function: "f", Verb: report.Takes, Target: e.Outer.String()},
				{Pos: report.Position{File: "mm/b.c", Line: 9}, Function: "g", Verb: report.Takes, Target: e.Inner.String()},
			}}, true
		},
	}
	return Compare(rec, g, meanings, []string{"mm"})
}

func TestCompare(t *testing.T) {
	c := sample(t)
	var got []string
	for _, o := range c.Observed {
		got = append(got, fmt.Sprintf("%s %s %v", o.Inner, o.Verdict, o.InScope))
	}
	want := "b_lock found true; b_lock/1 found-other true; c_lock missing false; elsewhere not-loaded true; " +
		"never missing true; tried missing true; who unmapped false; x.seqcount no-lock false"
	if got := strings.Join(got, "; "); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if found, reached, all := c.Summary.Share(); found != 2 || reached != 0 || all != 5 {
		t.Errorf("%d and %d of %d, want 2 and 0 of 5", found, reached, all)
	}
	if s := &c.Summary; s.Static != 2 || len(c.Unobserved) != 1 || c.Unobserved[0].Outer != "b_lock" {
		t.Errorf("%d static pairs, unobserved %+v", s.Static, c.Unobserved)
	}
}

func TestWithin(t *testing.T) {
	scope := []string{"mm", "fs/ext4/", "include/linux/mm*.h"}
	for file, want := range map[string]bool{
		"mm/slub.c": true, "mmx/a.c": false, "fs/ext4/a.c": true, "fs/xfs/a.c": false,
		"include/linux/mmap_lock.h": true, "include/linux/sched/mm.h": false, "": false,
	} {
		if got := Within(file, scope); got != want {
			t.Errorf("%q: %v", file, got)
		}
	}
}

// Every form has every pair.
func TestWrite(t *testing.T) {
	c := sample(t)
	var text, rows, object bytes.Buffer
	if err := WriteText(&text, c, TextOptions{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2 of 5 observed dependencies (40.0 %) between locks initialised in\nmm\n", "observed, and not in the static graph: 3\n",
		"  &a->lock -> elsewhere\n      nothing that was loaded takes elsewhere\n  and 2 more",
		"never observed: 1 of 2 pairs", "  b_lock -> a.lock\n      mm/b.c:9: f > g\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("text without %q:\n%s", want, &text)
		}
	}
	if err := WriteCSV(&rows, c); err != nil {
		t.Fatal(err)
	}
	if all, err := csv.NewReader(&rows).ReadAll(); err != nil || len(all) != 1+8+1 || strings.Join(all[9], ",") != ",,unobserved,,b_lock,a.lock,1,mm/b.c,9,f>g," {
		t.Errorf("%d rows, %v, %v", len(all), all, err)
	}
	if err := WriteJSON(&object, c); err != nil {
		t.Fatal(err)
	}
	var back Comparison
	if err := json.Unmarshal(object.Bytes(), &back); err != nil || len(back.Observed) != 8 || back.Summary.InScope[Found] != 1 {
		t.Errorf("%v: %+v", err, back.Summary)
	}
}

// The dependencies of a splat get a path each.
func TestSplatPaths(t *testing.T) {
	r := read(t, `WARNING: possible recursive locking detected
a/1 is trying to acquire lock:
ffff (&a->lock){+.+.}-{3:3}, at: f+0x1/0x2
but task is already holding lock:
ffff (b_lock){+.+.}-{3:3}, at: g+0x1/0x2
`)
	c := Compare(r, Graph{
		Edges: []check.Edge{{Outer: class("b_lock"), Inner: class("a.lock"), Ways: 3}},
		Witness: func(check.Edge, []string) (report.Trace, bool) {
			return report.Trace{Steps: []report.Step{{Pos: report.Position{File: "mm/a.c", Line: 7, Col: 1}, Function: "f", Verb: report.Takes, Target: "a.lock"}}}, true
		},
	}, map[string]*Meaning{
		"&a->lock": {Origins: []Origin{{Class: class("a.lock")}}}, "b_lock": {Origins: []Origin{{Class: class("b_lock")}}},
	}, nil)
	var b bytes.Buffer
	if err := WriteText(&b, c, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"f:1: WARNING: possible recursive locking detected, in a/1\n  takes &a->lock\n", "b_lock -> &a->lock: b_lock -> a.lock, 3 ways\n", "mm/a.c:7"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

// A file is built as the makefiles say.
func TestCompiled(t *testing.T) {
	files := map[string]string{
		"fs/Makefile":     "obj-y := open.o \\\n\tread.o\nobj-$(CONFIG_A) += a/\nobj-$(CONFIG_B) += b/ b.o\nifdef CONFIG_B\nobj-y += only_b.o\nelse\nobj-y += no_b.o\nendif\nifeq ($(WHAT),y)\nobj-y += guess.o\nendif\n",
		"fs/a/Makefile":   "obj-$(CONFIG_A) := afs.o\nafs-y := super.o $(afs-z-y)\nafs-$(CONFIG_B) += acl.o # comment\nifeq ($(CONFIG_A),m)\nafs-y += module.o\nendif\nsub-y := nested/deep.o\nobj-$(CONFIG_A) += sub.o\n",
		"fs/b/Makefile":   "obj-y := b.o\n",
		"fs/none/x.notes": "",
	}
	b := &build{
		read: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fmt.Errorf("no file %s", name)
		},
		option: func(name string) (string, bool) { return map[string]string{"CONFIG_A": "y"}[name], name == "CONFIG_A" },
	}
	for file, want := range map[string]bool{
		"fs/open.c": true, "fs/read.c": true, "fs/b.c": false, "fs/only_b.c": false, "fs/no_b.c": true, "fs/guess.c": true,
		"fs/a/super.c": true, "fs/a/acl.c": false, "fs/a/module.c": false, "fs/b/b.c": false, "fs/none/x.c": true,
		"fs/a/included.c": true, "fs/a/nested/deep.c": true, "include/linux/fs.h": true,
	} {
		if got := b.compiled(file); got != want {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}
