// Package lock wraps the locks of package sync so that every acquisition names
// its task.
//
// A Mutex or RWMutex belongs to a Class, the set of lock instances that obey
// one rule. A Task stands for a kernel task: it is passed to every operation
// and carries the list of locks that it holds, its held set.
//
// Built as usual, the wrappers are the plain locks: a Class is not stored, a
// Task holds no list and an assertion is empty. Built with the tag lockcheck,
// each acquisition is checked, before it can block, against
//
//   - the order that the Checker was given, outermost class first: a class may
//     be taken only inside classes before it. A try lock cannot block, so it
//     may be taken anywhere;
//   - nesting: a second lock of one class is taken with LockNested and a
//     subclass greater than that of the first, as with mutex_lock_nested;
//   - recursion: a lock is not taken twice by one task, in whatever modes. A
//     sync.RWMutex, as a rw_semaphore, makes readers queue behind a waiting
//     writer, so a recursive reader can wait for itself;
//   - the graph of "taken while held", over all tasks of the Checker, which
//     must have no cycle even among classes without a declared order. Edges to
//     a lock that was tried for are not in it, as in lockdep.
//
// and each release against the held set: an unlock of a lock that the task
// does not hold, or holds in another mode, panics.
package lock
