// Package report is the protocol between the analysis and everything that shows
// its results: plain structs with JSON tags, and one small interface, Handler,
// that each output format implements. The analysis knows no format, and a format
// knows nothing of the analysis; it only renders values that it is handed.
//
// # Messages
//
// A scan sends, in this order:
//
//	Config      once, first: what was asked
//	Problem     any number: trouble with the input
//	Violation   any number, sorted by position, then check, then key
//	Stats       once: how much was looked at, and what stayed unknown
//
// and then closes the handler. Problems may also come between violations. The
// sender sorts; a handler never does, so that the output of one input is always
// the same, byte for byte. Nothing in a message depends on the clock, the number
// of workers or the machine, except Stats.Timings, which a sender leaves out
// unless the user asks for them.
//
// # Text
//
// NewText renders for people, 80 columns wide. The first line of a violation has
// the form that compilers use, so that editors and CI read it; everything else
// is indented:
//
//	drivers/foo/reset.c:88:2: error: foo_dev.mutex taken under foo_queue.lock [order]
//
//	   rule  foo_dev.mutex < foo_queue.lock
//	         declared at rules/foo.lockorder:12
//	         (from "Locking:" in drivers/foo/foo.h:30)
//
//	   path 1, against the rule                        holding
//	     drivers/foo/queue.c:42:2   foo_timeout        foo_queue.lock
//	        42 |     spin_lock(&q->lock);
//	           |     ^^^^^^^^^^^^^^^^^^^ takes foo_queue.lock
//	     drivers/foo/queue.c:51:3   foo_timeout calls foo_reset
//	     ...
//
// Paths run downwards in program order, one position a line. "holding" is what
// is held once the step is done. Only the steps that ask for it (Step.Quote) are
// quoted from the source. Columns side by side are for the interleaving alone.
// What does not fit is moved to a line of its own; a name is never cut. A quoted
// source line may be. Colour carries nothing that the text does not say.
//
// # JSON
//
// NewJSON writes JSON Lines: one Message a line, an object with exactly one
// field, named after the kind of message. ReadJSON replays such a stream through
// any handler, and the text so made is the text that the scan itself would have
// printed. The schema is versioned by Config.Protocol: within one version fields
// are only added, and a reader passes over fields that it does not know.
// SchemaDoc has the fields.
//
// # Baseline
//
// A Baseline keeps the keys of the violations that a tree has, in a file of JSON
// Lines, for trees that cannot mend all of them at once. Baseline.Filter is a
// Handler before another Handler: it holds back what is known, and the stats then
// name the entries that match nothing any more.
//
// # Patch series
//
// A patch series sends violations with Change set, and Stats.Series. Fixed and
// moved ones are a line of text each; SARIF has the added ones alone. NewTerse and
// NewMail are for series: lines like those of checkpatch, and a reply to the list.
//
// # SARIF
//
// NewSARIF writes a log in the Static Analysis Results Interchange Format,
// version 2.1.0 (OASIS, 2020), which code hosts and editors read. A check is a
// rule of SARIF and a violation a result; its paths are the thread flows of one
// code flow, since they happen at the same time; the declarations that are broken
// are related locations; problems are notifications of the invocation. A result
// is known again in another version of the tree by its fingerprint, which is
// made of Violation.Key alone: the check, the classes and the functions.
package report
