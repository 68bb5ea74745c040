// Package lockdep holds what the kernel's own lock validator recorded at run
// time against the lock-order graph of the source.
//
// # What is read
//
// /proc/lockdep lists the lock classes that a kernel has met, each with the
// classes that were taken directly after it while it was held. A dependency is
// direct if nothing that blocks lies between the two. /proc/lockdep_chains
// lists the stacks of held classes as they occurred; /proc/lockdep_stats has
// lockdep's own figures, against which the lists are checked. A kernel log
// holds lockdep's reports, here called splats. The forms are those of
// kernel/locking/lockdep_proc.c and kernel/locking/lockdep.c, from 5.10 to
// 6.12. Which of them a file is shows in its text (read.go, splat.go).
//
// # Names
//
// A class goes by the text that its initialiser was given: mutex_init(&x->lock)
// names it "&x->lock", with #2 behind it for the second initialiser of that
// text, and /1 for a subclass. Which lock that is, only the tree can tell. In
// three steps (names.go, typed.go):
//
// First, the text of the tree is searched for calls that name a lock: the "init"
// and "key" rows of package rules say which argument is the name. Arguments are
// spelled as the preprocessor spells them. A name that depends on the parameters
// of a macro makes the macro one of the calls to look for, with the name as a
// template.
//
// Second, each call whose name the record has is typed: its function is lowered,
// and the lock's address gives the class as everywhere in the analysis. Where
// the lock is a parameter's (xa_init), the function's callers tell.
//
// Third, names of variables and of their members are looked up as such, and
// names within static initialisers by the member that they stand at.
//
// What the tree does not tell is a "lockdep" statement of the rules: a name that
// is put together at run time, or one that is no lock of the analysis, such as a
// sequence count or the spinlock inside of a semaphore.
//
// With a kernel configuration, only files that it compiles are searched
// (built.go). A name that several locks have still means all of them; the
// version does not tell which, since it counts in the order of the boot.
//
// # Comparison
//
// An observed dependency is found if the graph has a pair of the classes that
// its names may mean, that blocks and whose conditions do not contradict each
// other. The share of those found is taken among dependencies between locks that
// are initialised in the scope: a figure of recall. In the other direction, the
// pairs of the graph whose two classes the kernel met, though never in that
// order, are what its tests have not exercised.
//
// # Limits
//
// Lockdep knows a class for each initialiser and key, the source one for each
// member: dependencies that differ in the file system alone are compared with
// the same pair. Lock maps without a lock count as locks where the rules
// acquire them.
package lockdep
