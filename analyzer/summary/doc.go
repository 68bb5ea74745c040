// Package summary says what a caller may know of a function: what it takes,
// releases and requires, in which ways it can return, and which pairs of
// locks it makes by itself. It is the only fixed point of the analysis.
//
// # Execution
//
// Of runs one function abstractly. A state (type state) is a held set, the
// contents of memory cells as far as they are known, and facts about values.
// After ESP (Das, Lerner, Seigle, PLDI 2002), states that meet at a block
// stay apart while their held sets differ and are merged otherwise: contents
// that differ become a Phi, facts are weakened until they hold for both. So
//
//	if (x) lock(l); ... if (x) unlock(l);
//
// is followed with x known on either path, and a function of a hundred
// branches that lock nothing has one state throughout. What the merged paths
// knew for themselves is kept as a choice: one of a few cases, each a handful
// of facts, of which later conditions rule cases out. What no later block reads
// is dropped at the entry of a block. Paths that go on with other flags than the
// caller's (flags |= F, where branches ask for flags) stay apart as well. In a loop, facts about memory from
// before the round do not decide the branches that steer the loop: what it
// waits for may have changed. A parameter through which memory
// was read is not null, whatever is asked of it later.
//
// Values are interned expressions over parameters, globals and the results of
// calls (package ir): two locks are the same instance where their values are
// the same. A value that a loop makes anew is another one in each round.
//
// A lock that is released, or asserted, and not held must be the caller's: the
// function is run again with the lock held on entry, on the conditions that all
// places that want it have in common, unless it turns out that the function, or
// what it calls, takes that lock.
//
// # Summaries
//
// States at the returns are grouped by what they leave held and what they have
// released: each group is an Outcome, with what it returns and the condition on the
// parameters under which it is reached: facts, and choices between them. Ways that
// return a negative value, an error as a rule, are outcomes of their own. So are
// those that differ in the constant that they leave where a parameter points to
// (*locked = 0), where locks are taken or released. A caller goes on with one state
// for each outcome that its own facts allow. What is returned may be a record (a
// guard of cleanup.h, which knows its lock): its members are cells like others, of
// the App named Record. The subclass that a wrapper takes a lock with may be an
// expression over its parameters (LockRef.Sub), which callers know better.
//
// An Event is an acquisition by the function or by its callees, with the next
// hop toward it rather than the whole path; a caller pairs it with what it
// holds, less what was dropped on the way, if the event's conditions can be.
// A call through a parameter is an event too, and is resolved by the caller
// that knows the function. A call through an ops table reaches the functions
// that the table's initialisers name, as the pass before summarised them; of what they
// leave behind, only the locks count that all of them release.
//
// Semantics of the lock operations follow the kernel's
// Documentation/locking/lockdep-design.rst and lib/locking-selftest.c: a
// trylock joins the held set and makes no incoming edge (lockdep's
// validate_chain); readers of a rw_semaphore stop behind a waiting writer;
// rcu_read_lock is stopped by nobody and is not followed at all.
//
// # What stays
//
// A Memo keeps summaries, in memory and on disk, with what their functions have asked
// for. The face of a summary is what the summaries of callers follow from; a function
// is run again only if its own code, or the face of a callee, is another one. An edit
// that moves lines, or adds what callers could not tell, concerns nobody else. What a first
// pass has kept of a function is not looked into before somebody needs more than the face.
//
// What states, calls and records of events are made of is used again, by the next state and by
// the next function (pool): most of it lives for a block.
//
// A run of the checks alone is lean (Options.Lean): once all that call a function by
// name are done, its blocks go, and those of its events that nothing leads to.
//
// # Limits
//
// Memory is taken to change through stores that are seen, but for constants
// that a callee is given a pointer to. Two expressions may name one lock
// (a page and its folio); release then goes by class. What a function releases and
// only itself can name may be its caller's lock: callers know the class (Drops), and
// believe less of what is taken again behind it in the flow of control. A lock that a callee may have
// returned with, where nothing tells whether it did, is not held; what requires it is
// believed less there (Lack.Given). A function that calls what
// was too far away to be read (Options.Cut) is believed about locks that it takes
// and releases itself, not about those of its callees. Bounds on states, steps,
// rounds, depth and variants are constants beside the code that they bound;
// what they cut is counted in Stats.
package summary
