package vet

import (
	"fmt"
	"go/token"
	"go/types"
	"iter"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
	"golang.org/x/tools/go/ssa"
)

// A duty is work that others may await: in the function that is lowered, from its
// start or from where it is begun, to where it is done.
type duty struct {
	class string
	prim  *rules.Primitive // that ends it
	pos   ir.Pos           // where it is ended
	begun bool             // the function itself says where it begins
	sure  bool             // it is ended by a deferred call, on all paths
}

// A start is how a function comes to run as a goroutine.
type start struct {
	spawned []*duty // what those that start it have it done for
}

// findStarts finds the functions that fn starts as goroutines, and the calls that
// tell what a parameter is.
func (p *program) findStarts(fn *ssa.Function) {
	for c, callee := range staticCalls(fn) {
		if len(c.Common().Args) > 0 {
			p.callers[callee] = append(p.callers[callee], c.Common())
		}
		if _, ok := c.(*ssa.Go); ok {
			p.started(callee)
		}
		row := p.rules.Primitive(ruleName(callee))
		if row == nil || row.Effect != rules.Spawn || row.Func >= len(c.Common().Args) {
			continue
		}
		if f := functionOf(c.Common().Args[row.Func]); f != nil {
			s := p.started(f)
			if class := p.standing(c.Common().Args[row.Arg], 0); class != "" {
				s.spawned = append(s.spawned, &duty{class: class, prim: row, pos: p.callPos(c.Common())})
			}
		}
	}
}

// staticCalls yields the calls of fn, go and defer statements among them, whose
// callee is known, with the callee.
func staticCalls(fn *ssa.Function) iter.Seq2[ssa.CallInstruction, *ssa.Function] {
	return func(yield func(ssa.CallInstruction, *ssa.Function) bool) {
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				c, ok := in.(ssa.CallInstruction)
				if !ok {
					continue
				}
				if callee := c.Common().StaticCallee(); callee != nil && !yield(c, callee) {
					return
				}
			}
		}
	}
}

func (p *program) started(fn *ssa.Function) *start {
	s := p.starts[fn]
	if s == nil {
		s = &start{}
		p.starts[fn] = s
	}
	return s
}

// functionOf is the function that a value is, nil if that is not known.
func functionOf(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return v
	case *ssa.MakeClosure:
		return v.Fn.(*ssa.Function)
	case *ssa.ChangeType:
		return functionOf(v.X)
	}
	return nil
}

// maxStanding bounds the parameters and captured variables that a place is
// followed through.
const maxStanding = 4

// standing is the class of what is at address v by where it stands, the same for
// all functions that share it: a field, a variable of the package, or a variable of
// a function that closures capture. It is "" where that cannot be told.
func (p *program) standing(v ssa.Value, depth int) string {
	if depth > maxStanding {
		return ""
	}
	switch v := v.(type) {
	case *ssa.FieldAddr:
		t := deref(v.X.Type())
		name := t.Underlying().(*types.Struct).Field(v.Field).Name()
		owner := ownerName(t)
		if owner != "" && (!t.Underlying().(*types.Struct).Field(v.Field).Embedded() || owner == receiver(v.Parent())) {
			return owner + "." + name
		}
		if outer := p.standing(v.X, depth); outer != "" {
			return outer + "." + name
		}
	case *ssa.Global:
		return globalName(v)
	case *ssa.Alloc:
		return localName(v)
	case *ssa.UnOp: // a pointer that is kept in one of these
		switch x := v.X.(type) {
		case *ssa.FieldAddr, *ssa.Global:
			return p.standing(x, depth)
		case *ssa.Alloc:
			if st := onlyStore(x); st != nil {
				return p.standing(st.Val, depth+1)
			}
		case *ssa.FreeVar:
			if a, ok := binding(x).(*ssa.Alloc); ok {
				if st := onlyStore(a); st != nil {
					return p.standing(st.Val, depth+1)
				}
			}
		}
	case *ssa.FreeVar:
		if b := binding(v); b != nil {
			return p.standing(b, depth+1)
		}
	case *ssa.Parameter:
		return p.given(v, depth)
	}
	return ""
}

// receiver is the type that fn, or the function around it, is a method of.
func receiver(fn *ssa.Function) string {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if recv := fn.Signature.Recv(); recv != nil {
		return ownerName(recv.Type())
	}
	return ""
}

// binding is the variable that a closure has as v, nil if there may be several.
func binding(v *ssa.FreeVar) ssa.Value {
	c := maker(v.Parent())
	if c == nil {
		return nil
	}
	return c.Bindings[slices.Index(v.Parent().FreeVars, v)]
}

// given is the class of what all callers of an unexported function give as a
// parameter, "" if they do not agree.
func (p *program) given(v *ssa.Parameter, depth int) string {
	fn := v.Parent()
	if fn.Parent() == nil && token.IsExported(fn.Name()) {
		return "" // others may call it
	}
	i := slices.Index(fn.Params, v)
	class := ""
	for n, c := range p.callers[fn] {
		if i >= len(c.Args) {
			return ""
		}
		at := p.standing(c.Args[i], depth+1)
		if at == "" || n > 0 && at != class {
			return ""
		}
		class = at
	}
	return class
}

// localName is the class of a variable of a function: another one for each variable.
func localName(a *ssa.Alloc) string {
	if a.Comment == "" || a.Parent().Pkg == nil {
		return ""
	}
	path := a.Parent().Pkg.Pkg.Path()
	name := path[:strings.LastIndexByte(path, '/')+1] + funcName(a.Parent()) + "." + a.Comment
	n := 1
	for _, b := range a.Parent().Blocks {
		for _, in := range b.Instrs {
			if o, ok := in.(*ssa.Alloc); ok && o != a && o.Comment == a.Comment && o.Pos() < a.Pos() {
				n++
			}
		}
	}
	if n > 1 {
		name += fmt.Sprintf("#%d", n)
	}
	return name
}

// maxHelpers bounds the calls through which a goroutine ends what it does.
const maxHelpers = 2

// dutiesOf lists the work that fn ends, with what it begins of that itself.
func (p *program) dutiesOf(fn *ssa.Function, depth int) []*duty {
	var out []*duty
	begun := map[string]bool{}
	add := func(d *duty) {
		if !slices.ContainsFunc(out, func(o *duty) bool { return o.class == d.class }) {
			out = append(out, d)
		}
	}
	for c, callee := range staticCalls(fn) {
		if _, other := c.(*ssa.Go); other {
			continue
		}
		_, sure := c.(*ssa.Defer)
		row := p.rules.Primitive(ruleName(callee))
		switch {
		case row == nil && (sure || callee.Parent() != nil): // what else a callee ends may be on a condition
			// A type of its own for waiting has one class for all that use it.
			if r := receiver(callee); depth < maxHelpers && (r == "" || r == receiver(fn)) {
				for _, d := range p.dutiesOf(callee, depth+1) {
					if !d.begun {
						add(&duty{class: d.class, prim: d.prim, pos: p.callPos(c.Common()), sure: sure && c.Block().Index == 0})
					}
				}
			}
		case row != nil && row.Duty() && row.Effect != rules.Spawn:
			class := p.standing(c.Common().Args[row.Arg], 0)
			if class == "" {
				continue
			}
			if row.Effect == rules.Begin {
				begun[class] = true
			} else {
				add(&duty{class: class, prim: row, pos: p.callPos(c.Common()), sure: sure && c.Block().Index == 0})
			}
		}
	}
	for _, d := range out {
		d.begun = begun[d.class]
	}
	return out
}

// owe begins what the function ends and does not begin: for a function that runs as
// a goroutine also what its callees end.
func (l *lowerer) owe() {
	depth := maxHelpers
	s := l.starts[l.src]
	if s != nil {
		depth = 0
		l.duties = append(l.duties, s.spawned...)
	}
	for _, d := range l.dutiesOf(l.src, depth) {
		// A function that is called may end it on a condition alone.
		sure := d.begun || d.sure || s != nil || l.src.Parent() != nil
		if sure && !slices.ContainsFunc(l.duties, func(o *duty) bool { return o.class == d.class }) {
			l.duties = append(l.duties, d)
		}
	}
	for _, d := range l.duties {
		if !d.begun {
			l.dutyOp(d, rules.Begin, d.pos)
		}
	}
}

func (l *lowerer) dutyOp(d *duty, effect rules.Effect, pos ir.Pos) {
	q := *d.prim
	q.Effect, q.Class = effect, d.class
	l.emit(ir.Op{Kind: ir.Lock, Dst: -1, Pos: pos, Prim: &q})
}

// duty lowers what begins or ends work. What only begins here is for others to do.
func (l *lowerer) duty(s *callSite, p *rules.Primitive) {
	if p.Effect == rules.Spawn {
		return // see findStarts
	}
	class := l.standing(s.common.Args[p.Arg], 0)
	for _, d := range l.duties {
		if d.class == class {
			l.dutyOp(d, p.Effect, s.pos)
		}
	}
}

// calleeDone ends what the callee has ended.
func (l *lowerer) calleeDone(s *callSite) {
	if len(l.duties) == 0 {
		return
	}
	callee := s.common.StaticCallee()
	if callee == nil {
		return
	}
	if r := receiver(callee); r != "" && r != receiver(l.src) {
		return
	}
	for _, d := range l.dutiesOf(callee, 1) {
		if i := slices.IndexFunc(l.duties, func(o *duty) bool { return o.class == d.class }); i >= 0 && !d.begun {
			l.dutyOp(l.duties[i], rules.Done, s.pos)
		}
	}
}

// settle ends at a return what is not for the callers to end.
func (l *lowerer) settle(pos ir.Pos) {
	for _, d := range l.duties {
		l.dutyOp(d, rules.Done, pos)
	}
}

// await names what a call waits for by where it stands. Of what a caller gives, the
// caller knows.
func (l *lowerer) await(op *ir.Op, v ssa.Value) {
	if class := l.standing(v, 0); class != "" {
		q := *op.Prim
		q.Class = class
		op.Prim, op.Lock = &q, nil
	}
}
