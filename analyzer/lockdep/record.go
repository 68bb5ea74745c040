package lockdep

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Class is a lock class as lockdep names it.
type Class struct {
	Key      string // the address that identifies it within one boot, as printed; "" in a splat
	Name     string // as the initialiser gave it
	Version  int    // of the classes that share the name, counted from 1; 0 where none is written
	Subclass int
	Ops      int64  // how often it was taken; 0 if the kernel does not count
	Usage    string // in which contexts it was taken, in lockdep's letters
}

// String is the class as lockdep prints it: name, #version, /subclass.
func (c *Class) String() string {
	s := c.Name
	if c.Version > 1 {
		s += "#" + strconv.Itoa(c.Version)
	}
	if c.Subclass > 0 {
		s += "/" + strconv.Itoa(c.Subclass)
	}
	return s
}

// parseName takes a printed name apart.
func parseName(s string) Class {
	c := Class{Name: s}
	if i := strings.LastIndexByte(c.Name, '/'); i > 0 {
		if n, ok := count(c.Name[i+1:]); ok {
			c.Name, c.Subclass = c.Name[:i], n
		}
	}
	if i := strings.LastIndexByte(c.Name, '#'); i > 0 {
		if n, ok := count(c.Name[i+1:]); ok && n > 1 {
			c.Name, c.Version = c.Name[:i], n
		}
	}
	return c
}

// count reads a number as lockdep writes it.
func count(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && strconv.Itoa(n) == s
}

// A Dep is a dependency: Inner was taken while Outer was held, with nothing
// between them that blocks.
type Dep struct{ Outer, Inner *Class }

// A Chain is a stack of held classes as it occurred, outermost first.
type Chain struct {
	Context string // "0" in a process, or the interrupt
	Locks   []*Class
}

// A Record is what was read of a running kernel.
type Record struct {
	Files    []string
	Classes  []*Class // in the order of the files
	Deps     []Dep
	Chains   []Chain
	Stats    map[string]uint64 // the figures of lockdep_stats, by the words before the colon
	Splats   []*Splat
	Problems []Problem

	byID map[string]*Class
	deps map[Dep]bool
}

// A Problem is a place in the input that did not read.
type Problem struct {
	File string
	Line int
	Msg  string
}

func (p Problem) String() string { return p.File + ":" + strconv.Itoa(p.Line) + ": " + p.Msg }

// intern returns the class of the record with this key and printed name.
// Keys tell classes of one name apart, which they are not within one boot;
// records of several boots go by both.
func (r *Record) intern(key, name string) *Class {
	if r.byID == nil {
		r.byID = map[string]*Class{}
	}
	id := key + " " + name
	if c := r.byID[id]; c != nil {
		return c
	}
	c := parseName(name)
	c.Key = key
	r.byID[id] = &c
	r.Classes = append(r.Classes, &c)
	return &c
}

func (r *Record) depend(outer, inner *Class) {
	if r.deps == nil {
		r.deps = map[Dep]bool{}
	}
	d := Dep{outer, inner}
	if !r.deps[d] {
		r.deps[d] = true
		r.Deps = append(r.Deps, d)
	}
}

// Observed lists every pair that a kernel was seen to make: of classes that were
// held together, in that order. Without chains these are the direct
// dependencies; the figure says which of the two it is.
func (r *Record) Observed() (pairs []Dep, fromChains bool) {
	seen := map[Dep]bool{}
	add := func(d Dep) {
		if !seen[d] {
			seen[d] = true
			pairs = append(pairs, d)
		}
	}
	for _, d := range r.Deps {
		add(d)
	}
	for _, c := range r.Chains {
		for i, outer := range c.Locks {
			for _, inner := range c.Locks[i+1:] {
				add(Dep{outer, inner})
			}
		}
	}
	slices.SortFunc(pairs, compareDeps)
	return pairs, len(r.Chains) > 0
}

func compareDeps(a, b Dep) int {
	return cmp.Or(
		strings.Compare(a.Outer.String(), b.Outer.String()), strings.Compare(a.Inner.String(), b.Inner.String()),
		strings.Compare(a.Outer.Key, b.Outer.Key), strings.Compare(a.Inner.Key, b.Inner.Key),
	)
}

// Doubts compares the record with lockdep's own figures, where the record has
// them, and says where it falls short of them: a file that was cut, or lists
// that ran full.
func (r *Record) Doubts() []string {
	var out []string
	short := func(what, stat string, got int) {
		if want, ok := r.Stats[stat]; ok && uint64(got) < want {
			out = append(out, strconv.Itoa(got)+" "+what+" were read; lockdep_stats says "+strconv.FormatUint(want, 10))
		}
	}
	if len(r.Deps) > 0 {
		listed := 0
		for _, c := range r.Classes {
			if c.Key != "" {
				listed++
			}
		}
		short("classes", "lock-classes", listed)
	}
	if n := len(r.Chains); n > 0 {
		locks := 0
		for _, c := range r.Chains {
			locks += len(c.Locks)
		}
		short("chains", "dependency chains", n)
		short("locks in chains", "dependency chain hlocks used", locks)
	}
	if n := r.Stats["dependency chain hlocks lost"]; n > 0 {
		out = append(out, "lockdep lost "+strconv.FormatUint(n, 10)+" locks of chains for want of room")
	}
	if on, ok := r.Stats["debug_locks"]; ok && on == 0 {
		out = append(out, "lockdep had turned itself off (debug_locks is 0): what happened later is not in the record")
	}
	return out
}
