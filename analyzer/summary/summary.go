package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Summary is all that a caller may know of a function. Values in it are
// expressions over the function's parameters, globals and Ret.
type Summary struct {
	Func *ir.Func

	// Outcomes are the ways in which the function can return that differ in
	// what is held afterwards. Empty: it has not been seen to return.
	Outcomes []Outcome
	// NoReturn: it was executed in full, and does not return.
	NoReturn bool
	// Events are what the function, or what it calls, acquires, whatever is
	// held; ordered by class, then depth.
	Events []*Event
	// Requires are the locks that the function's contract says are held.
	Requires []*Requirement
	// RetExpr is the value returned where it is one expression over the
	// parameters, else nil.
	RetExpr *ir.Expr
	// RetClasses are the lock classes that a returned pointer may point to.
	RetClasses []rules.Class
	// Pure: the result depends on the arguments alone and nothing is locked.
	Pure bool
	// Drops are the classes of locks that the function may release and that it cannot
	// name: they may be its caller's.
	Drops []rules.Class
	// Sets are the parameters, a bit each, that point to cells which may hold another
	// value on return.
	Sets uint64
	// Asserts: all that the function does is to require locks of its caller.
	Asserts bool

	// The rest is for the checks and is not applied at calls.

	Pairs    []*Pair
	Exits    []Exit
	Unpaired []Unpaired
	Doubts   map[ir.Pos]string // why a report on the acquisition or release there rests on little
	Lacks    []*Lack
	Contexts []Context
	Met      []*Requirement // requirements of callees that fn meets at some call
	Stats    Stats

	partial bool // what is for the checks has been left out

	face  cache.Hash      // of what callers read; set by a Memo
	helds []*Held         // those that callers may refer to, by Held.num; the same
	later func() *Summary // of one that nobody has looked into: what it is. See read.
}

// read returns what s stands for: a Memo keeps of some no more than the face.
func (s *Summary) read() *Summary {
	if s == nil || s.later == nil {
		return s
	}
	return s.later()
}

// An Outcome is one way to return.
type Outcome struct {
	Guard    []Fact   // what the parameters must satisfy for this outcome; empty: nothing is known
	choices  []choice // the same, of which one case or another holds
	Ret      Fact     // what is known of the value returned; Val is nil
	RetVal   *ir.Expr // the value returned, where it is one expression over the parameters
	Acquired []*Held  // locks held in addition, in order of acquisition
	Released []LockRef
	Stores   []StoreEffect // cells reachable from the parameters that hold a known value
}

// trivial reports whether applying o changes nothing.
func (o *Outcome) trivial() bool {
	return len(o.Acquired) == 0 && len(o.Released) == 0 && len(o.Stores) == 0
}

// A StoreEffect says that the cell at Addr holds Val on return. A nil Val
// stands for a value that the caller cannot express.
type StoreEffect struct{ Addr, Val *ir.Expr }

// A LockRef names a lock: by value where it can be expressed, and by class.
type LockRef struct {
	Val     *ir.Expr
	Classes []rules.Class
	Sub     *ir.Expr // the subclass, where callers know it: over the parameters; else nil
	// Loose: what is released is a lock of the class, perhaps of another object.
	Loose bool
	// Shared: what is released is held by a reader, as far as the release tells.
	Shared bool
	// By is what releases it, in an outcome of a function that only wraps a
	// lock (ir.Func.Wraps): the mode counts.
	By *rules.Primitive
}

// Held is one lock in a held set.
type Held struct {
	LockRef
	Mode  rules.Mode
	Try   bool // taken without blocking
	Entry bool // held by the caller, because the function releases it or requires it
	Prim  *rules.Primitive
	Func  *ir.Func // where Pos is
	Pos   ir.Pos   // the acquisition, or the call that returned with it held
	From  *Held    // the entry of the callee's outcome that this came from, nil if direct
	Qual  string   // qualifier known when taken, "!" before one known not to hold; "": unknown

	num int32 // see Memo
}

// Nameless reports whether a callee has returned with the lock of an object that the
// function which holds it cannot name, nor release: it was left to others.
func (h *Held) Nameless() bool {
	return h.From != nil && h.Val != nil && h.Val.Op == ir.Out && h.Val.X == nil
}

// An Event is an acquisition (or a wait) by a function or its callees.
type Event struct {
	LockRef
	Kind     EventKind
	Mode     rules.Mode
	Try      bool
	Prim     *rules.Primitive
	Func     *ir.Func
	Pos      ir.Pos // of the acquisition or of the call toward it
	Qual     string
	Next     *Event    // the same event in the callee, nil if direct
	Depth    int       // calls on the way
	Indirect int       // of those, calls through pointers
	Puts     int       // functions on the way that go there only where they have dropped the last reference
	Via      string    // how the call at Pos was resolved: "" direct, else "ops table T.f", "callback"
	Dropped  []LockRef // locks of the caller that are not held any more when it happens
	Guard    []Fact
	// Ptr is set for a call that only a caller can resolve: the pointer,
	// over the parameters. Args are its arguments.
	Ptr  *ir.Expr
	Args []*ir.Expr
	// Handed: the function gives the lock's object to code that is not known,
	// which may release the lock.
	Handed bool
	// Again: a lock of this class has been released before, it cannot be said of
	// which object: it may be that which is taken.
	Again bool
	// Under is what the function and those between it and the call hold
	// there themselves.
	Under []*Held

	local *ir.Expr // the lock, where only the function can name it
	num   int32    // see Memo
}

// EventKind says what an Event is.
type EventKind uint8

const (
	Acquire  EventKind = iota
	Wait               // waits for code that takes locks
	Callback           // calls Ptr
)

// Leaf follows the event to the function that does it.
func (e *Event) Leaf() *Event {
	for e.Next != nil {
		e = e.Next
	}
	return e
}

// A Requirement is a lock that must be held on entry.
type Requirement struct {
	LockRef
	Mode  rules.Mode // Exclusive: must be held so; Shared: any mode
	Prim  *rules.Primitive
	Func  *ir.Func
	Pos   ir.Pos
	Guard []Fact
	Next  *Requirement // the callee's requirement that this stems from
	Depth int
	// Maybe: it holds on conditions that were lost on the way up.
	Maybe bool
	num   int32 // among those of its function
}

// Own returns the one of s that q is: what a caller has met or lacks may be the requirement of
// a version of the function that came before, and says the same.
func (s *Summary) Own(q *Requirement) *Requirement {
	if slices.Contains(s.Requires, q) || int(q.num) >= len(s.Requires) {
		return q
	}
	return s.Requires[q.num]
}

// A Pair is "Inner taken while Outer is held", as seen from the function
// that holds Outer.
type Pair struct {
	Func         *ir.Func
	Outer        *Held
	Inner        *Event
	OuterClass   rules.Class
	InnerClass   rules.Class
	SameInstance bool
	Gates        []rules.Class // other locks held exclusively over both
	Count        int           // paths folded into this one
	Infeasible   bool          // a guard of Inner is false at every such call
	Loop         bool          // Outer was taken in an earlier round of a loop
	Fresh        bool          // one of them is of an object that Func has made itself
}

// An Exit is a return with what is held there beyond, or missing from, the
// entry state.
type Exit struct {
	Pos      ir.Pos
	Acquired []*Held
	Released []LockRef
	Ret      Fact
	Guard    []Fact // what the parameters satisfy on the way there
	Value    bool   // a value is returned
	// Varies are the acquisitions in loops that take the lock of another
	// object in each round.
	Varies []ir.Pos
	Cells  []StoreEffect // cells that callers can see which hold a constant
}

// Unpaired is a release of a lock that is not held on that path, while
// another path of the function acquires it; or that is held in another mode.
type Unpaired struct {
	LockRef
	Pos  ir.Pos
	Held *Held // in the wrong mode; nil: not held
}

// A Lack is a call whose callee requires a lock that is not held there.
type Lack struct {
	Func *ir.Func
	Pos  ir.Pos
	Req  *Requirement // the callee's
	LockRef
	// Under: locks that the function takes are held at the call.
	Under bool
	// Maybe: it cannot be told whether the requirement holds here.
	Maybe bool
	// Given: a callee of Func may have returned with it, and nothing tells.
	Given bool
	Held  *Held // what is held in its place: the lock in a weaker mode, or one of another object; nil: nothing
}

// A Context is what is held at a call, for the functions below it.
type Context struct {
	Callee  string
	Pos     ir.Pos
	Held    []*Held
	Dropped []LockRef
	Via     string
}

// Stats counts what the analysis saw and where its bounds cut.
type Stats struct {
	LockOps, Resolved, ByCaller, Unresolved int
	Calls, UnknownCalls                     int
	IndirectCalls, IndirectResolved         int
	StatesCut, EventsCut, StepsCut          int
}

func (s *Stats) add(t Stats) {
	s.LockOps += t.LockOps
	s.Resolved += t.Resolved
	s.ByCaller += t.ByCaller
	s.Unresolved += t.Unresolved
	s.Calls += t.Calls
	s.UnknownCalls += t.UnknownCalls
	s.IndirectCalls += t.IndirectCalls
	s.IndirectResolved += t.IndirectResolved
	s.StatesCut += t.StatesCut
	s.EventsCut += t.EventsCut
	s.StepsCut += t.StepsCut
}
