// Package lower turns C functions, as package cparse reads them, into the
// language-neutral form of package ir.
//
// # What becomes of what
//
// A call of a name that the rules know as a lock primitive becomes an
// ir.Lock and its body is never looked at, be it a function or a macro. A
// macro that is not a primitive is expanded where it is used and lowered like
// any code, so that a macro which locks does what its text says. A function
// that the rules call the same object as one of its arguments (page_folio,
// READ_ONCE) is that argument. Everything else is an ir.Call with the
// definitions that the name can mean.
//
// A variable with a cleanup function (__free(), guard(), CLASS()) has that
// function called wherever its scope ends: at the closing brace, and on every
// break, continue, goto and return that leaves it.
//
// Evaluation order is left to right; && and || and ?: become branches.
//
// # Limits
//
// Statements that did not parse are skipped and counted (Func.Incomplete).
// Inline assembly has no effect but its jumps. Computed gotos end the path.
package lower
