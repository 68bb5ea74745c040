package report

import (
	"strconv"
	"strings"
)

// Protocol is the version of the messages in this package. It changes when a
// field changes its meaning or goes away; a new field does not change it.
const Protocol = "lockorder/1"

// A Handler receives the messages of one scan, in the order that the package
// documentation gives. The values are the handler's to read, not to change. An
// error means that the output could not be written and ends the scan.
type Handler interface {
	Config(*Config) error
	Problem(*Problem) error
	Violation(*Violation) error
	Stats(*Stats) error

	// Close ends the output. It is called once, after the last message.
	Close() error
}

// Config says what was asked of the scan that the messages come from.
type Config struct {
	Protocol string   `json:"protocol"`           // Protocol
	Version  string   `json:"version,omitempty"`  // version of lockorder
	Tree     string   `json:"tree,omitempty"`     // the tree as the user named it; "" is the embedded sample
	Paths    []string `json:"paths,omitempty"`    // what is reported on, relative to Tree; none is all of it
	Arch     string   `json:"arch,omitempty"`     // "x86"
	KConfig  string   `json:"kconfig,omitempty"`  // the configuration file; "" is the built-in one
	RuleSet  string   `json:"rule_set,omitempty"` // "linux", "posix"
	Rules    []string `json:"rules,omitempty"`    // further rules files
	Checks   []string `json:"checks,omitempty"`   // names of the checks that ran
	Whole    bool     `json:"whole,omitempty"`    // the whole tree was loaded
	Series   []string `json:"series,omitempty"`   // titles of the patches that were looked at, in order
}

// Position is a place in a source file.
type Position struct {
	File string `json:"file"`           // relative to the tree, with slashes
	Line int    `json:"line,omitempty"` // from 1; 0 is the file as a whole
	Col  int    `json:"col,omitempty"`  // in bytes, from 1; 0 is not known
}

// String returns the position as compilers print it: file:line:col, without the
// parts that are not known.
func (p Position) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Col > 0 {
			s += ":" + strconv.Itoa(p.Col)
		}
	}
	return s
}

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	if c := strings.Compare(p.File, q.File); c != 0 {
		return c
	}
	if p.Line != q.Line {
		return p.Line - q.Line
	}
	return p.Col - q.Col
}

// A Violation is one fault that a check found. It stands for every path that
// shows the same fault: same check, same classes, same functions.
type Violation struct {
	Check   string   `json:"check"`   // name of the check: "order", "cycle", "recursion", "imbalance", "unheld"
	Pos     Position `json:"pos"`     // the operation that is wrong: for an order, the acquisition of Inner
	Message string   `json:"message"` // "foo_dev.mutex taken under foo_queue.lock": stands alone, lower case, no full stop

	Outer string `json:"outer,omitempty"` // class held, "" if the fault has none
	Inner string `json:"inner"`           // class taken, released or missing

	Function string `json:"function"`       // function that Pos is in
	Root     string `json:"root,omitempty"` // function where the offending path begins

	// Rule is the chain of declarations that is broken: Rule[i].After is
	// Rule[i+1].Before. None: no declaration is concerned, as in a cycle.
	Rule []Declared `json:"rule,omitempty"`

	// Paths are the witnesses, the offender first. An order may have a second
	// path that follows the rule. A cycle has one path for each edge, and
	// Paths[i].Inner is Paths[i+1].Outer.
	Paths []Trace `json:"paths,omitempty"`

	Scenario *Scenario `json:"scenario,omitempty"` // how it comes to a deadlock; nil if it is not shown to

	Help  string   `json:"help,omitempty"`  // one edit that would mend it, with its place
	Notes []string `json:"notes,omitempty"` // what was assumed: "call resolved through ops table T.f"; how often an order is seen

	Confidence Confidence `json:"confidence"`
	Score      int        `json:"score"`             // 0 to 100, ranks within and across confidences
	Reasons    []string   `json:"reasons,omitempty"` // what lowered the score

	Callers int `json:"callers,omitempty"` // further call paths that were folded into this report

	// Key names the fault without places: equal for the same fault in another
	// version of the tree. See MakeKey.
	Key string `json:"key"`

	// Arms are those that the paths lead through and that the configuration leaves
	// out; none for what it has anyway.
	Arms []Arm `json:"arms,omitempty"`

	// What a patch series does to the fault; Change is "" in a scan.
	Change Change    `json:"change,omitempty"`
	Patch  int       `json:"patch,omitempty"` // the patch that adds or fixes it, from 1
	Until  int       `json:"until,omitempty"` // Passing: the patch that fixes it again
	Was    *Position `json:"was,omitempty"`   // Moved: where it was
}

// An Arm is a branch of an #if group that the configuration leaves out. Where the
// text that makes the difference is no arm, it is the place that is left out in
// turn, or the file as a whole.
type Arm struct {
	Pos       Position `json:"pos"`                 // of the directive
	Directive string   `json:"directive,omitempty"` // "#else", "#ifdef CONFIG_X"
	Under     []string `json:"under"`               // the settings that it was looked at with: "CONFIG_NUMA off"
}

// String returns the arm as texts show it.
func (a Arm) String() string {
	s := strings.Join(a.Under, ", ") + ": "
	if a.Directive != "" {
		s += a.Directive + " at "
	}
	return s + Position{File: a.Pos.File, Line: a.Pos.Line}.String()
}

// Change says what a patch series does to a violation.
type Change string

// The changes.
const (
	Added   Change = "added"   // the tree has it with the series, and had it not
	Fixed   Change = "fixed"   // the tree had it; the positions are those of that tree
	Moved   Change = "moved"   // it is in another function or file
	Passing Change = "passing" // a patch adds it and a later one fixes it
	Same    Change = "same"    // it was there and is
)

// Fault reports whether the violation counts against what was checked: all that
// a scan finds, and what a series adds.
func (v *Violation) Fault() bool { return v.Change == "" || v.Change == Added }

// PatchInfo is one patch of a series, with what it does.
type PatchInfo struct {
	Title string   `json:"title"`
	ID    string   `json:"id,omitempty"` // of the mail or the commit
	Files []string `json:"files"`        // that it touches

	Added int `json:"added"` // violations, by this patch alone
	Fixed int `json:"fixed"`
	Moved int `json:"moved"`
}

// A Note is something about a series that is no violation and yet worth a look.
type Note struct {
	Kind    string   `json:"kind"`            // "pair", "required", "held", "declaration", "limit", "input"
	Pos     Position `json:"pos,omitzero"`    // Pos.File "" if no file is concerned
	Message string   `json:"message"`         // stands alone, lower case, no full stop
	Patch   int      `json:"patch,omitempty"` // the patch that it is about, from 1
}

// SeriesStats sum up what a patch series does.
type SeriesStats struct {
	Patches []PatchInfo `json:"patches"`
	Added   int         `json:"added"`
	Fixed   int         `json:"fixed"`
	Moved   int         `json:"moved"`
	Passing int         `json:"passing,omitempty"`
	Same    int         `json:"same"`
	Notes   []Note      `json:"notes,omitempty"`
}

// Confidence says how much of a violation rests on assumptions.
type Confidence string

// The confidences, best first.
const (
	High   Confidence = "high"   // direct calls and resolved classes only
	Medium Confidence = "medium" // a call through a pointer or an assumed fact on the way
	Low    Confidence = "low"    // several; shown on request
)

// Rank returns 3 for High, 2 for Medium, 1 for Low and 0 for anything else.
func (c Confidence) Rank() int {
	switch c {
	case High:
		return 3
	case Medium:
		return 2
	case Low:
		return 1
	}
	return 0
}

// MakeKey returns the Key of a violation: the check, the classes and the
// functions concerned, in the order given, without positions.
func MakeKey(check string, classes, functions []string) string {
	return check + " " + strings.Join(classes, ">") + " " + strings.Join(functions, ">")
}

// Declared is one declaration of an order: Before is taken before After.
type Declared struct {
	Before string   `json:"before"`
	After  string   `json:"after"`
	Pos    Position `json:"pos"`              // where it is declared: in a rules file or in a comment of the tree
	Source string   `json:"source,omitempty"` // what it transcribes: `"Locking:" in drivers/foo/foo.h:30`; "" if Pos is the source
	Note   string   `json:"note,omitempty"`   // the declaration's own remark: "hugetlbfs pages only"
}

// A Trace is a path through the program, from the function that it begins in to
// the operation that it shows, calls included.
type Trace struct {
	Title string `json:"title"`           // "against the rule"; the handler numbers it
	Outer string `json:"outer,omitempty"` // class that is held on the path ...
	Inner string `json:"inner,omitempty"` // ... when this class is taken
	Steps []Step `json:"steps"`           // in program order
	Arms  []Arm  `json:"arms,omitempty"`  // of a path that is asked for alone: as in Violation
}

// A Step is one operation on a path.
type Step struct {
	Pos      Position `json:"pos"`
	Function string   `json:"function"`         // function that the operation stands in
	Verb     Verb     `json:"verb"`             // what the function does
	Target   string   `json:"target,omitempty"` // class, or the called function
	Mode     Mode     `json:"mode,omitempty"`   // of an acquisition
	Via      string   `json:"via,omitempty"`    // of a call that is not direct: "ops table T.f", "callback T.f"
	Held     []string `json:"held,omitempty"`   // classes held once the step is done, in order of acquisition

	// The source line, for the steps that are quoted.
	Quote  bool   `json:"quote,omitempty"`
	Source string `json:"source,omitempty"` // text of the line, tabs included, no newline
	Caret  [2]int `json:"caret,omitzero"`   // bytes [from,to) of Source to underline; {0,0} is the whole line
}

// Verb says what a step does. The text reads "Function Verb Target".
type Verb string

// The verbs.
const (
	Takes    Verb = "takes"         // acquires the class Target
	Releases Verb = "releases"      // releases the class Target
	Requires Verb = "requires"      // is entered with the class Target held, by its contract
	Asserts  Verb = "asserts"       // states that the class Target is held
	Waits    Verb = "waits for"     // waits for the work Target, which takes locks
	Calls    Verb = "calls"         // calls the function Target
	Returns  Verb = "returns"       // leaves the function; no Target
	Enters   Verb = "enters"        // is entered; no Target
	Drops    Verb = "downgrades"    // turns an exclusive hold of Target into a shared one
	Assumes  Verb = "assumes"       // takes the branch on which Target holds: a condition, not a class
	Passes   Verb = "goes back to"  // follows a loop back to its head
	Tries    Verb = "tries to take" // acquires the class Target if it is free
	Owes     Verb = "has to end"    // from here on, who waits for the work Target waits for the function
)

// Mode says how a lock is held. The zero Mode is exclusive.
type Mode string

// The modes.
const (
	Exclusive Mode = ""
	Shared    Mode = "shared"    // other readers may hold it too; a waiting writer holds them up
	Recursive Mode = "recursive" // shared, and a waiting writer does not hold a reader up
)

// A Scenario is an interleaving on which the CPUs wait for each other for ever.
type Scenario struct {
	CPUs   []string `json:"cpus"`   // the function that each CPU runs: one, or two
	Events []Event  `json:"events"` // in time order

	// Chain, in a cycle of more than two classes, is the part of it that the two
	// CPUs do not show: each class is held by someone who waits for the next.
	// The first is what CPU 0 waits for, the last is what CPU 1 holds.
	Chain []string `json:"chain,omitempty"`
}

// An Event is one acquisition in a Scenario.
type Event struct {
	CPU   int    `json:"cpu"` // index into CPUs
	Lock  string `json:"lock"`
	Mode  Mode   `json:"mode,omitempty"`
	Waits bool   `json:"waits,omitempty"` // never gets it
}

// A Problem is trouble with the input: a file that cannot be read, a function
// that cannot be parsed whole. The scan goes on without the part concerned.
type Problem struct {
	Kind     string   `json:"kind"`               // "read", "parse", "rules", "limit"
	Pos      Position `json:"pos"`                // Pos.File "" if no file is concerned
	Message  string   `json:"message"`            // what is wrong, and what to do if something can be done
	Function string   `json:"function,omitempty"` // function concerned

	// Warning marks a known gap that the scan is made to live with, such as a
	// function that is used in part. A problem that is no warning makes the exit
	// status say trouble.
	Warning bool `json:"warning,omitempty"`
}

// Stats says how much a scan looked at and what stayed unknown to it.
type Stats struct {
	Counts // of everything that was loaded

	Reported   Counts   `json:"reported"`             // of the paths that are reported on
	Dirs       []Counts `json:"dirs,omitempty"`       // a row a directory, sorted by name; for --stats
	Classes    int      `json:"classes"`              // lock classes that are taken somewhere
	Pairs      int      `json:"pairs"`                // ordered pairs of classes
	Declared   int      `json:"declared"`             // declared orders in force
	Unmapped   int      `json:"unmapped,omitempty"`   // names in the tree's declarations that no class answers to
	Undefined  int      `json:"undefined,omitempty"`  // called functions whose body is not in what was loaded
	LeftOut    int      `json:"left_out,omitempty"`   // files on the paths that the configuration does not build, not reported on
	StatesCut  int      `json:"states_cut,omitempty"` // blocks where the bound on path states cut
	EventsCut  int      `json:"events_cut,omitempty"` // acquisitions too many calls away, or too many conditions apart, to be followed
	Hidden     int      `json:"hidden,omitempty"`     // violations below the confidence that is shown
	Excepted   int      `json:"excepted,omitempty"`   // violations that a rules file excepts
	Violations int      `json:"violations"`           // violations sent
	Known      int      `json:"known,omitempty"`      // violations that a baseline has, not sent
	Gone       []string `json:"gone,omitempty"`       // keys in the baseline that match nothing any more

	Series *SeriesStats `json:"series,omitempty"` // of a patch series
	Arms   *ArmStats    `json:"arms,omitempty"`   // where all #if arms are looked at

	Timings []Timing `json:"timings,omitempty"` // only where asked for: they are not deterministic
}

// Counts are figures of a set of source files.
type Counts struct {
	Dir              string `json:"dir,omitempty"` // the directory, in a row of Stats.Dirs
	Files            int    `json:"files"`
	Functions        int    `json:"functions"`                   // defined in the files
	Parsed           int    `json:"parsed"`                      // of them, without an error
	LockOps          int    `json:"lock_ops"`                    // lock operations in active code
	Resolved         int    `json:"resolved"`                    // of them, those whose class is known
	Inactive         int    `json:"inactive_lock_ops,omitempty"` // lock operations in inactive #if branches, not in LockOps
	IndirectCalls    int    `json:"indirect_calls"`              // calls through a pointer
	IndirectResolved int    `json:"indirect_resolved"`           // of them, those with a known target
	Bytes            int64  `json:"bytes,omitempty"`             // of source
	Lines            int    `json:"lines,omitempty"`             // of source
}

// Add adds the figures of d to those of c; c.Dir stays.
func (c *Counts) Add(d Counts) {
	c.Files += d.Files
	c.Functions += d.Functions
	c.Parsed += d.Parsed
	c.LockOps += d.LockOps
	c.Resolved += d.Resolved
	c.Inactive += d.Inactive
	c.IndirectCalls += d.IndirectCalls
	c.IndirectResolved += d.IndirectResolved
	c.Bytes += d.Bytes
	c.Lines += d.Lines
}

// ArmStats say what was looked at of the #if arms that the configuration leaves out and
// that hold calls, in the files that are reported on.
type ArmStats struct {
	Arms      int `json:"arms"`
	Lowered   int `json:"lowered"`             // of them, those that were looked at
	Never     int `json:"never,omitempty"`     // those that no configuration has, such as #if 0
	Unfound   int `json:"unfound,omitempty"`   // those for which no settings were found
	Cut       int `json:"cut,omitempty"`       // those of a file that has too many sets of settings
	Files     int `json:"files,omitempty"`     // files that are not built and were looked at
	Rounds    int `json:"rounds"`              // states of the tree that were looked at for them
	Unread    int `json:"unread,omitempty"`    // files whose directives do not read the same twice
	Failed    int `json:"failed,omitempty"`    // functions of theirs that parse in part
	LockOps   int `json:"lock_ops"`            // lock operations in them that became known
	Elsewhere int `json:"elsewhere,omitempty"` // violations that came up for no arm on their paths, not sent
}

// A Timing is the duration of one stage of a scan.
type Timing struct {
	Stage        string `json:"stage"`
	Milliseconds int64  `json:"ms"`
}

// A Pair says that a class is taken while another is held: one edge of the
// lock-order graph, at one place.
type Pair struct {
	Tree     string `json:"tree,omitempty"` // label of the tree, as the user gave it
	File     string `json:"file"`
	Line     int    `json:"line"`     // of the acquisition of Inner, or of the call that leads to it
	Function string `json:"function"` // function that Line is in
	Outer    string `json:"outer"`
	Inner    string `json:"inner"`
	Via      string `json:"via"`     // "direct", or the callees on the way: "f>g"
	Verdict  string `json:"verdict"` // "ok", "ok-trylock", "ok-undeclared", "violation", ...
	Note     string `json:"note,omitempty"`
	Arms     []Arm  `json:"arms,omitempty"` // as in Violation
	Holder   string `json:"-"`              // function that holds Outer, where it is another one

	Confidence Confidence `json:"-"` // of one edge of the graph, as a report would have it
}
