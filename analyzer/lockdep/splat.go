package lockdep

import (
	"regexp"
	"slices"
	"strings"
)

// A Splat is one report of lockdep in a kernel log. The functions that print
// them are named at the kinds.
type Splat struct {
	Kind  string // one of the kinds below
	Title string // the line that begins with WARNING
	File  string
	Line  int
	Task  string // comm/pid
	Taken *Class // what the task took
	Held  []HeldLock
	// States are the usage states of an inconsistent lock: before and now.
	States [2]string
	// Chain is the dependencies that the report rests on, in order of the
	// loop or of the path.
	Chain []SplatDep
	// Safe and Unsafe are the ends of an interrupt's inversion.
	Safe, Unsafe *Class
}

// The kinds of splat.
const (
	Circular     = "circular"     // print_circular_bug
	Recursive    = "recursive"    // print_deadlock_bug
	Inconsistent = "inconsistent" // print_usage_bug
	Unsafe       = "unsafe"       // print_bad_irq_dependency: safe -> unsafe
	Inversion    = "inversion"    // print_irq_inversion_bug
	Other        = "other"        // what speaks of no order: bad unlock balance, invalid wait context...
)

// A HeldLock is a line of the list of held locks, outermost first.
type HeldLock struct {
	Class *Class
	At    string // the function that took it
}

// A SplatDep is one dependency of a splat.
type SplatDep struct {
	Dep
	New   bool     // the one that the task was about to add
	Trace []string // functions, innermost first, where Inner was taken
}

var (
	// What stands before the text in logs: level, the syslog's date and
	// host, time, caller.
	logPrefix = regexp.MustCompile(`^(?:<[0-9]+>)?(?:[^\[]*? kernel: ?)?(?:\[ *[0-9]+\.[0-9]+\](?:\[ *[TC][0-9]+\])? ?)?`)

	titles = []struct {
		re   *regexp.Regexp
		kind string
	}{
		{regexp.MustCompile(`^WARNING: possible circular locking dependency detected`), Circular},
		{regexp.MustCompile(`^WARNING: possible recursive locking detected`), Recursive},
		{regexp.MustCompile(`^WARNING: inconsistent lock state`), Inconsistent},
		{regexp.MustCompile(`^WARNING: \S+-safe -> \S+-unsafe lock order detected`), Unsafe},
		{regexp.MustCompile(`^WARNING: possible irq lock inversion dependency detected`), Inversion},
		{regexp.MustCompile(`^WARNING: (bad unlock balance|bad contention|Nested lock was not taken|lock held when returning|lock held at task exit|held lock freed)`), Other},
		{regexp.MustCompile(`^\[ BUG: Invalid wait context \]`), Other},
	}

	lockText  = regexp.MustCompile(`\((.*)\)\{([-.+?]+)\}(?:-\{[0-9]+:[0-9]+\})?(?:, at: (\S+))?`)
	entryText = regexp.MustCompile(`^-> #([0-9]+) (\(.*\)\{[-.+?]+\}(?:-\{[0-9]+:[0-9]+\})?):`)
	classText = regexp.MustCompile(`^-> (\(.*\)\{[-.+?]+\}(?:-\{[0-9]+:[0-9]+\})?).*\{$`)
	heldText  = regexp.MustCompile(`^#[0-9]+: `)
	frameText = regexp.MustCompile(`^(?:\? )?([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+`)
	taskText  = regexp.MustCompile(`^(.+/[0-9]+)(?: \[[^\]]*(?:\[[^\]]*\][^\]]*)*\])? (?:is trying to|just changed|takes:)`)
	stateText = regexp.MustCompile(`^inconsistent \{(\S+)\} -> \{(\S+)\} usage`)
)

// titleOf returns the kind of the splat that a line begins, "" if it begins none.
func titleOf(line string) string {
	if !strings.Contains(line, "WARNING: ") && !strings.Contains(line, "BUG: ") {
		return ""
	}
	text := strings.TrimSpace(logPrefix.ReplaceAllString(line, ""))
	for _, t := range titles {
		if t.re.MatchString(text) {
			return t.kind
		}
	}
	return ""
}

// log reads a kernel log: every splat in it.
func (l *lines) log() {
	var p *splatReader
	for {
		s, ok := l.next()
		if !ok {
			break
		}
		text := strings.TrimSpace(logPrefix.ReplaceAllString(s, ""))
		if kind := titleOf(s); kind != "" {
			p.finish(l)
			p = &splatReader{record: l.record, splat: &Splat{Kind: kind, Title: text, File: l.file, Line: l.n}}
			continue
		}
		if p != nil && !p.done {
			p.line(text)
		}
	}
	p.finish(l)
}

// A splatReader reads the lines of one splat. What a line means depends on the
// heading above it.
type splatReader struct {
	record *Record
	splat  *Splat
	part   part
	done   bool

	entries []entry // "-> #N", as they come
	lists   [2][]entry
	list    int
	into    *[]string // the trace that frames go to
	took    *Class    // what the task holds or takes as its second lock
}

// An entry is a class in one of the lists of dependencies.
type entry struct {
	class *Class
	trace []string
}

// part is the part of a splat that is being read.
type part int

const (
	partNone part = iota
	partTaken
	partHolding
	partSafe
	partUnsafe
	partOther
	partChain
	partHeld
	partList
)

// heading tells which part a line begins.
func heading(text string) (part, bool) {
	switch {
	case strings.HasSuffix(text, "is trying to acquire lock:"), strings.HasSuffix(text, "is trying to acquire:"),
		strings.HasSuffix(text, "just changed the state of lock:"), strings.HasSuffix(text, "takes:"),
		strings.HasSuffix(text, "is trying to lock:"):
		return partTaken, true
	case text == "but task is already holding lock:", text == "and this task is already holding:":
		return partHolding, true
	case strings.HasPrefix(text, "but this new dependency connects a"):
		return partSafe, true
	case strings.HasPrefix(text, "to a ") && strings.HasSuffix(text, "-irq-unsafe lock:"):
		return partUnsafe, true
	case strings.HasPrefix(text, "but this lock took another,"), strings.HasPrefix(text, "but this lock was taken by another,"):
		return partOther, true
	case strings.HasPrefix(text, "the existing dependency chain"):
		return partChain, true
	case strings.Contains(text, " held by "):
		return partHeld, true
	case strings.HasPrefix(text, "the dependencies between"), strings.HasPrefix(text, "the shortest dependencies between"):
		return partList, true
	case strings.HasPrefix(text, "which would create a new lock dependency"), strings.HasPrefix(text, "which lock already depends"),
		strings.HasPrefix(text, "other info that might help"), strings.HasPrefix(text, "... which became"), text == "...",
		strings.HasPrefix(text, "Possible "), strings.HasPrefix(text, "Chain exists of"):
		return partNone, true
	}
	return partNone, false
}

func (p *splatReader) line(text string) {
	s := p.splat
	if text == "stack backtrace:" {
		p.done = true
		return
	}
	if m := taskText.FindStringSubmatch(text); m != nil {
		s.Task = m[1]
	}
	if m := stateText.FindStringSubmatch(text); m != nil {
		s.States = [2]string{m[1], m[2]}
		return
	}
	if part, ok := heading(text); ok {
		if part == partList && len(p.lists[0]) > 0 {
			p.list = 1
		}
		if part == partOther && strings.Contains(text, "taken by another") {
			p.list = 1 // from the other lock to this one
		}
		p.part, p.into = part, nil
		return
	}
	switch p.part {
	case partChain:
		if m := entryText.FindStringSubmatch(text); m != nil {
			if c := p.class(m[2]); c != nil {
				p.entries = append(p.entries, entry{class: c})
				p.into = &p.entries[len(p.entries)-1].trace
			}
			return
		}
	case partList:
		if m := classText.FindStringSubmatch(text); m != nil {
			if c := p.class(m[1]); c != nil {
				list := &p.lists[p.list]
				*list = append(*list, entry{class: c})
				p.into = nil
			}
			return
		}
		if text == "... acquired at:" {
			if list := p.lists[p.list]; len(list) > 0 {
				p.into = &list[len(list)-1].trace
			}
			return
		}
		if strings.HasSuffix(text, " at:") || text == "}" || strings.HasPrefix(text, "... key") {
			p.into = nil
			return
		}
	}
	if m := frameText.FindStringSubmatch(text); m != nil {
		if p.into != nil {
			*p.into = append(*p.into, m[1])
		}
		return
	}
	if m := lockText.FindStringSubmatch(text); m != nil {
		p.lock(text, m[3])
	}
}

// lock takes a line that names a lock for what the part says that it is.
func (p *splatReader) lock(text, at string) {
	c := p.class(text)
	if c == nil {
		return
	}
	at, _, _ = strings.Cut(at, "+")
	switch s := p.splat; p.part {
	case partTaken:
		s.Taken = c
	case partHolding:
		p.took = c
	case partSafe:
		s.Safe = c
	case partUnsafe:
		s.Unsafe = c
	case partOther:
		s.Unsafe = c
	case partHeld:
		if heldText.MatchString(text) {
			s.Held = append(s.Held, HeldLock{c, at})
		}
		return
	default:
		return
	}
	p.part = partNone
}

// class reads "(name){usage}-{n:n}".
func (p *splatReader) class(text string) *Class {
	m := lockText.FindStringSubmatch(text)
	if m == nil || m[1] == "" {
		return nil
	}
	c := parseName(m[1])
	c.Usage = m[2]
	return &c
}

// finish puts together what was read.
func (p *splatReader) finish(l *lines) {
	if p == nil {
		return
	}
	s := p.splat
	switch s.Kind {
	case Circular:
		p.circle()
	case Recursive:
		if p.took != nil && s.Taken != nil {
			s.Chain = []SplatDep{{Dep: Dep{p.took, s.Taken}, New: true}}
		}
	case Unsafe:
		// From the safe lock to the one that is held, the new
		// dependency, and from the one taken to the unsafe lock.
		s.Chain = neighbours(p.lists[0])
		if p.took != nil && s.Taken != nil {
			s.Chain = append(s.Chain, SplatDep{Dep: Dep{p.took, s.Taken}, New: true})
		}
		slices.Reverse(p.lists[1])
		s.Chain = append(s.Chain, neighbours(p.lists[1])...)
	case Inversion:
		list := slices.Concat(p.lists[0], p.lists[1])
		other := s.Unsafe
		if p.list == 1 {
			s.Safe, s.Unsafe = other, s.Taken
		} else {
			s.Safe = s.Taken
			slices.Reverse(list)
		}
		s.Chain = neighbours(list)
	}
	ordered := s.Kind == Circular || s.Kind == Recursive || s.Kind == Unsafe || s.Kind == Inversion
	switch {
	case s.Kind != Other && s.Taken == nil:
		l.record.Problems = append(l.record.Problems, Problem{s.File, s.Line, "a report of lockdep that does not say which lock was taken"})
	case ordered && len(s.Chain) == 0:
		l.record.Problems = append(l.record.Problems, Problem{s.File, s.Line, "a report of lockdep without its dependencies: the log is cut"})
	}
	l.record.Splats = append(l.record.Splats, s)
}

// circle makes the loop of a circular dependency. Entry #k was taken while the
// class of #k-1 was held, and #0, the new one, while the last was.
func (p *splatReader) circle() {
	slices.Reverse(p.entries)
	n := len(p.entries)
	for i := range p.entries {
		e := p.entries[i]
		if n < 2 {
			return
		}
		p.splat.Chain = append(p.splat.Chain, SplatDep{
			Dep: Dep{p.entries[(i+n-1)%n].class, e.class}, New: i == 0, Trace: e.trace,
		})
	}
}

// neighbours makes dependencies of neighbours.
func neighbours(list []entry) []SplatDep {
	var out []SplatDep
	for i := 1; i < len(list); i++ {
		out = append(out, SplatDep{Dep: Dep{list[i-1].class, list[i].class}, Trace: list[i].trace})
	}
	return out
}
