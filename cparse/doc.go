// Package cparse reads kernel C without building it: no compiler, no generated
// headers, no configuration step. It turns source text into declarations,
// types and statements as plain Go values (ast.go), with every position a byte
// offset of the file that the developer sees.
//
// # Terms
//
// A Tree is a directory of sources, with an overlay of changed files. A File is
// one source or header, scanned: its macros, its include closure, what #if
// groups exclude, and its top-level definitions. The closure is the set of
// headers that its active #include lines reach. A Func is a function
// definition; its body is parsed when asked for and not kept. A shape says
// whether a macro may stay in a body as a call or must be replaced before the
// parse.
//
// # Flow
//
// The lexer (lex.go) yields preprocessing tokens that remember their place. The
// preprocessor (pp.go, cond.go) walks a file once: it evaluates #if groups,
// records macros and what is inactive, and follows #include lines (header.go).
// The scanner (scan.go, records.go) splits the active tokens into items. Macros
// at the top level are expanded in full with the tree's own definitions
// (macro.go, expand.go), so that whatever a macro defines (system calls, guards,
// accessors, per-CPU variables) is found, at the place of the call; a function
// keeps the place of its body.
//
// A body is parsed in three steps. First the macros that the grammar could not
// take are replaced (shape.go): the policy looks at what a macro expands to, so
// a loop head becomes a loop, guard() a declaration with a cleanup function, a
// macro that hides a return becomes its statements; one that reads as an
// expression or as do-while(0) stays a call, since its name is what the reader
// of the program knows. An argument that is neither expression nor type forces
// replacement too. Second, the tokens are written out as text without GNU
// extensions and without ambiguity (clean.go): typedef names are spelled so that
// no declaration reads as a product, types among arguments are wrapped, typeof
// and asm are parked. Each byte of that text knows its token. Third, tree-sitter
// parses it (parse.go), the tree is copied out and freed, and becomes statements
// and expressions (body.go, bodyexpr.go). If that has errors, the body is tried
// once more with every macro replaced.
//
// Types (decl.go, types.go) are read from tokens, lazily and once; expressions
// are typed on demand (typer.go), through macros, statement expressions, typeof
// and _Generic. Expand (macrocall.go) tells what one macro call stands for.
//
// # Names
//
// A name means what the file itself defines before that place, else what its
// closure defines; the architecture's own header wins over a generic one. A .c
// file that another one includes is read as part of that whole. What neither
// explains is looked for in a lexical index of the tree (index.go), stage by
// stage, nearest directory first; that is also how a type is found that a
// header uses without including it.
//
// # Configuration
//
// Options come from a .config if one is given. Without, they are what the
// tree's Kconfig files (kconfig.go) make of "every feature on" for a 64-bit
// machine with SMP, under the overrides in defaults.txt; a tree without Kconfig
// has every option on. What that leaves out is not dropped silently:
// File.Inactive holds the runs, and File.InactiveCalls the calls in them. File.Arms
// lists the branches that hold such calls, each with as few options as have it active,
// and File.Under writes the file as those have it. Tree.LeftOut (kbuild.go) says which
// files the makefiles do not build.
//
// Knowledge of macros comes from the tree; defaults.txt holds what the tree
// does not say: include directories, what the compiler predefines, builtins.
//
// # Determinism
//
// Results do not depend on the order of calls or on concurrency. A header means
// the same to all who include it: it is scanned once, with the macros of its own
// closure, and headers that include each other are scanned together in an order
// of their own (Tarjan's components, includes.go).
//
// # Limits
//
// A header sees no macro that its includer defines first, so text meant for
// repeated inclusion under different macros is read in one guise only. Lists
// included into the middle of an enum or a table count in File.Skipped.
// Expansion, nesting and file size are bounded, and a Problem says where a bound
// cut. #include never leaves the tree, nor do symbolic links.
package cparse
