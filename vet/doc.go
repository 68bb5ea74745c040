// Package vet is the Go front end: it lowers functions in the form of go/ssa to
// the ir, and hands them to the engine that also serves C. There is no second
// analysis here; what is a fault, and how sure a report is, is for packages
// summary and check.
//
// # Flow
//
//	go/packages -> go/ssa -> lower -> callgraph -> summary -> check -> report
//
// [Run] is the stand-alone program: it loads the named packages with all that
// they import, lowers all but the standard library, and reports on the named
// packages. What the standard library does to locks is in rules/go: sync's
// methods are primitives, and functions that call their arguments have a row.
//
// [Analyzer] is the same for one package at a time, for go vet: what other
// packages do comes from a fact about each import, which holds portable
// summaries (package summary) and the pairs of all that the import has seen
// itself. A cycle whose sides are in two packages is reported by the first
// package that imports both. An interface is resolved among the types of the
// package and of its direct imports.
//
// # Lowering
//
// An ssa register becomes an expression where it is one (an address, an
// operator), and a cell of the function where it was read at a moment or comes
// from several blocks (a load, a phi). A struct or an array stands for its
// address, so that a method has one form for a value and for a pointer. Results
// beyond the one that tells how a call went (an error or a bool that comes
// last) are left in cells that the caller gives, as C does it.
//
// A closure takes the variables that it captures as its first parameters; the
// value of a closure carries them (ir.Bind): a variable that nobody changes any
// more by its value, the others by their addresses. A deferred call is made at each
// way out that its statement can reach, on a flag where a path may miss the
// statement. A goroutine begins with nothing held; a lock that it releases and does
// not take has been handed to it where it is started. A panic is no way out, and
// the block that recovers is not followed.
//
// A call by an interface reaches the methods of all types of the program that
// implement it; a call of a stored function reaches what is assigned to the
// field or the variable; a parameter that is called is resolved by the callers.
//
// # Waiting
//
// Who calls Wait of a WaitGroup waits for the locks that stand between its
// goroutines and their end. The group is like a lock that a function has from its
// start until it calls Done, deferred or not; from its Add, if it calls that, too;
// and that a function which Go starts has until it returns. A goroutine has it also
// where a deferred method of the same type, or a closure that it calls, ends it. Of
// a function with a name that nobody starts, only a call that it defers first counts:
// others end what could not be started. Wait
// takes that lock and does not keep it: with a lock that is held there, and that a
// goroutine takes before it is done, that is a cycle. No caller gives or gets such a
// lock. Its class is the field or the variable, of each function its own.
//
// # Names
//
// The class of a lock is the import path of its package, the type and the
// field, or the variable: of the generic origin, without type arguments. A type
// that only wraps a lock, because it can be locked itself and holds little
// else, lends its name to nobody: its locks are named by where they stand, so
// that a project's own Mutex is not one class for everything. Reports leave the
// path away where one package has that name.
//
// # Declarations
//
// Orders come from the file lockorder.rules in the root of the module, from
// further files, and from comments: //lockorder:order, class, leaf, except and,
// at a function, requires. gVisor's +checklocks annotations of functions are
// required locks as well. See package rules for the language; names in a comment
// are those of its package.
//
// # Limits
//
// Two paths to one lock are the same instance only if they are spelled alike. What
// RLocker returns locks for reading where it is called; once stored, as the lock itself.
// That a goroutine ends what others wait for is not seen where its call of Done
// stands behind more than two calls, in a function value, in a type made for
// waiting, or works on a parameter that not all callers give alike. Channels and
// errgroups are not waited for. What the standard library calls by reflection, and functions kept in slices
// or maps, are not followed. Locks that are made of channels or of atomic
// operations are not seen.
package vet
