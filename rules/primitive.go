package rules

import "go/token"

// A Primitive is one function or macro that operates on a lock (or on the
// context: interrupts, sleeping). The analyzer treats a call of it as the
// operation and never looks into its body.
type Primitive struct {
	Name     string    // function or macro
	Effect   Effect    // what a call does
	Arg      int       // argument that is (a pointer to) the lock (Assume: the condition); ArgResult, ArgNone
	Member   string    // not "": the lock is this pseudo-member of the argument's object
	Class    string    // fixed class, or the class of the Member locks; else ""
	Mode     Mode      // how it is held
	Try      bool      // cannot block: joins the held set, makes no incoming edge
	Success  Success   // the return value that says that the effect took place
	IRQ      IRQEffect // what becomes of interrupts and bottom halves
	Subclass int       // argument index of the lockdep subclass, or -1
	Nest     int       // argument index of the lock under which the class may nest, or -1
	Func     int       // Calls: argument that is the function
	Sleeps   bool      // may sleep, as opposed to spin
	Kind     string    // "mutex", "spinlock"...
	FlagsArg int       // argument that holds the flags of With; of no meaning without them
	With     string    // constants of the tree, joined by &: without one of them in the flags, a call does nothing
	Unless   string    // classes, joined by &: while one of them is held, a call does nothing
	Map      bool      // what is held is only told to lockdep: it neither sleeps nor spins
	Scope    bool      // what is held is a state of the task and no lock: it has no order
	TryArg   int       // argument that makes it a try where it is not zero, or 0
	Minus    int       // Put: argument that makes it one where it is a constant below zero, or 0
	Naming   Naming    // Init, SetKey: how lockdep names the class
	Pos      token.Position
}

// Values of Primitive.Arg that are no argument index.
const (
	ArgResult = -1 // the return value is the lock
	ArgNone   = -2 // no argument: Class is fixed, or there is no lock at all
)

// Mode says how a lock is held.
type Mode uint8

const (
	Exclusive Mode = iota
	Shared
	// RecursiveShared: a reader that a waiting writer does not stop (rcu,
	// rwlock_t readers in interrupt). Lockdep's recursive read.
	RecursiveShared
)

// A Naming says which name a primitive gives the lock's class for lockdep. The
// zero Naming is the lock argument as spelled.
type Naming struct {
	By  NameSource
	Arg int    // of BySpelling and ByString
	As  string // "" or a text in which * stands for the spelling
}

// NameSource says what names a class.
type NameSource uint8

const (
	ByLock     NameSource = iota // the lock argument as spelled
	BySpelling                   // another argument as spelled
	ByString                     // the string in an argument
)

// Effect says what a call of a Primitive does.
type Effect uint8

const (
	_ Effect = iota
	Acquire
	Release
	Retake        // releases the lock, waits, and takes it again (cond_resched_lock, pthread_cond_wait)
	Downgrade     // exclusive to shared, without letting go
	AssertHeld    // the caller claims to hold it: a required lock
	AssertNotHeld // the caller claims not to hold it
	TestHeld      // the result tells whether somebody holds it: the lock is held where it is true
	MayLock       // may take it: an order edge without a lock (might_lock)
	Sleep         // may sleep (might_sleep)
	WaitFor       // waits for other code, which takes locks (flush_work, kthread_stop)
	Init          // initialises the lock (mutex_init): names the class's home
	SetKey        // gives the lock a class of its own (lockdep_set_class)
	Context       // no lock: only the IRQ effect (local_irq_disable)
	Neutral       // does nothing to locks: the body must not be looked into
	Assume        // claims that the condition in argument Arg is as Success says (BUG_ON: Zero)
	Calls         // calls its argument Func before it returns, with the lock held if Arg names one
	Stop          // does not return
	Begin         // says that something will be done that others may await
	Done          // says that it is done: what was locked since its begin stood between
	Await         // blocks until all is done that has begun: an order edge without a lock
	Spawn         // starts its argument Func as code of its own, which is done when it returns
	Put           // drops a reference, the last one where Success says so
)

// Duty reports whether what p holds is no lock, but something that others await.
func (p *Primitive) Duty() bool {
	return p != nil && (p.Effect == Begin || p.Effect == Done || p.Effect == Spawn)
}

// Success says for which return value the effect of a Primitive took place.
type Success uint8

const (
	Always Success = iota
	NonZero
	Zero
	NonNull
	Negative
	NonNegative
	NotErr      // not an ERR_PTR, not NULL
	NonPositive // of a condition that is a value: at most zero
)

// IRQEffect is what a Primitive does to interrupts or bottom halves.
type IRQEffect uint8

const (
	IRQNone IRQEffect = iota
	IRQOff
	IRQOn
	IRQSave
	IRQRestore
	BHOff
	BHOn
	PreemptOff
	PreemptOn
)

var (
	modeWords    = [...]string{"exclusive", "shared", "recursive"}
	effectWords  = [...]string{"", "acquire", "release", "retake", "downgrade", "held", "unheld", "test", "might", "sleep", "wait", "init", "key", "context", "neutral", "assume", "calls", "stop", "begin", "done", "await", "spawn", "put"}
	successWords = [...]string{"always", "nonzero", "zero", "nonnull", "negative", "nonnegative", "noterr", "nonpositive"}
	irqWords     = [...]string{"", "irqoff", "irqon", "irqsave", "irqrestore", "bhoff", "bhon", "preemptoff", "preempton"}
)

func (m Mode) String() string      { return word(modeWords[:], int(m)) }
func (e Effect) String() string    { return word(effectWords[:], int(e)) }
func (s Success) String() string   { return word(successWords[:], int(s)) }
func (i IRQEffect) String() string { return word(irqWords[:], int(i)) }

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "?"
}

// wordIndex is the inverse of word, or -1.
func wordIndex(words []string, w string) int {
	for i, s := range words {
		if s == w && s != "" {
			return i
		}
	}
	return -1
}
