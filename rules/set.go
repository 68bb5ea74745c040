package rules

import (
	"go/token"
	"maps"
	"slices"
	"strings"
)

// A Set is the rules in force: what locks are, and how they must nest. It is
// immutable and safe for concurrent use.
type Set struct {
	prims   map[string]*Primitive
	attrs   map[string]*Primitive
	also    map[string][]*Primitive
	alias   map[string]string
	written []writtenName
	// What comments call things.
	writtenIndex map[string][]int  // text to indices of written
	vars         map[string]string // usual name of a variable or member to its struct
	tags         map[string]bool   // the structs of vars
	globals      map[string]bool   // locks that are variables
	shared       []string          // globs of the parts whose comments bind the whole tree
	containers   map[string]bool
	types        map[string]bool // tags of the records that are locks
	same         map[string]int
	sameMember   map[string]bool // TAG.MEMBER
	nonnil       map[string]bool // functions that never return nil
	results      map[string]string
	preds        map[string]Predicate
	tables       []Table
	places       []place
	quals        map[string]bool
	split        map[classQual]bool // the class is narrowed by the qualifier
	belongs      map[classQual]bool // the class exists only within the qualifier
	requires     map[string][]Requirement
	exceptions   []Exception
	differences  []Difference
	nests        map[Class]string
	leaves       map[Class]Order // classes under which nothing is taken; Before is zero
	denied       []Order         // a !< b
	runtime      []runtimeName
	goNames      map[string]string // what the rules call the locks of Go programs, to their classes
	goHome       string            // the module whose locks go without their package
	handlers     map[string]bool   // "record.member"
	runs         map[string]Run    // by function, and by "record.member"
	graph        *orderGraph
}

type classQual struct{ class, qual string }

// A kind is a sort of lock; rows of primitives take its properties.
type kind struct {
	sleeps bool
	scope  bool
	isMap  bool
	mode   Mode
}

// A place is code declared to belong to a qualifier. One glob is empty.
type place struct{ qual, file, fn string }

// A Run says that a function interrupts others: one that is given to the function
// Name as argument Arg, or the one in the member Name of the record Owner.
type Run struct {
	Owner, Name string
	Arg         int // -1: of a member
	In          Interrupt
	Pos         token.Position
}

// Interrupt says what a function interrupts.
type Interrupt uint8

const (
	HardIRQ Interrupt = iota // all but code that has interrupts off
	SoftIRQ                  // all but interrupts, and code that has those or bottom halves off
)

var interruptWords = [...]string{"hardirq", "softirq"}

func (i Interrupt) String() string { return word(interruptWords[:], int(i)) }

// A Predicate is a function that has one answer for its argument's object, as long as
// somebody looks at it. It may tell that the locks of the object are those of a
// qualifier.
type Predicate struct {
	Qual    string // or ""
	Table   Table  // or none: whose functions the object's operations are
	Arg     int
	Negated bool // a false result tells it
	Pos     token.Position
}

// A Table is a variable that holds operations.
type Table struct {
	Owner string // the tag of its record
	Name  string // of the variable
}

// A Requirement is a lock that a function's caller must hold.
type Requirement struct {
	Func  string
	Class Class
	Mode  Mode
	Note  string
	Pos   token.Position
}

// An Exception takes a known pair out of a check. The reason is mandatory.
type Exception struct {
	Check        string // name of the check, "*" for all
	Outer, Inner Class  // zero for any
	Func         string // glob, "" for any
	Reason       string
	Pos          token.Position
}

// A writtenName is what people write for a class in comments.
type writtenName struct {
	text  string // normalised
	class Class  // zero: the words name no lock
	files string // path glob, "" for all
	under string // only in text about this qualifier, "" for all
}

func newSet() *Set {
	return &Set{
		prims: map[string]*Primitive{}, attrs: map[string]*Primitive{}, also: map[string][]*Primitive{}, handlers: map[string]bool{}, runs: map[string]Run{},
		alias: map[string]string{}, containers: map[string]bool{}, types: map[string]bool{}, same: map[string]int{}, sameMember: map[string]bool{}, nonnil: map[string]bool{},
		results: map[string]string{}, preds: map[string]Predicate{}, quals: map[string]bool{},
		split: map[classQual]bool{}, belongs: map[classQual]bool{},
		requires: map[string][]Requirement{}, nests: map[Class]string{}, leaves: map[Class]Order{},
		writtenIndex: map[string][]int{}, vars: map[string]string{}, tags: map[string]bool{}, globals: map[string]bool{},
	}
}

// Primitive returns the row of a function or macro, or nil.
func (s *Set) Primitive(name string) *Primitive { return s.prims[name] }

// Also returns what a call of a function does beside what its body does, or
// nothing: Effect is MayLock.
func (s *Set) Also(name string) []*Primitive { return s.also[name] }

// Handler reports whether a member of a record is a function that runs while
// the record's lock map is held: work_struct.func.
func (s *Set) Handler(owner, field string) bool { return s.handlers[owner+"."+field] }

// Runs says what becomes of the function that a call of name is given; false: nothing
// that is known.
func (s *Set) Runs(name string) (Run, bool) {
	r, ok := s.runs[name]
	return r, ok && r.Arg >= 0
}

// RunsMembers lists the members of records whose functions interrupt others, sorted.
func (s *Set) RunsMembers() []Run {
	var out []Run
	for _, name := range slices.Sorted(maps.Keys(s.runs)) {
		if r := s.runs[name]; r.Arg < 0 {
			out = append(out, r)
		}
	}
	return out
}

// Attr returns the row of an annotation such as __must_hold, or nil: Effect is
// AssertHeld, Acquire or Release, Arg the argument that names the lock.
func (s *Set) Attr(name string) *Primitive { return s.attrs[name] }

// Canonical returns the class name that stands for a natural one, which is
// struct.field, or a global's name. It is natural itself where no rule renames it.
// A spelling with a qualifier may come back: ParseClass reads it.
func (s *Set) Canonical(natural string) string {
	if c, ok := s.alias[natural]; ok {
		return c
	}
	if len(s.goNames) > 0 {
		if c, ok := s.goName(natural); ok {
			return c
		}
	}
	return natural
}

// Container reports whether a record only wraps a lock, so that the class is
// named by the member that embeds it.
func (s *Set) Container(structTag string) bool { return s.containers[structTag] }

// LockType reports whether a record with this tag (the name of its typedef, if
// it has none) is a lock.
func (s *Set) LockType(tag string) bool { return s.types[tag] }

// SameObject reports that a function's result is the object of its argument arg.
func (s *Set) SameObject(fn string) (arg int, ok bool) { arg, ok = s.same[fn]; return }

// SameMember reports that a member is the object of its record: a lock of the
// one is the lock of the other.
func (s *Set) SameMember(tag, member string) bool { return s.sameMember[tag+"."+member] }

// NonNil reports that a function never returns nil.
func (s *Set) NonNil(fn string) bool { return s.nonnil[fn] }

// ResultClass is the class of the lock that a function returns a pointer to.
func (s *Set) ResultClass(fn string) (class string, ok bool) { class, ok = s.results[fn]; return }

// Tables lists the tables of which predicates tell, as declared.
func (s *Set) Tables() []Table { return s.tables }

// Predicate returns what a function's result tells of its argument.
func (s *Set) Predicate(fn string) (Predicate, bool) { p, ok := s.preds[fn]; return p, ok }

// PlaceQual returns the qualifiers that code of a function in a file belongs to.
func (s *Set) PlaceQual(file, fn string) (quals []string) {
	for _, p := range s.places {
		if p.file != "" && matchPath(p.file, file) || p.fn != "" && matchName(p.fn, fn) {
			if !slices.Contains(quals, p.qual) {
				quals = append(quals, p.qual)
			}
		}
	}
	slices.Sort(quals)
	return quals
}

// Qualified reports whether a class is split by a qualifier at all.
func (s *Set) Qualified(class, qual string) bool { return s.split[classQual{class, qual}] }

// member reports whether c is a class of qual: narrowed by it, or one that
// exists only there.
func (s *Set) member(c Class, qual string) bool {
	return c.Qual() == qual || s.belongs[classQual{c.Name(), qual}]
}

// Mixed reports whether c is of a qualifier, narrowed by it or belonging to it, that
// splits the class of general, which is not known to be of it.
func (s *Set) Mixed(c, general Class) bool {
	for cq := range s.split {
		if cq.class == general.Name() && !s.member(general, cq.qual) && s.member(c, cq.qual) {
			return true
		}
	}
	return false
}

// Required returns the locks that callers of fn must hold.
func (s *Set) Required(fn string) []Requirement { return s.requires[fn] }

// Excepted returns the exception that covers a finding of a check.
func (s *Set) Excepted(check string, outer, inner Class, fn string) (Exception, bool) {
	covers := func(rule, c Class) bool {
		return rule.IsZero() || slices.Contains(generals(c), rule)
	}
	for _, e := range s.exceptions {
		if (e.Check == "*" || e.Check == check) && covers(e.Outer, outer) && covers(e.Inner, inner) &&
			(e.Func == "" || matchName(e.Func, fn)) {
			return e, true
		}
	}
	return Exception{}, false
}

// Exceptions returns every exception, in order of declaration.
func (s *Set) Exceptions() []Exception { return slices.Clone(s.exceptions) }

// NestOK reports that two locks of class may be held together, and in which
// order: "address", "index", "parent"...
func (s *Set) NestOK(class Class) (order string, ok bool) {
	for _, c := range generals(class) {
		if order, ok = s.nests[c]; ok {
			return order, ok
		}
	}
	return "", false
}

// Orders returns the orders in force, rules first, then by place.
func (s *Set) Orders() []Order { return slices.Clone(s.graph.all) }

// Why returns the shortest chain of declared orders that puts before ahead of
// after anywhere in the tree, or nil. Orders scoped to a part of the tree do
// not count; see WhyAt.
func (s *Set) Why(before, after Class) []Order { return s.why(before, after, "") }

// WhyAt is Why for code in file, where the orders scoped to it come first.
func (s *Set) WhyAt(before, after Class, file string) []Order {
	return s.why(before, after, file)
}

// WithOrders returns s with more orders, such as those imported from a tree's
// comments. Classes are made canonical.
func (s *Set) WithOrders(orders []Order) *Set {
	all := slices.Clone(s.graph.all)
	for _, o := range orders {
		o.Before, o.After = s.canonicalClass(o.Before), s.canonicalClass(o.After)
		if !o.Before.IsZero() && !o.After.IsZero() && o.Before != o.After {
			all = append(all, o)
		}
	}
	t := *s
	t.graph = newOrderGraph(all, s.member)
	return &t
}

// canonicalClass renames c as the aliases say, keeping its qualifier.
func (s *Set) canonicalClass(c Class) Class {
	canon, ok := s.alias[c.Name()]
	if !ok {
		return c
	}
	n, err := ParseClass(canon)
	if err != nil {
		return c
	}
	if c.Qual() != "" {
		n = n.WithQual(c.Qual())
	}
	if c.Sub() != 0 {
		n = n.WithSub(c.Sub())
	}
	return n
}

// matchPath matches a slash-separated path: * stops at a slash, ** does not.
func matchPath(glob, path string) bool { return match(glob, path, '/') }

// matchName matches a function name.
func matchName(glob, name string) bool { return match(glob, name, 0) }

// match is linear but for the stars, of which it backtracks to the last of
// each sort.
func match(glob, s string, sep byte) bool {
	type mark struct{ g, s int }
	star, deep := mark{-1, 0}, mark{-1, 0}
	g, i := 0, 0
	for i < len(s) || g < len(glob) {
		switch {
		case strings.HasPrefix(glob[g:], "**"):
			g += 2
			deep, star = mark{g, i}, mark{-1, 0}
			continue
		case g < len(glob) && glob[g] == '*':
			g++
			star = mark{g, i}
			continue
		case g < len(glob) && i < len(s) && (glob[g] == s[i] || glob[g] == '?' && s[i] != sep):
			g++
			i++
			continue
		}
		switch {
		case star.g >= 0 && star.s < len(s) && (sep == 0 || s[star.s] != sep):
			star.s++
			g, i = star.g, star.s
		case deep.g >= 0 && deep.s < len(s):
			deep.s++
			g, i, star = deep.g, deep.s, mark{-1, 0}
		default:
			return false
		}
	}
	return true
}
