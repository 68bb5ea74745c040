package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
)

var update = flag.Bool("update", false, "rewrite the goldens; read the diff")

// at makes a position from its text form.
func at(file string, line, col int) report.Position {
	return report.Position{File: file, Line: line, Col: col}
}

func held(classes ...string) []string { return classes }

// broken is the violation of the design: a declared order that one path breaks
// and another follows.
func broken() *report.Violation {
	v := &report.Violation{
		Check:    "order",
		Pos:      at("drivers/foo/reset.c", 88, 2),
		Message:  "foo_dev.mutex taken under foo_queue.lock",
		Outer:    "foo_queue.lock",
		Inner:    "foo_dev.mutex",
		Function: "foo_reset",
		Root:     "foo_timeout",
		Rule: []report.Declared{{
			Before: "foo_dev.mutex", After: "foo_queue.lock",
			Pos:    at("rules/foo.lockorder", 12, 0),
			Source: `"Locking:" in drivers/foo/foo.h:30`,
		}},
		Paths: []report.Trace{{
			Title: "against the rule", Outer: "foo_queue.lock", Inner: "foo_dev.mutex",
			Steps: []report.Step{
				{Pos: at("drivers/foo/queue.c", 42, 2), Function: "foo_timeout", Verb: report.Takes,
					Target: "foo_queue.lock", Held: held("foo_queue.lock"),
					Quote: true, Source: "\tspin_lock(&q->lock);", Caret: [2]int{1, 20}},
				{Pos: at("drivers/foo/queue.c", 51, 3), Function: "foo_timeout", Verb: report.Calls, Target: "foo_reset"},
				{Pos: at("drivers/foo/reset.c", 88, 2), Function: "foo_reset", Verb: report.Takes,
					Target: "foo_dev.mutex", Held: held("foo_queue.lock", "foo_dev.mutex"),
					Quote: true, Source: "\tmutex_lock(&fd->mutex);", Caret: [2]int{1, 23}},
			},
		}, {
			Title: "the declared order", Outer: "foo_dev.mutex", Inner: "foo_queue.lock",
			Steps: []report.Step{
				{Pos: at("drivers/foo/open.c", 24, 2), Function: "foo_open", Verb: report.Takes,
					Target: "foo_dev.mutex", Held: held("foo_dev.mutex")},
				{Pos: at("drivers/foo/queue.c", 17, 2), Function: "foo_kick", Verb: report.Takes,
					Target: "foo_queue.lock", Held: held("foo_dev.mutex", "foo_queue.lock")},
			},
		}},
		Help:       "drop foo_queue.lock before the call at drivers/foo/queue.c:51",
		Confidence: report.High,
		Score:      100,
		Callers:    14,
		Key:        report.MakeKey("order", held("foo_queue.lock", "foo_dev.mutex"), held("foo_timeout", "foo_reset")),
	}
	v.Scenario = report.MakeScenario(v.Paths)
	return v
}

// hugetlb is like a report on a real tree: long names, shared modes, a rule by
// way of three declarations, an indirect call.
func hugetlb() *report.Violation {
	const page, mapping, fault = "folio.PG_locked[hugetlb]", "address_space.i_mmap_rwsem[hugetlb]", "hugetlb_fault_mutex_table[]"
	v := &report.Violation{
		Check:    "order",
		Pos:      at("fs/hugetlbfs/inode.c", 529, 3),
		Message:  mapping + " taken under " + page,
		Outer:    page,
		Inner:    mapping,
		Function: "remove_inode_hugepages",
		Root:     "hugetlbfs_evict_inode",
		Rule: []report.Declared{
			{Before: mapping, After: fault, Pos: at("mm/rmap.c", 29, 0), Note: "in hugetlbfs only, see the end of the comment"},
			{Before: fault, After: page, Pos: at("mm/rmap.c", 30, 0)},
		},
		Paths: []report.Trace{{
			Title: "against the rule", Outer: page, Inner: mapping,
			Steps: []report.Step{
				{Pos: at("fs/hugetlbfs/inode.c", 576, 2), Function: "hugetlbfs_evict_inode", Verb: report.Calls,
					Target: "remove_inode_hugepages", Via: "ops table super_operations.evict_inode"},
				{Pos: at("fs/hugetlbfs/inode.c", 524, 4), Function: "remove_inode_hugepages", Verb: report.Takes, Target: page,
					Held: held("hugetlb_fault_mutex_table[]", page), Quote: true,
					Source: "\t\t\tlock_page(page);", Caret: [2]int{3, 18}},
				{Pos: at("fs/hugetlbfs/inode.c", 528, 5), Function: "remove_inode_hugepages", Verb: report.Releases, Target: fault,
					Held: held(page)},
				{Pos: at("fs/hugetlbfs/inode.c", 529, 5), Function: "remove_inode_hugepages", Verb: report.Takes, Target: mapping,
					Mode: report.Shared, Held: held(page, mapping), Quote: true,
					Source: "\t\t\t\t\t\t\t\t\t\ti_mmap_lock_read_with_a_long_name(mapping, &inode->i_mapping->host, flags);", Caret: [2]int{10, 85}},
			},
		}, {
			Title: "the declared order", Outer: mapping, Inner: page,
			Steps: []report.Step{
				{Pos: at("mm/hugetlb.c", 4585, 2), Function: "hugetlb_fault", Verb: report.Takes, Target: mapping, Mode: report.Shared,
					Held: held(mapping)},
				{Pos: at("mm/hugetlb.c", 4371, 3), Function: "hugetlb_no_page", Verb: report.Takes, Target: page,
					Held: held(mapping, fault, page)},
			},
		}},
		Help: "take address_space.i_mmap_rwsem[hugetlb] before the page lock at fs/hugetlbfs/inode.c:524, as " +
			"hugetlbfs_punch_hole does",
		Notes:      []string{"call at fs/hugetlbfs/inode.c:576 resolved through ops table super_operations.evict_inode"},
		Confidence: report.Medium,
		Score:      70,
		Reasons:    []string{"one call through an ops table", "the page is taken to be of hugetlbfs because of the function that it is in"},
		Callers:    1,
		Key:        "k",
	}
	v.Scenario = report.MakeScenario(v.Paths)
	return v
}

// loop is a cycle of n classes that nothing declares.
func loop(n int) *report.Violation {
	v := &report.Violation{
		Check: "cycle", Pos: at("a.c", 10, 2), Message: "l1 taken under l0, which other paths take under l1",
		Outer: "l0", Inner: "l1", Function: "f0", Root: "f0", Confidence: report.Low, Score: 20,
		Reasons: []string{"two calls through pointers"},
	}
	for i := range n {
		outer, inner, f := fmt.Sprint("l", i), fmt.Sprint("l", (i+1)%n), fmt.Sprint("f", i)
		v.Paths = append(v.Paths, report.Trace{Outer: outer, Inner: inner, Steps: []report.Step{
			{Pos: at("a.c", 10*i+9, 2), Function: f, Verb: report.Takes, Target: outer, Mode: report.Shared, Held: held(outer)},
			{Pos: at("a.c", 10*i+10, 2), Function: f, Verb: report.Takes, Target: inner, Held: held(outer, inner)},
		}})
	}
	v.Scenario = report.MakeScenario(v.Paths)
	return v
}

// others are faults that are not about two locks.
func others() []*report.Violation {
	self := &report.Violation{
		Check: "recursion", Pos: at("b.c", 7, 2), Message: "foo.lock taken while it is held", Outer: "foo.lock", Inner: "foo.lock",
		Function: "g", Root: "f", Confidence: report.High,
		Paths: []report.Trace{{Outer: "foo.lock", Inner: "foo.lock", Steps: []report.Step{
			{Pos: at("b.c", 2, 2), Function: "f", Verb: report.Takes, Target: "foo.lock", Mode: report.Shared, Held: held("foo.lock")},
			{Pos: at("b.c", 3, 2), Function: "f", Verb: report.Calls, Target: "g"},
			{Pos: at("b.c", 7, 2), Function: "g", Verb: report.Takes, Target: "foo.lock", Held: held("foo.lock", "foo.lock")},
		}}},
	}
	self.Scenario = report.MakeScenario(self.Paths)
	left := &report.Violation{
		Check: "imbalance", Pos: at("b.c", 20, 3), Message: "returns with foo.lock held, on an error path", Inner: "foo.lock",
		Function: "h", Root: "h", Confidence: report.High,
		Paths: []report.Trace{{Title: "leaves foo.lock held", Steps: []report.Step{
			{Pos: at("b.c", 15, 2), Function: "h", Verb: report.Takes, Target: "foo.lock", Held: held("foo.lock")},
			{Pos: at("b.c", 19, 2), Function: "h", Verb: report.Assumes, Target: "err != 0"},
			{Pos: at("b.c", 20, 3), Function: "h", Verb: report.Returns, Held: held("foo.lock"),
				Quote: true, Source: "\t\treturn err;"},
		}}},
		Help: "release foo.lock before the return at b.c:20",
	}
	unheld := &report.Violation{
		Check: "unheld", Pos: at("b.c", 30, 2), Message: "foo.lock not held, which add requires", Inner: "foo.lock",
		Function: "i", Root: "i", Confidence: report.High,
		Arms: []report.Arm{
			{Pos: at("b.c", 26, 1), Directive: "#elif defined(CONFIG_MEMORY_HOTPLUG) && defined(CONFIG_SPARSEMEM)", Under: held("CONFIG_NUMA off", "CONFIG_SPARSEMEM on")},
			{Pos: at("drivers/base/node.c", 0, 0), Under: held("CONFIG_NUMA off")},
		},
		Paths: []report.Trace{{Steps: []report.Step{
			{Pos: at("b.c", 28, 2), Function: "i", Verb: report.Releases, Target: "foo.lock"},
			{Pos: at("b.c", 30, 2), Function: "i", Verb: report.Calls, Target: "add", Quote: true, Source: "\tadd(\x1b[31mfoo, 1);", Caret: [2]int{1, 9}},
			{Pos: at("b.c", 3, 2), Function: "add", Verb: report.Asserts, Target: "foo.lock"},
		}}},
	}
	return []*report.Violation{self, left, unheld}
}

func stats() *report.Stats {
	s := &report.Stats{Classes: 61, Pairs: 402, Declared: 57, Undefined: 3, LeftOut: 4, StatesCut: 1, Hidden: 4, Excepted: 2, Violations: 1}
	s.Arms = &report.ArmStats{
		Arms: 40, Lowered: 35, Never: 2, Unfound: 1, Cut: 2, Files: 3, Rounds: 7, Unread: 1, Failed: 1, LockOps: 20, Elsewhere: 3,
	}
	s.Dirs = []report.Counts{
		{Dir: "fs/hugetlbfs", Files: 1, Functions: 96, Parsed: 96, LockOps: 60, Resolved: 60},
		{Dir: "mm", Files: 130, Functions: 6421, Parsed: 6411, LockOps: 4152, Resolved: 4121, Inactive: 22, IndirectCalls: 800, IndirectResolved: 760},
	}
	for _, d := range s.Dirs {
		s.Counts.Add(d)
		s.Reported.Add(d)
	}
	s.Counts.Add(report.Counts{Files: 682, Functions: 1000, Parsed: 1000})
	return s
}

func config() *report.Config {
	return &report.Config{Protocol: report.Protocol, Version: "test", Tree: "linux", Paths: []string{"mm"}, Arch: "x86"}
}

// scan sends a whole scan to the handler.
func scan(t testing.TB, h report.Handler, violations ...*report.Violation) {
	t.Helper()
	err := errors.Join(h.Config(config()),
		h.Problem(&report.Problem{Kind: "read", Pos: at("mm/gone.c", 0, 0), Message: "permission denied"}),
		h.Problem(&report.Problem{Kind: "parse", Pos: at("mm/odd.c", 4, 1), Message: "odd_fn is used without 2 statements", Function: "odd_fn", Warning: true}))
	for _, v := range violations {
		err = errors.Join(err, h.Violation(v))
	}
	if err := errors.Join(err, h.Stats(stats()), h.Close()); err != nil {
		t.Fatal(err)
	}
}

func all() []*report.Violation {
	return append([]*report.Violation{broken(), hugetlb(), loop(2), loop(4)}, others()...)
}

// render returns the text of the violations alone.
func render(t *testing.T, opts report.TextOptions, violations ...*report.Violation) string {
	t.Helper()
	var out bytes.Buffer
	h := report.NewText(&out, opts)
	for _, v := range violations {
		if err := h.Violation(v); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestText(t *testing.T) {
	var whole, figures bytes.Buffer
	scan(t, report.NewText(&whole, report.TextOptions{}), broken())
	scan(t, report.NewText(&figures, report.TextOptions{Stats: true}))
	for name, got := range map[string]string{
		"order":   render(t, report.TextOptions{}, broken()),
		"hugetlb": render(t, report.TextOptions{}, hugetlb()),
		"cycle":   render(t, report.TextOptions{}, loop(2), loop(4)),
		"others":  render(t, report.TextOptions{}, others()...),
		"whole":   whole.String(),
		"stats":   figures.String(),
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, got)
			for i, line := range strings.Split(got, "\n") {
				// The form of a headline is not ours to choose.
				if len(line) > 80 && !strings.Contains(line, "error:") {
					t.Errorf("line %d is %d wide: %s", i+1, len(line), line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("line %d ends with a space: %q", i+1, line)
				}
			}
		})
	}
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant %s:\n%s", got, file, want)
	}
}

// Names of any length get through whole, and the text does not panic on them.
func TestTextLongNames(t *testing.T) {
	for n := 1; n < 120; n += 7 {
		v := broken()
		grow := strings.NewReplacer("foo", strings.Repeat("o", n))
		v.Outer, v.Inner, v.Message = grow.Replace(v.Outer), grow.Replace(v.Inner), grow.Replace(v.Message)
		for i := range v.Paths {
			p := &v.Paths[i]
			p.Outer, p.Inner = grow.Replace(p.Outer), grow.Replace(p.Inner)
			for j := range p.Steps {
				s := &p.Steps[j]
				s.Pos.File, s.Function, s.Target = grow.Replace(s.Pos.File), grow.Replace(s.Function), grow.Replace(s.Target)
				s.Source = grow.Replace(s.Source)
				for k := range s.Held {
					s.Held[k] = grow.Replace(s.Held[k])
				}
			}
		}
		v.Scenario = report.MakeScenario(v.Paths)
		got := render(t, report.TextOptions{}, v)
		for _, want := range []string{v.Outer, v.Inner, v.Paths[0].Steps[2].Pos.String(), v.Paths[0].Steps[2].Function} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing from:\n%s", want, got)
			}
		}
		for _, line := range strings.Split(got, "\n") {
			if len(line) > 80 && len(strings.Fields(line)) > 4 && !strings.Contains(line, "error:") {
				t.Errorf("n=%d: could be parted: %s", n, line)
			}
		}
	}
}

func TestTextColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1") // the choice is the caller's, not the environment's
	bare := render(t, report.TextOptions{}, all()...)
	if strings.Contains(bare, "\x1b") {
		t.Errorf("escapes without colours: %q", bare)
	}
	colored := render(t, report.TextOptions{Color: true}, all()...)
	if !strings.Contains(colored, "\x1b[") {
		t.Error("no colours")
	}
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored, ""); got != bare {
		t.Errorf("colours change the text: %q", got)
	}
}

// What the JSON holds is enough for the text.
func TestReplay(t *testing.T) {
	for _, opts := range []report.TextOptions{{}, {Stats: true}, {Color: true}} {
		var direct, lines, replayed, again bytes.Buffer
		scan(t, report.NewText(&direct, opts), all()...)
		scan(t, report.NewJSON(&lines), all()...)
		h := report.NewText(&replayed, opts)
		if err := errors.Join(report.ReadJSON("scan", bytes.NewReader(lines.Bytes()), h), h.Close()); err != nil {
			t.Fatal(err)
		}
		if direct.String() != replayed.String() {
			t.Errorf("%+v: text of the JSON:\n%s\ntext:\n%s", opts, &replayed, &direct)
		}
		h = report.NewJSON(&again)
		if err := errors.Join(report.ReadJSON("scan", bytes.NewReader(lines.Bytes()), h), h.Close()); err != nil {
			t.Fatal(err)
		}
		if lines.String() != again.String() {
			t.Errorf("JSON of the JSON:\n%s\nJSON:\n%s", &again, &lines)
		}
	}
}

func TestReadJSONErrors(t *testing.T) {
	const begin = `{"config":{"protocol":"lockorder/1"}}` + "\n"
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "scan: no messages: the input is empty"},
		{"text", "mm/a.c:1:2: error: x", "scan:1: invalid character 'm' looking for beginning of value"},
		{"headless", `{"stats":{}}`, "scan:1: not the JSON output of lockorder: no config comes first"},
		{"version", `{"config":{"protocol":"lockorder/9"}}`, `scan:1: protocol "lockorder/9", but this lockorder reads "lockorder/1"`},
		{"two", begin + `{"stats":{},"problem":{}}`, "scan:2: not exactly one of config, problem, violation, stats"},
		{"none", begin + `{"new":{}}`, "scan:2: not exactly one of config, problem, violation, stats"},
		{"cpus", begin + `{"violation":{"scenario":{"cpus":[]}}}`, "scan:2: a scenario with 0 CPUs: there may be 1 or 2"},
		{"event", begin + `{"violation":{"scenario":{"cpus":["f"],"events":[{"cpu":1}]}}}`, "scan:2: an event on CPU 1 of 1"},
		{"cut", begin, "scan: the input ends before the stats: the scan that wrote it did not finish"},
		{"more", begin + "\n" + `{"stats":{}}` + "\n" + begin, "scan:4: a message after the stats, which come last"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := report.ReadJSON("scan", strings.NewReader(test.in), report.NewText(io.Discard, report.TextOptions{}))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// brokenPipe fails every write.
type brokenPipe struct{ writes int }

func (b *brokenPipe) Write([]byte) (int, error) {
	b.writes++
	return 0, io.ErrClosedPipe
}

func TestBrokenPipe(t *testing.T) {
	for name, open := range map[string]func(io.Writer) report.Handler{
		"text": func(w io.Writer) report.Handler { return report.NewText(w, report.TextOptions{}) },
		"json": report.NewJSON,
	} {
		pipe := &brokenPipe{}
		h := open(pipe)
		for range 3 {
			if err := h.Violation(broken()); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s: error %v", name, err)
			}
		}
		if err := h.Close(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: Close returned %v", name, err)
		}
		if pipe.writes != 1 {
			t.Errorf("%s: %d writes after the first failed", name, pipe.writes-1)
		}
	}
}

func TestScenario(t *testing.T) {
	if s := report.MakeScenario(nil); s != nil {
		t.Errorf("of nothing: %+v", s)
	}
	if s := report.MakeScenario(broken().Paths[:1]); s != nil {
		t.Errorf("of one path with two classes: %+v", s)
	}
	if s := report.MakeScenario(others()[1].Paths); s != nil {
		t.Errorf("of a path without classes: %+v", s)
	}
	if got, want := loop(4).Scenario.Chain, held("l1", "l2", "l3"); !reflect.DeepEqual(got, want) {
		t.Errorf("chain %v, want %v", got, want)
	}
}

// The description of the JSON names every field.
func TestSchema(t *testing.T) {
	doc := report.Schema()
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				f := typ.Field(i)
				if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
					if !regexp.MustCompile(`\b` + name + `\b`).MatchString(doc) {
						t.Errorf("field %s of %s is not described", name, typ)
					}
				}
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[report.Message]())
	if !strings.Contains(doc, `"`+report.Protocol+`"`) {
		t.Errorf("protocol %s is not named", report.Protocol)
	}
}

// Whatever is read as JSON is rendered without a panic, and survives another
// round of JSON.
func FuzzReadJSON(f *testing.F) {
	var lines bytes.Buffer
	h := report.NewJSON(&lines)
	h.Config(config())
	for _, v := range all() {
		h.Violation(v)
	}
	h.Stats(stats())
	f.Add(lines.Bytes())
	f.Add([]byte(`{"config":{"protocol":"lockorder/1"}}` + "\n" + `{"stats":{"files":-1,"dirs":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, opts := range []report.TextOptions{{}, {Color: true, Stats: true}} {
			var text, again, lines bytes.Buffer
			err := report.ReadJSON("fuzz", bytes.NewReader(data), report.NewText(&text, opts))
			if err != nil {
				continue
			}
			if err := report.ReadJSON("fuzz", bytes.NewReader(data), report.NewJSON(&lines)); err != nil {
				t.Fatal(err)
			}
			if err := report.ReadJSON("fuzz", &lines, report.NewText(&again, opts)); err != nil {
				t.Fatal(err)
			}
			if text.String() != again.String() {
				t.Errorf("text %q, after another round %q", &text, &again)
			}
		}
	})
}
