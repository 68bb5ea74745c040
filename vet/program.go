package vet

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
	"golang.org/x/tools/go/callgraph/vta"
	"golang.org/x/tools/go/ssa"
)

// A program is the packages that are lowered together.
type program struct {
	fset  *token.FileSet
	rules *rules.Set
	file  func(name string) string // what reports call a source file

	calls    map[token.Pos]extent        // of calls, by the opening parenthesis
	wrappers map[string]bool             // whether a type only wraps a lock
	conds    map[member]int              // the field with the lock of a sync.Cond, by the field with the Cond
	invokes  map[member]*types.Interface // the interface methods whose calls are not in dispatch
	dispatch map[*ssa.CallCommon][]*ssa.Function
	types    []*types.Named // that may implement them

	values  map[*ssa.FreeVar]bool // whether a closure has a variable by value
	starts  map[*ssa.Function]*start
	callers map[*ssa.Function][]*ssa.CallCommon // calls and go statements, by what they name

	queue    []*ssa.Function
	queued   map[*ssa.Function]bool
	funcs    []*ir.Func
	bindings []callgraph.Binding
	problems []report.Problem
	signs    map[string]rules.Sign // what the directives of a file say
}

// extent is where a piece of source stands.
type extent struct{ from, to token.Pos }

// member is a field or a method of a type.
type member struct{ owner, name string }

func newProgram(fset *token.FileSet, rs *rules.Set, file func(string) string) *program {
	return &program{
		fset: fset, rules: rs, file: file, calls: map[token.Pos]extent{}, wrappers: map[string]bool{},
		conds: map[member]int{}, invokes: map[member]*types.Interface{}, queued: map[*ssa.Function]bool{},
		dispatch: map[*ssa.CallCommon][]*ssa.Function{}, signs: map[string]rules.Sign{}, values: map[*ssa.FreeVar]bool{},
		starts: map[*ssa.Function]*start{}, callers: map[*ssa.Function][]*ssa.CallCommon{},
	}
}

// add queues the functions of a package that was built.
func (p *program) add(pkg *ssa.Package, files []*ast.File) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				p.calls[c.Lparen] = extent{c.Pos(), c.End()}
			}
			return true
		})
	}
	scope := pkg.Pkg.Scope()
	for _, name := range scope.Names() {
		switch o := scope.Lookup(name).(type) {
		case *types.Func:
			p.want(pkg.Prog.FuncValue(o))
		case *types.TypeName:
			n, ok := o.Type().(*types.Named)
			if !ok || o.IsAlias() {
				continue
			}
			if !types.IsInterface(n) {
				p.types = append(p.types, n)
			}
			for m := range n.Methods() {
				p.want(pkg.Prog.FuncValue(m))
			}
		}
	}
	p.want(pkg.Func("init"))
	for name, m := range pkg.Members { // the others that are called init
		if fn, ok := m.(*ssa.Function); ok && strings.HasPrefix(name, "init#") {
			p.want(fn)
		}
	}
}

// addTypes adds the types of a package that has no bodies here.
func (p *program) addTypes(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		o, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || o.IsAlias() || types.IsInterface(o.Type()) {
			continue
		}
		if n, ok := o.Type().(*types.Named); ok {
			p.types = append(p.types, n)
		}
	}
}

// want queues a function, and those within it.
func (p *program) want(fn *ssa.Function) {
	if fn == nil || fn.Blocks == nil || p.queued[fn] {
		return
	}
	p.queued[fn] = true
	p.queue = append(p.queue, fn)
	for _, a := range fn.AnonFuncs {
		p.want(a)
	}
}

// lowerAll lowers what is queued, and the wrappers that turn up.
func (p *program) lowerAll() {
	for _, fn := range p.queue {
		p.findConds(fn)
		p.findStarts(fn)
	}
	p.findMethods()
	seen := map[string]bool{}
	for i := 0; i < len(p.queue); i++ {
		fn := p.queue[i]
		if id := funcID(fn); !seen[id] {
			seen[id] = true
			p.funcs = append(p.funcs, p.lower(fn))
		}
	}
	slices.SortFunc(p.funcs, func(a, b *ir.Func) int { return strings.Compare(a.ID, b.ID) })
	p.bindVariables()
	p.bindMethods()
}

// release lets go of what only lowering needs: of a large program it is the larger
// part.
func (p *program) release() {
	p.calls, p.values, p.queue, p.queued = nil, nil, nil, nil
	p.dispatch, p.invokes, p.types = nil, nil, nil
	p.starts, p.callers = nil, nil
}

// reachable queues a function without a declaration of its own: a wrapper.
func (p *program) reachable(fn *ssa.Function) {
	if fn.Synthetic != "" && fn.Origin() == nil && fn.Pkg == nil {
		p.want(fn)
	}
}

// findMethods finds which methods each call by an interface can reach, by the
// types that flow to it (Sundaresan et al., "Practical virtual method call
// resolution for Java", OOPSLA 2000).
func (p *program) findMethods() {
	funcs := map[*ssa.Function]bool{}
	for _, fn := range p.queue {
		funcs[fn] = true
	}
	g := vta.CallGraph(funcs, nil)
	for fn := range funcs {
		n := g.Nodes[fn]
		if n == nil {
			continue
		}
		for _, e := range n.Out {
			if c := e.Site.Common(); c.IsInvoke() && !slices.Contains(p.dispatch[c], e.Callee.Func) {
				p.dispatch[c] = append(p.dispatch[c], e.Callee.Func)
			}
		}
	}
}

// invoked names the binding of a call of an interface method: one for the call
// where the types that reach it are known, else one for the method.
func (l *lowerer) invoked(c *ssa.CallCommon) (owner, field string) {
	t := c.Value.Type()
	iface := ownerName(t)
	if iface == "" {
		iface = types.TypeString(t, nil)
	}
	if targets := l.dispatch[c]; len(targets) > 0 {
		l.sites++
		owner, field = "call", fmt.Sprintf("%s#%d", l.fn.ID, l.sites)
		for _, fn := range targets {
			l.want(fn)
			file, pos := l.place(fn.Pos())
			l.bindings = append(l.bindings, callgraph.Binding{
				Owner: owner, Field: field, Func: funcID(fn), File: file, Line: pos.Line,
				Via: "interface " + shortName(iface) + "." + c.Method.Name(),
			})
		}
		return owner, field
	}
	if i, ok := t.Underlying().(*types.Interface); ok {
		l.invokes[member{iface, c.Method.Name()}] = i
	}
	return iface, c.Method.Name()
}

// maxGuess is how many methods a call may be taken to reach of which nothing
// else is known.
const maxGuess = 3

// bindMethods binds each interface method that is called to the methods of
// the types that implement the interface.
func (p *program) bindMethods() {
	implements := map[*types.Named][]string{}
	for _, t := range p.types {
		set := types.NewMethodSet(types.NewPointer(t))
		for i := range set.Len() {
			implements[t] = append(implements[t], set.At(i).Obj().Name())
		}
		slices.Sort(implements[t])
	}
	for m, i := range p.invokes {
		var found []callgraph.Binding
		for _, t := range p.types {
			if _, ok := slices.BinarySearch(implements[t], m.name); !ok {
				continue
			}
			ptr := types.NewPointer(t)
			if !types.Implements(ptr, i) {
				continue
			}
			obj, _, _ := types.LookupFieldOrMethod(ptr, true, t.Obj().Pkg(), m.name)
			fn, ok := obj.(*types.Func)
			if !ok {
				continue
			}
			at := p.fset.Position(fn.Pos())
			found = append(found, callgraph.Binding{
				Owner: m.owner, Field: m.name, Func: methodID(fn), File: p.file(at.Filename), Line: int32(at.Line),
				Via: "interface " + shortName(m.owner) + "." + m.name,
			})
		}
		if len(found) <= maxGuess {
			p.bindings = append(p.bindings, found...)
		}
	}
}

// bindVariables binds the functions that package-level variables hold.
func (p *program) bindVariables() {
	for _, f := range p.funcs {
		for _, b := range f.Blocks {
			for i := range b.Ops {
				if op := &b.Ops[i]; op.Kind == ir.Store && op.Val.Op == ir.FuncAddr && op.Addr.Op == ir.Global {
					p.bindings = append(p.bindings, callgraph.Binding{
						Owner: variables, Field: op.Addr.Name, Func: op.Val.Name, File: f.File, Line: op.Pos.Line,
						Via: "variable " + shortName(op.Addr.Name),
					})
				}
			}
		}
	}
}

// findConds finds which field holds the lock of a Cond in a field of the same
// struct: s.cond = sync.NewCond(&s.mu), or s.cond.L = &s.mu.
func (p *program) findConds(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			st, ok := in.(*ssa.Store)
			if !ok {
				continue
			}
			cond, ok := st.Addr.(*ssa.FieldAddr)
			if !ok {
				continue
			}
			val := st.Val
			if call, ok := val.(*ssa.Call); ok {
				callee := call.Call.StaticCallee()
				if callee == nil || ruleName(callee) != "sync.NewCond" {
					continue
				}
				val = call.Call.Args[0]
			} else if outer, ok := cond.X.(*ssa.FieldAddr); ok && ownerName(outer.Type()) == condType {
				cond = outer
			} else {
				continue
			}
			switch l := val.(type) {
			case *ssa.MakeInterface:
				val = l.X
			case *ssa.Call:
				if !fromRLocker(l) {
					continue
				}
				val = l.Call.Args[0]
			default:
				continue
			}
			if lock, ok := val.(*ssa.FieldAddr); ok && sameObject(lock.X, cond.X) {
				p.conds[fieldOf(cond)] = lock.Field
			}
		}
	}
}

const condType = "sync.Cond"

// sameObject reports whether two addresses are of one struct, as far as their
// form tells.
func sameObject(a, b ssa.Value) bool {
	if a == b {
		return true
	}
	x, ok := a.(*ssa.UnOp)
	y, ok2 := b.(*ssa.UnOp)
	return ok && ok2 && x.Op == y.Op && x.X == y.X
}

func fieldOf(a *ssa.FieldAddr) member {
	t := deref(a.X.Type())
	return member{ownerName(t), t.Underlying().(*types.Struct).Field(a.Field).Name()}
}

// condLock is the address of the lock of the Cond that a call of Wait is
// about, nil where it cannot be told.
func (l *lowerer) condLock(c *ssa.CallCommon) *ir.Expr {
	if len(c.Args) == 0 {
		return nil
	}
	return l.lockOf(c.Args[0])
}

// lockOf is the address of the lock of the Cond at v, nil where it cannot be told.
func (l *lowerer) lockOf(v ssa.Value) *ir.Expr {
	if u, ok := v.(*ssa.UnOp); ok {
		v = u.X
	}
	a, ok := v.(*ssa.FieldAddr)
	if !ok {
		return nil
	}
	i, ok := l.conds[fieldOf(a)]
	if s, isStruct := deref(a.X.Type()).Underlying().(*types.Struct); !ok || !isStruct || i < 0 || i >= s.NumFields() {
		return nil // an import's word for it may be of other days
	}
	return l.field(l.value(a.X), a.X.Type(), i)
}

// condField is the lock that the field L at addr holds, if it is that of a Cond
// whose lock is known.
func (l *lowerer) condField(addr ssa.Value) *ir.Expr {
	a, ok := addr.(*ssa.FieldAddr)
	if !ok || ownerName(a.X.Type()) != condType || fieldOf(a).name != "L" {
		return nil
	}
	return l.lockOf(a.X)
}

// condLocks lists where the locks of Conds are.
func (p *program) condLocks() []Cond {
	var out []Cond
	for m, lock := range p.conds {
		out = append(out, Cond{m.owner, m.name, lock})
	}
	slices.SortFunc(out, func(a, b Cond) int {
		return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Field, b.Field))
	})
	return out
}

// containers lists the types that only wrap a lock.
func (p *program) containers() []string {
	var out []string
	for t, ok := range p.wrappers {
		if ok {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}
