package lockdep

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var testdata = filepath.Join("..", "..", "testdata", "lockdep")

// read reads a text as a file.
func read(t *testing.T, text string) *Record {
	t.Helper()
	r := &Record{}
	if err := r.Read("f", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return r
}

func deps(r *Record) string {
	var out []string
	for _, d := range r.Deps {
		out = append(out, d.Outer.String()+" -> "+d.Inner.String())
	}
	return strings.Join(out, "; ")
}

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Class
	}{
		{"&x->lock", Class{Name: "&x->lock"}},
		{"&x->lock#2", Class{Name: "&x->lock", Version: 2}},
		{"&x->lock#12/1", Class{Name: "&x->lock", Version: 12, Subclass: 1}},
		{"(wq_completion)xfs-cil/vdc", Class{Name: "(wq_completion)xfs-cil/vdc"}},
		{"btrfs-csum-01/7", Class{Name: "btrfs-csum-01", Subclass: 7}},
		{"a#1", Class{Name: "a#1"}},   // the first is not numbered
		{"a#02", Class{Name: "a#02"}}, // nor are numbers padded
		{"/1", Class{Name: "/1"}},
		{"#2", Class{Name: "#2"}},
	} {
		got := parseName(tt.text)
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.text, got, tt.want)
		}
		if got.String() != tt.text {
			t.Errorf("%s: prints as %s", tt.text, got.String())
		}
	}
}

// The forms of kernels with and without CONFIG_DEBUG_LOCKDEP.
func TestClasses(t *testing.T) {
	r := read(t, `all lock classes:
000000009f684470 OPS:      58 FD:  188 BD:    2 +.+.: a_mutex
 -> [00000000bba414f4] b#2/1
 -> [00000000fd31be3c] (c)->x: y

00000000bba414f4 FD:    1 BD:    2 ..-.: b#2/1

00000000fd31be3c: (c)->x: y
 -> [00000000bba414f4] b#2/1
`)
	if got, want := deps(r), "a_mutex -> b#2/1; a_mutex -> (c)->x: y; (c)->x: y -> b#2/1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(r.Classes) != 3 || len(r.Problems) != 0 {
		t.Errorf("%d classes, %v", len(r.Classes), r.Problems)
	}
	if a := r.Classes[0]; a.Ops != 58 || a.Usage != "+.+." {
		t.Errorf("%+v", a)
	}
}

func TestBadLines(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"all lock classes:\n -> [1] b\n", "f:2: a dependency of no class"},
		{"all lock classes:\nnonsense\n", `f:2: neither a class nor a dependency: "nonsense"`},
		{"all lock chains:\n[1] a\n", `f:2: no lock of a chain: "[1] a"`},
		{"all lock chains:\nirq_context: 0\n[1 a\n", `f:3: no lock of a chain: "[1 a"`},
		{" lock-classes:   1016 [max: 8192]\n what\n", `f:2: no figure: " what"`},
		{"WARNING: possible circular locking dependency detected\n", "f:1: a report of lockdep that does not say which lock was taken"},
		{"all lock classes:\n" + strings.Repeat("x", maxLine+1), "f:1: line of more than 1048576 bytes; the rest of the file is not read"},
	} {
		r := read(t, tt.text)
		if len(r.Problems) != 1 || r.Problems[0].String() != tt.want {
			t.Errorf("%.40q: %v, want %s", tt.text, r.Problems, tt.want)
		}
	}
	err := (&Record{}).Read("f", strings.NewReader("hello\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "f: neither lockdep's lists") {
		t.Errorf("no known sort: %v", err)
	}
	if err := (&Record{}).Read("f", strings.NewReader("\x1f\x8bxx")); err == nil {
		t.Error("a broken gzip file was read")
	}
	if _, err := ReadFiles([]string{filepath.Join(t.TempDir(), "none")}); !os.IsNotExist(err) {
		t.Errorf("missing file: %v", err)
	}
}

// Chains add pairs that are no direct dependencies.
func TestObserved(t *testing.T) {
	r := read(t, "all lock classes:\n1: a\n -> [2] b\n\n2: b\n")
	if err := r.Read("g", strings.NewReader("all lock chains:\nirq_context: 0\n[1] a\n[2] b\n[3] c\n\nirq_context: hardirq\n[3] c\n")); err != nil {
		t.Fatal(err)
	}
	pairs, chains := r.Observed()
	var got []string
	for _, p := range pairs {
		got = append(got, p.Outer.String()+p.Inner.String())
	}
	if want := "[ab ac bc]"; fmt.Sprint(got) != want || !chains {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestDoubts(t *testing.T) {
	r := read(t, "all lock classes:\n1: a\n -> [2] b\n\n2: b\n")
	if err := r.Read("g", strings.NewReader(" lock-classes:   3 [max: 8192]\n debug_locks:    0\n\n")); err != nil {
		t.Fatal(err)
	}
	want := "[2 classes were read; lockdep_stats says 3 lockdep had turned itself off (debug_locks is 0): what happened later is not in the record]"
	if got := fmt.Sprint(r.Doubts()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The splats, one a kind.
func TestSplats(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"circular", "circular foo_poll/123 takes &fd->mutex held foo_sem,&fq->lock#2 | new &fq->lock#2 -> &fd->mutex at foo_reset | &fd->mutex -> foo_list_lock/1 at foo_list_add | foo_list_lock/1 -> &fq->lock#2 at foo_kick"},
		{"recursive", "recursive kworker/u4:1/77 takes &ei->sem held &ei->sem | new &ei->sem -> &ei->sem at "},
		{"inconsistent", "inconsistent swapper/0/0 takes &dev->lock held  {HARDIRQ-ON-W IN-HARDIRQ-W}"},
		{"unsafe", "unsafe worker/9 takes &next->lock held &prev->lock safe &safe->lock unsafe unsafe_lock | &safe->lock -> &prev->lock at prev_take | new &prev->lock -> &next->lock at  | &next->lock -> unsafe_lock at unsafe_take"},
		{"inversion", "inversion kswapd0/50 takes &this->lock held  safe &this->lock unsafe other_lock | &this->lock -> &mid->lock at mid_take | &mid->lock -> other_lock at other_take"},
		{"backwards", "inversion bar/51 takes &this->lock held  safe &safe->lock unsafe &this->lock | &safe->lock -> &this->lock at this_take"},
		{"other", "other baz/52 takes - held &y->lock || other baz/53 takes &z->lock held "},
	} {
		r, err := ReadFiles([]string{filepath.Join(testdata, "splats", tt.file+".txt")})
		if err != nil {
			t.Error(err)
			continue
		}
		var out []string
		for _, s := range r.Splats {
			out = append(out, splatText(s))
		}
		if got := strings.Join(out, " || "); got != tt.want || len(r.Problems) > 0 {
			t.Errorf("%s:\n got %s\nwant %s\n%v", tt.file, got, tt.want, r.Problems)
		}
	}
}

func splatText(s *Splat) string {
	taken := "-"
	if s.Taken != nil {
		taken = s.Taken.String()
	}
	var held []string
	for _, h := range s.Held {
		held = append(held, h.Class.String())
	}
	out := fmt.Sprintf("%s %s takes %s held %s", s.Kind, s.Task, taken, strings.Join(held, ","))
	if s.States[0] != "" {
		out += fmt.Sprintf(" {%s %s}", s.States[0], s.States[1])
	}
	if s.Safe != nil && s.Unsafe != nil {
		out += fmt.Sprintf(" safe %s unsafe %s", s.Safe, s.Unsafe)
	}
	for _, d := range s.Chain {
		out += " | "
		if d.New {
			out += "new "
		}
		at := ""
		for _, f := range d.Trace {
			if !strings.HasPrefix(f, "check_prev") && !strings.Contains(f, "lock_acquire") && !strings.HasPrefix(f, "__pfx") {
				at = f
				break
			}
		}
		out += fmt.Sprintf("%s -> %s at %s", d.Outer, d.Inner, at)
	}
	return out
}

// The record of a real kernel: the figures are those of lockdep_stats, but for
// the chains, which it lists while more are made.
func TestRecord(t *testing.T) {
	var names []string
	for _, f := range []string{"lockdep.gz", "chains.gz", "stats.gz"} {
		names = append(names, filepath.Join(testdata, f))
	}
	r, err := ReadFiles(names)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Problems) > 0 {
		t.Errorf("problems: %v", r.Problems)
	}
	if c, d, n := len(r.Classes), len(r.Deps), len(r.Chains); c != 1016 || d != 3635 || n != 8867 {
		t.Errorf("%d classes, %d dependencies, %d chains; want 1016, 3635, 8867", c, d, n)
	}
	if got, want := fmt.Sprint(r.Doubts()), "[37571 locks in chains were read; lockdep_stats says 38137]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"circular", "recursive", "inconsistent", "unsafe", "inversion", "backwards", "other"} {
		text, err := os.ReadFile(filepath.Join(testdata, "splats", s+".txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("all lock classes:\n1 OPS: 2 FD: 3 BD: 4 +.+.: a\n -> [2] b#2/1\n\n2: b\n"))
	f.Add([]byte("(buggered) all lock chains:\nirq_context: 0\n[1] a\n[2] b\n\n"))
	f.Add([]byte(" lock-classes:  1 [max: 8192]\n debug_locks:  1\n"))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte("all lock classes:\n1: a\n")); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(z.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &Record{}
		if err := r.Read("f", bytes.NewReader(text)); err != nil {
			return
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, p := range r.Problems {
			if len(text) > 1 && text[0] != 0x1f && (p.Line < 1 || p.Line > lines) {
				t.Errorf("%v is outside of %d lines", p, lines)
			}
		}
		for _, c := range r.Classes {
			if parseName(c.String()).Name != c.Name {
				t.Errorf("%q reads back as another name", c)
			}
		}
		r.Observed()
		Compare(r, Graph{}, nil, []string{"mm"})
	})
}

func FuzzCalls(f *testing.F) {
	f.Add("#define a(x, y) \\\n b(&(x)->l, \"s\" #y)\nvoid f(void) { b( & p -> l , 'c' /* , */ ); }")
	f.Add("b((((\nb(\"\\\")\n#define\n#define z(")
	f.Fuzz(func(t *testing.T, src string) {
		calls("f.c", src, func(name string) bool { return name == "b" }, func(s site) {
			if s.off < 0 || int(s.off) >= len(src) || !strings.HasPrefix(src[s.off:], "b") {
				t.Errorf("site at %d of %d", s.off, len(src))
			}
			for _, a := range s.args {
				unquote(substitute(a, []string{"x"}, []string{"y"}))
			}
		})
		definesAtMargin(src, map[string]bool{"b": true}, func(string) {})
	})
}
