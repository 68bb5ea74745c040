// Package rules says what locks are and how they must nest.
//
// It holds the rules language, the primitives of each system as data
// (linux/*.lockorder, posix/*.lockorder, go/*.lockorder), the closure of the
// declared orders, and the import of the orders that a tree's own comments
// declare. It knows no program: it is told names, and answers with rows.
//
// # Terms
//
// A [Class] is the set of lock instances that obey one rule. Its natural name
// is struct.field for an embedded lock, the name of the variable for a global
// one, table[] for an array of locks. An alias makes the natural name canonical:
// page.PG_locked is folio.PG_locked, because both are one bit.
//
// A qualifier narrows a class by a fact: folio.PG_locked[hugetlb] is the lock
// of a folio that is known to be hugetlb's, by a predicate that holds on the
// path, or by the place of the code. A class that a qualifier splits has orders
// for the narrow class and for the general one; a class that belongs to a
// qualifier exists only there (hugetlb_fault_mutex_table[]).
//
// An [Order] a < b says that a is taken before b: a is the outer one where both
// are held. A [Primitive] is a function or macro that the analyzer takes for
// what its row says, without looking into it. Wrappers have no rows: what they
// do follows from their bodies.
//
// # The language
//
// A rules file is text, read from top to bottom. A statement is a line, with
// the lines behind it that begin with blank space; # begins a comment. Later
// files extend and override earlier ones. Every fault is reported with its file,
// line and column, and a word that is not known with the nearest one that is.
//
//	file       = { statement }
//
//	statement  = order | deny | primitive | "kind" NAME { "sleeps" | "spins" | "scope" | "map" | MODE }
//	           | "attr" ("requires" | "acquires" | "releases" | "forbids") PATTERN params { attribute }
//	           | "alias" CLASS "=" NAME { "," NAME }
//	           | "container" TAG { "," TAG }
//	           | "type" TAG { "," TAG }
//	           | "nonnil" PATTERN { "," PATTERN }
//	           | "same" PATTERN "(" object ")" { "," PATTERN "(" object ")" }
//	           | "same" TAG "." NAME { "," TAG "." NAME }
//	           | "result" CLASS "=" PATTERN { "," PATTERN }
//	           | "qualifier" QUAL { "," QUAL }
//	           | "qualify" QUAL ("if" | "unless") PATTERN "(" object ")" { "," ... }
//	           | "qualify" QUAL ("in" PATHGLOB | "by" FUNCGLOB) { "," ... }
//	           | "split" QUAL CLASS { "," CLASS }
//	           | "belongs" QUAL CLASS { "," CLASS }
//	           | "nest" CLASS "by" HOW [ because ]
//	           | "leaf" CLASS { "," CLASS } [ because ]
//	           | "require" FUNC "holds" CLASS [ MODE ] [ because ]
//	           | "except" CHECK side [ "<" side ] [ "in" FUNCGLOB ] because
//	           | "differs" anyalts [ "<" anyalts ] "in" ("c" | "go") because
//	           | "written" (CLASS | "nothing") "as" STRING { "," STRING } [ "in" PATHGLOB ] [ "under" QUAL ]
//	           | "var" TAG "=" NAME { "," NAME }
//	           | "global" NAME { "," NAME }
//	           | "shared" PATHGLOB { "," PATHGLOB }
//	           | "handler" TAG "." NAME { "," TAG "." NAME }
//	           | "runs" ("hardirq" | "softirq") target { "," target }
//	           | "lockdep" CLASS "as" STRING { "," STRING }
//	           | "lockdep" "nothing" "as" STRING { "," STRING } because .
//
//	order      = [ "order" ] alts "<" alts { "<" alts } { "in" PATHGLOB | "from" SOURCE | because } .
//	deny       = CLASS "!<" CLASS .
//	alts       = CLASS { "|" CLASS } | "(" CLASS { "|" CLASS } ")" .
//	anyalts    = alts | "*" .
//	side       = CLASS | "*" .
//	target     = PATTERN "(" object ")" | TAG "." NAME .
//	because    = "because" STRING .
//
//	primitive  = effect PATTERN params { attribute } [ "as" STRING ] .
//	effect     = "acquire" | "also" | "try" | "release" | "retake" | "downgrade" | "held" | "unheld" | "test" | "might"
//	           | "sleep" | "wait" | "init" | "key" | "context" | "neutral" | "assume" | "calls" | "stop"
//	           | "begin" | "done" | "await" | "spawn" | "put" .
//	params     = "(" [ param { "," param } ] ")" [ "->" "lock" ] .
//	param      = "lock" | "cond" | "sub" | "nest" | "try" | "flags" | "name" | "key" | "func" | "minus"
//	           | "_" | "..." .
//	attribute  = MODE | SUCCESS | IRQ | "try" | "sleeps" | "spins" | "kind=" NAME
//	           | "with=" NAME | "unless=" CLASS | "class=" CLASS | "member=" CLASS | "arg=" N | "sub=" N | "nest=" N .
//	MODE       = "exclusive" | "shared" | "recursive" .
//	SUCCESS    = "always" | "nonzero" | "zero" | "nonnull" | "negative" | "nonnegative" | "noterr" | "nonpositive" .
//	IRQ        = "irqoff" | "irqon" | "irqsave" | "irqrestore" | "bhoff" | "bhon" | "preemptoff" | "preempton" .
//
// A PATTERN is a name with braces, which stand for each of their alternatives;
// an alternative may carry attributes behind colons. One row gives a primitive
// with all its variants:
//
//	kind spinlock spins
//	acquire spin_lock{,_irq:irqoff,_bh:bhoff,_irqsave:irqsave,_nested:sub=1}(lock)
//	try     spin_trylock{,_bh:bhoff}(lock) nonzero
//	release spin_unlock{,_irq:irqon,_bh:bhon,_irqrestore:irqrestore}(lock)
//
//	kind mutex sleeps
//	acquire mutex_lock{,_nested:sub=1,_killable:zero,_interruptible:zero}(lock)
//
// "kind" names the sort of lock of the rows below it and says whether waiting
// for it sleeps. The parameter called lock is (a pointer to) the lock; with
// member=folio.PG_locked the lock is that member of the object that it points
// to; with class=rcu there is no argument. "try" cannot block, and must say for
// which result the lock is held. "held" with shared is content with any mode.
// A parameter "try" makes a try of a call that gives it a constant that is not
// zero.
//
// "assume" is for macros that claim a condition: BUG_ON(cond) zero; and for functions
// of which all know what they are given: ERR_PTR(cond) nonpositive. "calls" is
// for what calls the function that the parameter func is before it returns, with
// the parameter lock held if there is one; "stop" for what never returns. What
// "nonnil" names never returns nil.
//
// "put" is for what drops a reference: its result says whether that was the last one.
// With a parameter "minus" it is a put where that is a constant below zero. The
// functions that "lasting" names have one answer for their object, whatever else
// becomes of it; so have those that "qualify" an object. Where a function that "table"
// names is true, the operations of that record are those of that variable:
//
//	table address_space_operations shmem_aops if shmem_mapping(x)
//
// "init" and "key" rows tell how lockdep names the class at run time: with
// "name", by the string in that argument; with "key", by the argument as
// spelled; else by the lock argument as spelled, put into the text behind "as"
// in place of its *. Where no call tells the name, a "lockdep" statement does:
//
//	init    INIT_WORK(lock, _) as "(work_completion)*"
//	key     lockdep_set_class_and_name(lock, key, name)
//	lockdep extent_buffer.lock as "btrfs-*"
//	lockdep nothing as "*.seqcount" because "readers retry, and nobody waits"
//
// A "key" row with the parameter sub gives the lock a subclass for all that takes it
// from then on: another one than those of nested acquisitions (OwnSubclass).
//
// What blocks need not be a lock. "also" gives a function an order edge beside
// what its body does; "with" binds the effect to flags, constants of the tree that
// must all be in the argument called flags; "unless" to classes none of which is
// held.
// What a "kind ... scope" acquires is a state of the task and no lock: it has no
// order, and serves "unless" only. A "kind ... map" has an order, and makes nobody
// sleep or spin.
//
//	kind memalloc scope
//	acquire memalloc_nofs_save() class=memalloc_nofs
//	release memalloc_nofs_restore(_) class=memalloc_nofs
//	kind reclaim sleeps
//	also    kmalloc(_, flags) class=fs_reclaim with=__GFP_DIRECT_RECLAIM&__GFP_FS unless=memalloc_nofs
//
// Work that others wait for is like a lock that is held until it is done. What runs
// a "done" has had the lock since the "begin" in the same function, or from its own
// start where there is none; so has what a "spawn" starts, until it returns. An
// "await" waits for that lock and does not keep it.
//
// A "handler" is a member that holds a function which runs under the lock map of
// its record, as the function of a work item does: who waits for the work waits
// for the locks of the function.
//
// A "runs" says which functions interrupt others: the argument of a call, or what
// a member of a record points to. A hardirq comes wherever interrupts are on, a softirq
// where bottom halves are on as well.
//
//	runs hardirq request_irq(_, func), irq_work.func
//	runs softirq tasklet_setup(_, func), timer_list.function
//
// A hierarchy is written in the order of acquisition:
//
//	qualifier hugetlb
//	split     hugetlb folio.PG_locked, address_space.i_mmap_rwsem
//	qualify   hugetlb if PageHuge(x), folio_test_hugetlb(x)
//	qualify   hugetlb in fs/hugetlbfs/*, mm/hugetlb.c
//
//	inode.i_rwsem < mm_struct.mmap_lock < folio.PG_locked
//	    < address_space.i_mmap_rwsem < anon_vma.rwsem
//	    < (mm_struct.page_table_lock | page_table.ptl)    from mm/rmap.c
//	address_space.i_mmap_rwsem[hugetlb] < folio.PG_locked[hugetlb]
//	    because "the table may be shared until i_mmap_rwsem is held"
//	page_table.ptl !< folio.PG_locked
//
//	require huge_pmd_unshare holds address_space.i_mmap_rwsem
//	except  order folio.PG_locked < inode.i_rwsem in foo_* because "the inode is private there"
//	nest    page_table.ptl by address
//
// A type is a record that is a lock: where a comment names a member or a
// variable of such a type, that is a class. The tag of a record without one is
// the name of its typedef.
//
// Under a leaf no lock is taken: all that are none come before it.
//
// "a | b" is one place with two locks, which have no order between them. "in"
// binds an order to a part of the tree. "!<" asserts that nothing declares the
// order, and is checked. An exception without a reason is an error.
//
// A path glob knows * (within a path element), ** (across them) and ?; in a
// function glob * matches anything. Spellings of another language carry its
// name: "alias hinode_rwsem = hugetlbfs_inode_info.hinode_rwsem, go:Inode.hinode"
// declares one class for both. A Go class is the import path of its package, or
// the end of the path, with the type and the field: go:reference.Inode.hinode.
//
// One order may govern two programs, in C and in Go, whose lock-order graphs are
// to be the same ("lockorder pair"). Where they are not, for a reason, a
// "differs" names the pair that only one of them makes by blocking; a class
// alone names all its pairs, * any class. Its classes are meant as they are
// written: x is not x[q] here. A difference that does not occur is a fault, as
// one that is not declared:
//
//	differs folio.PG_locked < hugetlb_lock in c because "the Go program frees pages unlocked"
//	differs tasklist_lock in c because "the Go program has no list of tasks"
//
// # Which order counts
//
// [Set.Why] asks whether a is to be taken before b. A pair taken as (outer,
// inner) is an inversion if Why(inner, outer) has an answer and Why(outer,
// inner) has none. The more specific declarations win, pair by pair; at each
// step, a chain of orders from a to b is the answer, a chain from b to a decides
// that there is none, and otherwise the next step is tried:
//
//  1. [Set.WhyAt] only: the orders bound to the part of the tree that the file
//     is in. The others never count outside of their part.
//  2. If a and b are both of qualifier q (narrowed by it, or belonging to it):
//     the orders whose two classes are both of q.
//  3. If a and b are two narrowings of one class (x[q] and x): the orders that
//     are of no qualifier, as far as they name those classes themselves. Here
//     it ends.
//  4. All orders that name exactly the classes of the chain: x[q] is a class
//     of its own.
//  5. All orders, with inheritance: x[q] has the orders of x. On the way of a
//     chain that begins outside of q, x[q] does not lend the orders of x: what
//     holds of every inode does not follow for one that met a lock of a special
//     sort of inode.
//
// A lockdep subclass x/1 has the orders of x, and those that name it; the
// subclass of which no order speaks is x.
//
// Replacing is by pair, so the relation need not be transitive around it: if
// a < z < b in general and b[q] < a[q], then z stands where it stood, though
// a[q] < z and z < b[q] chain to what was replaced.
//
// # Contradictions
//
// Orders of rules files that form a loop are an error, shown as the loop,
// unless something more specific settles it: a qualifier, or a part of the
// tree. Between the comments of a tree, a loop is a finding:
// [Set.Contradictions] lists them, and [Set.Resolved] tells which of them a
// qualifier settles.
//
// # Orders in comments
//
// [ImportComments] reads comments and documentation for declarations under a
// heading such as "Lock ordering:", in these forms: a tree drawn by indentation,
// with or without leading arrows; chains "a -> b", "a => b", "a > b", which may
// wrap; numbered lists; a flat list; a list with commas in the line of the
// heading; and the sentences "a nests inside b", "a must be taken before b".
//
// In a tree, a deeper line is taken inside the nearest shallower one above it,
// lines of one depth are not ordered, and a blank line begins a new tree.
// Depth is the column as displayed, tabs being multiples of 8. "a or b" and
// "a, b" are one place. What stands in brackets behind a name, or behind a gap,
// is kept as the order's note. A heading inside of a comment begins a new
// declaration; one that speaks of a qualifier ("hugetlb pages take locks in
// this order:") makes its orders those of the narrowed classes. Other lines
// that end with a colon label what follows, and go into the note.
//
// Names become classes by "written" rows (those of a file or of a qualifier
// first), by primitives that know their class (rtnl_lock), by a "global" row, by
// a path whose last but one part is a known variable or member (inode->i_lock),
// and by [ImportOptions].Names. A name without a class is listed in
// [Import].Unmapped; the orders pass over it, from its ancestor to what hangs
// below it. Never guessed, but listed with the reason, are numbered lists that
// do not count up, a flat list beside a tree, and locks that a note says are
// only tried. Text about unlocking, about an inversion, or about what would be,
// declares nothing.
//
// "a < b" and "a > b" are used for both orders. Comments of the kernel have > for
// what is taken first, and no other sign counts there. Elsewhere ([Unsettled]) such
// a chain is read if the caller knows the sign, or if the comment says what it
// means ("a < b means that a is taken before b", "outermost first"), and is listed
// in [Import].Unmapped if not. [ImportChains] reads a text in which each chain
// counts, without a heading.
//
// An order binds the whole tree if its file is in a "shared" part, and
// otherwise the directory of its file: a file system's idea of the page lock is
// its own.
//
// # Limits
//
// A lock class is a name: two static variables of one name are one class, unless
// the analyzer names them apart. Comments that are not in a form above declare
// nothing. Two locks of one class have no order but "nest". Of a wake-up, the
// lock of the wait queue counts; those of the scheduler below it are not the
// caller's concern.
package rules
