// Package check holds the checks: what is a fault, and how sure a report of one
// is. It reads summaries and rules only, so that it serves every front end: the
// C pipeline in package analyzer and the Go one in package vet.
//
// # The checks
//
// A [Check] reads the pairs, exits and requirements in the summaries and returns
// violations; irq also reads the code of functions, for what they do to interrupts,
// which no summary says. [Result.Run] folds those that tell of one fault, puts the best
// witness first, and sorts what the options let through. Paths are rebuilt from
// the next hops in the summaries only for what is reported.
//
// A check may also compare the program with the one that it was made of
// ([Result.RunSince]): what may be a convention as it stands is a fault as a change
// for which nobody makes up.
//
// # Confidence
//
// A violation starts at 100 points and loses some for each thing that had to be
// assumed: calls through pointers, long chains, last references, locks of several
// classes or without a name, orders that are both common. What was lost is listed with
// the report, and how often either order is seen. The threshold is the caller's.
//
// # Questions
//
// The other methods of [Result] answer what a user asks of an analysed program:
// the pairs, the classes, why one lock is taken under another.
package check
