package lower

import (
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
)

// findLabels notes the labels of a body with the blocks around them.
func (l *lowerer) findLabels(s *cparse.Stmt, path []*cparse.Stmt) {
	if s == nil {
		return
	}
	switch s.Kind {
	case cparse.Block, cparse.For:
		path = append(path[:len(path):len(path)], s)
	case cparse.Label:
		if l.labels == nil {
			l.labels = map[string]*label{}
		}
		if l.labels[s.Label] == nil {
			l.labels[s.Label] = &label{block: l.block(), path: path}
		}
	}
	for _, c := range s.List {
		l.findLabels(c, path)
	}
	l.findLabels(s.Body, path)
	l.findLabels(s.Else, path)
}

func (l *lowerer) stmts(list []*cparse.Stmt) {
	for _, s := range list {
		l.stmt(s)
	}
}

// stmt lowers one statement.
func (l *lowerer) stmt(s *cparse.Stmt) {
	if s == nil {
		return
	}
	if l.depth == 0 && s.Pos > 0 {
		p := l.pos(s.Pos, s.Pos)
		if s.Kind != cparse.Block {
			l.sticky = &p
		}
	}
	switch s.Kind {
	case cparse.BadStmt:
		l.fn.Incomplete++
		l.stmts(s.List)
	case cparse.ExprStmt:
		l.effect(s.X)
	case cparse.DeclStmt:
		for _, d := range s.Decls {
			l.local(d)
		}
	case cparse.Block:
		l.enter()
		l.scopes[len(l.scopes)-1].stmt = s
		l.stmts(s.List)
		if l.depth == 0 && s.End > s.Pos {
			p := l.pos(s.End-1, s.End)
			l.sticky = &p
		}
		l.leave()
	case cparse.If:
		l.ifStmt(s)
	case cparse.While:
		l.loop(s.X, nil, s.Body, false)
	case cparse.Do:
		l.loop(s.X, nil, s.Body, true)
	case cparse.For:
		l.enter()
		l.scopes[len(l.scopes)-1].stmt = s
		l.stmt(s.Init)
		l.loop(s.X, s.Post, s.Body, false)
		l.leave()
	case cparse.MacroLoop:
		if s.X != nil {
			for _, a := range s.X.Args {
				l.effect(a)
			}
		}
		l.unknownLoop(s.Body)
	case cparse.Switch:
		l.switchStmt(s)
	case cparse.Case, cparse.Default:
		if b := l.cases[s]; b != nil {
			l.jump(b)
			l.cur = b
		}
		l.stmt(s.Body)
	case cparse.Label:
		if lb := l.labels[s.Label]; lb != nil {
			l.jump(lb.block)
			l.cur = lb.block
		}
		l.stmt(s.Body)
	case cparse.Goto:
		l.gotoStmt(s)
	case cparse.Break:
		l.leaveLoop(l.breaks)
	case cparse.Continue:
		l.leaveLoop(l.conts)
	case cparse.Return:
		l.returnStmt(s)
	case cparse.Asm:
		l.asm(s)
	}
}

func (l *lowerer) ifStmt(s *cparse.Stmt) {
	then, els, end := l.block(), l.block(), l.block()
	l.cond(s.X, then, els)
	l.cur = then
	l.stmt(s.Body)
	l.jump(end)
	l.cur = els
	l.stmt(s.Else)
	l.jump(end)
	l.cur = end
}

// loop lowers while, do and for. A nil condition is true.
func (l *lowerer) loop(cond, post *cparse.Expr, body *cparse.Stmt, bodyFirst bool) {
	head, start, next, end := l.block(), l.block(), l.block(), l.block()
	if bodyFirst {
		l.jump(start)
	} else {
		l.jump(head)
	}
	l.cur = head
	if cond == nil {
		l.jump(start)
	} else {
		l.cond(cond, start, end)
	}
	l.cur = start
	l.breaks = append(l.breaks, target{end, len(l.scopes)})
	l.conts = append(l.conts, target{next, len(l.scopes)})
	l.stmt(body)
	l.breaks = l.breaks[:len(l.breaks)-1]
	l.conts = l.conts[:len(l.conts)-1]
	l.jump(next)
	l.cur = next
	if post != nil {
		l.effect(post)
	}
	l.jump(head)
	l.cur = end
}

// unknownLoop lowers the body of a loop whose head is not understood: it
// runs any number of times.
func (l *lowerer) unknownLoop(body *cparse.Stmt) {
	head, start, end := l.block(), l.block(), l.block()
	l.jump(head)
	head.Cond = l.unknown()
	head.Succs = []int{start.Index, end.Index}
	l.cur = start
	l.breaks = append(l.breaks, target{end, len(l.scopes)})
	l.conts = append(l.conts, target{head, len(l.scopes)})
	l.stmt(body)
	l.breaks = l.breaks[:len(l.breaks)-1]
	l.conts = l.conts[:len(l.conts)-1]
	l.jump(head)
	l.cur = end
}

func (l *lowerer) leaveLoop(targets []target) {
	if len(targets) == 0 {
		l.cur = nil
		return
	}
	t := targets[len(targets)-1]
	l.leaveTo(t.scopes)
	l.jump(t.block)
	l.cur = nil
}

func (l *lowerer) gotoStmt(s *cparse.Stmt) {
	if s.X != nil {
		l.effect(s.X)
	}
	lb := l.labels[s.Label]
	if lb == nil {
		l.cur = nil
		return
	}
	// Scopes that do not enclose the label end here.
	keep := 0
	for i, sc := range l.scopes {
		if sc.stmt == nil || containsStmt(lb.path, sc.stmt) {
			keep = i + 1
			continue
		}
		break
	}
	l.leaveTo(keep)
	l.jump(lb.block)
	l.cur = nil
}

func containsStmt(list []*cparse.Stmt, s *cparse.Stmt) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (l *lowerer) returnStmt(s *cparse.Stmt) {
	var v *ir.Expr
	if s.X != nil {
		v, _ = l.value(s.X)
	}
	b := l.here()
	if v != nil && l.hasCleanups() {
		cell := l.temp()
		l.store(cell, v, l.exprPos(s.X))
		v = loadOf(cell)
		l.leaveTo(0)
		b = l.here()
	}
	if v == nil {
		l.leaveTo(0)
		b = l.here()
	}
	b.Ret = v
	b.Pos = l.pos(s.Pos, s.End)
	l.cur = nil
}

func (l *lowerer) hasCleanups() bool {
	for _, s := range l.scopes {
		if len(s.cleanups) > 0 {
			return true
		}
	}
	return false
}

// switchStmt lowers a switch to a chain of comparisons.
func (l *lowerer) switchStmt(s *cparse.Stmt) {
	v, _ := l.value(s.X)
	cell := l.temp()
	l.store(cell, v, l.exprPos(s.X))
	end := l.block()
	if l.cases == nil {
		l.cases = map[*cparse.Stmt]*ir.Block{}
	}
	var cases []*cparse.Stmt
	collectCases(s.Body, &cases)
	other := end
	for _, c := range cases {
		b := l.block()
		l.cases[c] = b
		if c.Kind == cparse.Default {
			other = b
		}
	}
	for _, c := range cases {
		if c.Kind == cparse.Default {
			continue
		}
		next := l.block()
		lo, _ := l.value(c.Lo)
		cond := &ir.Expr{Op: ir.Binary, Name: "==", X: loadOf(cell), Y: lo}
		if c.Hi != nil {
			hi, _ := l.value(c.Hi)
			cond = &ir.Expr{Op: ir.Binary, Name: "&&",
				X: &ir.Expr{Op: ir.Binary, Name: ">=", X: loadOf(cell), Y: lo},
				Y: &ir.Expr{Op: ir.Binary, Name: "<=", X: loadOf(cell), Y: hi}}
		}
		l.branch(cond, l.cases[c], next, l.pos(c.Pos, c.Pos))
		l.cur = next
	}
	l.jump(other)
	l.breaks = append(l.breaks, target{end, len(l.scopes)})
	l.cur = nil
	l.stmt(s.Body)
	l.breaks = l.breaks[:len(l.breaks)-1]
	l.jump(end)
	l.cur = end
}

// collectCases finds the case labels that belong to a switch body.
func collectCases(s *cparse.Stmt, out *[]*cparse.Stmt) {
	if s == nil {
		return
	}
	switch s.Kind {
	case cparse.Switch:
		return
	case cparse.Case, cparse.Default:
		*out = append(*out, s)
	}
	for _, c := range s.List {
		collectCases(c, out)
	}
	collectCases(s.Body, out)
	collectCases(s.Else, out)
}

// branch ends the current block with a condition.
func (l *lowerer) branch(cond *ir.Expr, yes, no *ir.Block, pos ir.Pos) {
	b := l.here()
	b.Cond, b.Pos = cond, pos
	b.Succs = []int{yes.Index, no.Index}
	l.cur = nil
}

// asm lowers asm goto: control falls through or goes to one of the labels.
func (l *lowerer) asm(s *cparse.Stmt) {
	for _, g := range s.List {
		if g.Kind != cparse.Goto {
			continue
		}
		taken, next := l.block(), l.block()
		l.branch(l.unknown(), taken, next, l.pos(s.Pos, s.Pos))
		l.cur = taken
		l.gotoStmt(g)
		l.cur = next
	}
}

// local lowers the declaration of a local variable.
func (l *lowerer) local(d *cparse.VarDecl) {
	t := l.typeName(d.Type)
	if d.Name == "" {
		return
	}
	if d.Extern {
		return
	}
	if d.Static {
		sc := l.scopes[len(l.scopes)-1]
		sc.vars[d.Name] = &variable{name: d.Name, local: -1, global: l.file.Name + ":" + d.Name, typ: t}
		return
	}
	if t == nil && d.Init != nil { // __auto_type
		v, vt := l.value(d.Init)
		x := l.declare(d.Name, vt)
		l.store(x.addr(), v, l.pos(d.Pos, d.Pos))
		l.arm(x, d)
		return
	}
	// The initialiser may name an outer variable of the same name, but never
	// this one's value: evaluate, then declare.
	if d.Init != nil && d.Init.Op == cparse.InitList {
		x := l.declare(d.Name, t)
		l.initList(x.addr(), t, d.Init)
		l.arm(x, d)
		return
	}
	if d.Init != nil {
		v, vt := l.value(d.Init)
		if known(vt) && !known(t) {
			t = vt
		}
		x := l.declare(d.Name, t)
		l.store(x.addr(), v, l.pos(d.Pos, d.Pos))
		l.arm(x, d)
		return
	}
	x := l.declare(d.Name, t)
	l.emit(ir.Op{Kind: ir.Forget, Dst: -1, Addr: x.addr(), Pos: l.pos(d.Pos, d.Pos)})
	l.arm(x, d)
}

// arm notes that v is cleaned up at the end of its scope.
func (l *lowerer) arm(v *variable, d *cparse.VarDecl) {
	if d.Cleanup == "" {
		return
	}
	v.cleanup = d.Cleanup
	sc := l.scopes[len(l.scopes)-1]
	sc.cleanups = append(sc.cleanups, v)
}

// zero clears the members that an initialiser does not name.
func (l *lowerer) zero(addr *ir.Expr, t *cparse.Type, fields []cparse.FieldRef, list *cparse.Expr) {
	named := map[string]bool{}
	next := 0
	for _, a := range list.Args {
		switch {
		case a.Op == cparse.Designated && a.Name != "":
			named[a.Name] = true
		case a.Op != cparse.Designated && next < len(fields):
			named[fields[next].Name] = true
			next++
		}
	}
	for n, f := range fields {
		if n == maxZeroed {
			break
		}
		if f.Name == "" || named[f.Name] || f.Type == nil || f.Type.Kind != cparse.Pointer && f.Type.Kind != cparse.Int {
			continue
		}
		l.store(&ir.Expr{Op: ir.Field, Owner: recordOf(t), Name: f.Name, X: addr}, konst(0), l.exprPos(list))
	}
}

// maxZeroed bounds the members of one record that are cleared.
const maxZeroed = 32

// initList stores the members of a brace initialiser.
func (l *lowerer) initList(addr *ir.Expr, t *cparse.Type, list *cparse.Expr) {
	fields := fieldsOf(t, &l.ordered)
	l.zero(addr, t, fields, list)
	next := 0
	for _, a := range list.Args {
		at, ft := (*ir.Expr)(nil), (*cparse.Type)(nil)
		v := a
		if a.Op == cparse.Designated {
			v = a.X
			if a.Name != "" {
				if f, ok := l.file.Field(t, a.Name); ok {
					at, ft = l.fieldAddr(addr, f, a.Name), f.Type
				}
			}
		} else if next < len(fields) {
			f := fields[next]
			next++
			at, ft = &ir.Expr{Op: ir.Field, Owner: recordOf(t), Name: f.Name, X: addr}, f.Type
		}
		if v == nil {
			continue
		}
		if v.Op == cparse.InitList {
			if at != nil {
				l.initList(at, ft, v)
			}
			continue
		}
		x, _ := l.value(v)
		if at != nil {
			l.store(at, x, l.exprPos(v))
		}
	}
}
