// Package ir is the form that every front end lowers to and that the engine
// reads: functions as control-flow graphs over symbolic expressions, with the
// lock operations of the rules already recognised. It knows no language.
//
// # Memory and names
//
// Every variable is a memory cell. An expression denotes a value; addresses
// are values too. Local(n) is the address of the n-th local's cell, Global(g)
// the address of a global, Field(x, T, f) the address of member f of the
// record of type T at address x, Index(x, i) the address of an element; Load
// reads a cell. So the C expression p->q is Load(Field(Load(Local(p)), T, q)),
// and &p->q is Field(Load(Local(p)), T, q): the access path of a lock is the
// expression itself, and two locks are the same instance where their
// expressions are equal after substitution.
//
// Parameters are cells as well; the front end stores Param(i) into them in
// the entry block, so that code which assigns to a parameter needs no care.
//
// # Operations
//
// A Block is a list of operations and one terminator: none (return), one
// successor, or a condition with a true and a false successor. A switch is a
// chain of conditions. Calls are Ops, never expressions: the result of the
// call at Op.Dst is Tmp(dst).
//
// Lock primitives are Ops with the Primitive that they instantiate; whatever
// is not a primitive is a Call and is understood from the body of its callee.
//
// # Bytes
//
// A Writer writes functions, and the expressions and primitives that other things
// consist of, as bytes; a Reader reads them. What is kept from run to run, and the key
// by which a function is known again, is of this form.
package ir
