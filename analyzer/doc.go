// Package analyzer is the pipeline: it reads a tree, summarises its functions
// and runs the checks.
//
// # Flow
//
//	walk -> cparse -> lower -> callgraph -> summary -> checks -> report
//
// Load parses and lowers the functions of the named paths and, from there,
// everything that they call or refer to, wherever in the tree it is defined
// (package cparse finds it through its index). When nothing new turns up, the
// call graph is built, summaries are made callees first, and each check reads
// the summaries. Violations are sorted before they are handed to the
// report.Handler, so that the output does not depend on the number of workers.
//
// # What is claimed
//
// A report names a path through the source on which the locks are taken in
// the wrong order, as far as the analysis can follow: branches whose
// conditions are known to contradict each other are not combined, calls
// through pointers reach the functions that the tree assigns to them. The
// analysis neither proves the absence of deadlocks nor that a reported path
// can run; what a report rests on is listed with it and lowers its confidence.
package analyzer
