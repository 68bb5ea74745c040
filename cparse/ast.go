package cparse

import "sync/atomic"

// An Expr is one C expression, as Go values: no tree-sitter type outlives the
// parse. Which fields are set depends on Op; see the table at the constants.
type Expr struct {
	Op      ExprOp
	Pos     int32 // byte offset in File.Src of the first byte
	End     int32 // byte offset just behind the last byte
	Name    string
	X, Y, Z *Expr
	Args    []*Expr
	Type    *TypeName
	Body    *Stmt
	Int     int64
	Assoc   []*TypeName // Generic: the type of each of Args, nil for default
}

// ExprOp says what an Expr is.
type ExprOp uint8

const (
	BadExpr    ExprOp = iota // text that did not parse; Args holds the expressions found inside it
	Ident                    // Name
	IntLit                   // Int (character constants too)
	FloatLit                 //
	StrLit                   // Name is the text without quotes
	Call                     // X(Args...); a macro call looks the same
	Member                   // X.Name
	Arrow                    // X->Name
	Index                    // X[Y]
	Unary                    // Name is one of & * + - ! ~ ; X
	IncDec                   // Name is "++" or "--"; X; Int is 1 for the prefix form
	Binary                   // X Name Y, Name one of + - * / % << >> < <= > >= == != & | ^ && ||
	Assign                   // X Name Y, Name one of = += -= ...
	Cond                     // X ? Y : Z (Y is nil for GNU x ?: z)
	Cast                     // (Type)X
	Comma                    // X, Y
	StmtExpr                 // ({ Body })
	InitList                 // { Args... }; an Arg may be a Designated
	Designated               // .Name = X or [Y] = X; nested designators nest in X as an InitList
	Compound                 // (Type){ X } with X an InitList
	Sizeof                   // sizeof / alignof / offsetof: X or Type; no evaluation
	TypeArg                  // a type written where an expression stands (container_of(p, struct x, m)): Type
	Generic                  // _Generic(X, ...): Args are the results
)

// A TypeName is a type as written: specifiers and abstract declarator.
type TypeName struct {
	Spec    string   // canonical spelling of the base: "struct page", "unsigned long", "gfp_t", "typeof"
	Record  *Record  // where a body stands in the specifier itself, else nil
	Typeof  *Expr    // for typeof(expr)
	Ptr     int      // levels of pointer around the base
	Array   []*Expr  // array dimensions, outermost first (nil entry for []); applied after Ptr
	FuncPtr *FuncSig // for a pointer to function: its signature (Spec/Ptr are then its result's)
}

// A Record is the body of a struct or union (or the constants of an enum).
type Record struct {
	Kind   string // "struct", "union" or "enum"
	Tag    string // "" for an anonymous one
	Pos    int32
	Fields []Field
	Enums  []Enumerator

	typ atomic.Pointer[Type] // the type of an untagged record, made once
}

// A Field is one member of a Record. Name is "" for an anonymous struct or
// union, whose members are found through it.
type Field struct {
	Name string
	Type *TypeName
	Pos  int32
}

// An Enumerator is one constant of an enum; Value is nil where none is written.
type Enumerator struct {
	Name  string
	Value *Expr
}

// A FuncSig is a function's type as written.
type FuncSig struct {
	Result   *TypeName
	Params   []Param
	Variadic bool
}

// A Param is one parameter.
type Param struct {
	Name string
	Type *TypeName
	Pos  int32
}

// A VarDecl declares one variable, local or global.
type VarDecl struct {
	Name    string
	Type    *TypeName
	Init    *Expr // nil without an initialiser
	Static  bool
	Extern  bool
	PerCPU  bool
	Cleanup string // the cleanup function's name: __free(kfree), CLASS(), guard(): see below
	Pos     int32
}

// A Stmt is one C statement.
type Stmt struct {
	Kind   StmtKind
	Pos    int32
	End    int32
	X      *Expr      // ExprStmt, Return, If, While, Do, Switch: the (controlling) expression; For: the condition
	Init   *Stmt      // For
	Post   *Expr      // For
	Body   *Stmt      // If: then; loops, Switch, Label, Case, Default: the statement
	Else   *Stmt      // If
	List   []*Stmt    // Block
	Decls  []*VarDecl // DeclStmt
	Label  string     // Label, Goto
	Lo, Hi *Expr      // Case: value, and upper bound of GNU ranges
	// Macro is set where a macro that stands for a loop or a branch head was
	// rewritten (while/if with the macro's arguments as X.Args of a Call to
	// it): for_each_process(p) body, scoped_guard(mutex, &l) body. X is then
	// the Call as written.
	Macro string
}

// StmtKind says what a Stmt is.
type StmtKind uint8

const (
	BadStmt StmtKind = iota // did not parse; List holds the clean statements found inside
	Empty
	ExprStmt
	DeclStmt
	Block
	If
	While
	Do
	For
	MacroLoop // a loop head that is a macro; see Stmt.Macro. X is the Call, Body the statement.
	Switch
	Case
	Default
	Label
	Goto // Label; X for a computed goto
	Break
	Continue
	Return
	Asm // asm goto: List holds a Goto for each label
)
