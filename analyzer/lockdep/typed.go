package lockdep

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// resolve types the candidates, file by file.
func (n *namer) resolve(ctx context.Context, cands [][]candidate) {
	next := make(chan []candidate)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for cs := range next {
				n.file(cs)
			}
		})
	}
	for _, cs := range cands {
		if len(cs) > 0 && ctx.Err() == nil {
			next <- cs
		}
	}
	close(next)
	wg.Wait()
}

// file types the candidates of one file.
func (n *namer) file(cs []candidate) {
	f, err := n.Tree.File(cs[0].file)
	if err != nil {
		return
	}
	lowered := map[*cparse.Func]*body{}
	for _, c := range cs {
		if c.off < 0 {
			n.variable(f, c.callee)
			continue
		}
		i := slices.IndexFunc(f.Funcs, func(fn *cparse.Func) bool { return fn.Pos <= c.off && c.off < fn.End })
		if i < 0 {
			n.initialiser(f, c)
			continue
		}
		fn := f.Funcs[i]
		if lowered[fn] == nil {
			lowered[fn] = newBody(lower.Func(fn, n.Rules).Func)
		}
		n.call(f, lowered[fn], c)
	}
}

func (n *namer) found(name string, class rules.Class, f *cparse.File, off int32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.want[name]; m != nil {
		m.add(Origin{Class: class, File: f.Name, Line: f.Position(off).Line})
	}
}

// canonical makes the class of a natural name.
func (n *namer) canonical(natural string) rules.Class {
	c, err := rules.ParseClass(n.Rules.Canonical(natural))
	if err != nil {
		return rules.MakeClass(natural, "", 0)
	}
	return c
}

// call types a call within a function.
func (n *namer) call(f *cparse.File, b *body, c candidate) {
	at := f.Position(c.off)
	for _, block := range b.fn.Blocks {
		for i := range block.Ops {
			op := &block.Ops[i]
			if int(op.Pos.Line) != at.Line || int(op.Pos.Col) != at.Column {
				continue
			}
			var lock *ir.Expr
			switch {
			case c.wrap >= 0 && op.Kind == ir.Call && op.Callee.Name == c.callee:
				w := n.wrapper(c)
				if w.arg >= len(op.Args) {
					continue
				}
				lock = op.Args[w.arg]
			case c.wrap < 0 && op.Kind == ir.Lock && (op.Prim.Effect == rules.Init || op.Prim.Effect == rules.SetKey):
				if op.Prim.Class != "" {
					n.found(c.name, n.canonical(op.Prim.Class), f, c.off)
					continue
				}
				if s, ok := literal(op); ok && !strings.HasPrefix(bare(c.name), bare(s)) {
					continue // a macro that names several
				}
				lock = op.Lock
			}
			if lock == nil {
				continue
			}
			natural, root := n.natural(b, lock, 0)
			switch {
			case natural != "":
				n.found(c.name, n.canonical(natural), f, c.off)
			case root >= 0:
				depth := 0
				if c.wrap >= 0 {
					depth = n.wrapper(c).depth + 1
				}
				n.mu.Lock()
				n.wrap(n.funcs, b.fn.Name, wrapper{name: c.name, arg: root, depth: depth})
				n.mu.Unlock()
			}
		}
	}
}

func (n *namer) wrapper(c candidate) wrapper {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.funcs[c.callee][c.wrap]
}

// literal is the name in a string that op gives, or how it begins: of literals
// that follow each other, the first is known.
func literal(op *ir.Op) (string, bool) {
	if i := op.Prim.Naming.Arg; op.Prim.Naming.By == rules.ByString && i < len(op.Args) && op.Args[i].Op == ir.Str {
		return op.Args[i].Name, true
	}
	return "", false
}

// bare drops what differs between the spellings of one text after macros.
func bare(s string) string { return strings.NewReplacer(" ", "", "(", "", ")", "").Replace(s) }

// A body is a lowered function with what its locals and temporaries hold, where
// they hold one thing throughout.
type body struct {
	fn      *ir.Func
	locals  map[int64]*ir.Expr // nil: several
	results map[int64]string   // the callee that made a temporary
}

func newBody(fn *ir.Func) *body {
	b := &body{fn: fn, locals: map[int64]*ir.Expr{}, results: map[int64]string{}}
	for _, block := range fn.Blocks {
		for i := range block.Ops {
			op := &block.Ops[i]
			switch {
			case op.Kind == ir.Store && op.Addr.Op == ir.Local:
				if _, twice := b.locals[op.Addr.Int]; twice {
					b.locals[op.Addr.Int] = nil
				} else {
					b.locals[op.Addr.Int] = op.Val
				}
			case op.Kind == ir.Call && op.Dst >= 0:
				b.results[int64(op.Dst)] = op.Callee.Name
			}
		}
	}
	return b
}

const maxPath = 24 // steps from a lock to what it is reached from

// natural is the natural name of the lock at e, as package summary names
// classes; "" where only a caller can tell, with the parameter that leads to it
// (-1: none does).
func (n *namer) natural(b *body, e *ir.Expr, depth int) (string, int) {
	if e == nil || depth > maxPath {
		return "", -1
	}
	below := func(x *ir.Expr) (string, int) { return n.natural(b, x, depth+1) }
	switch e.Op {
	case ir.Param:
		return "", int(e.Int)
	case ir.Global:
		return n.Global(e.Name), -1
	case ir.Local:
		if int(e.Int) < len(b.fn.Locals) && b.fn.Locals[e.Int] != "" {
			return b.fn.Name + "." + b.fn.Locals[e.Int], -1
		}
	case ir.Tmp:
		if c, ok := n.Rules.ResultClass(b.results[e.Int]); ok {
			return c, -1
		}
	case ir.Field:
		switch {
		case e.Owner != "" && n.Rules.Container(e.Owner):
			return below(e.X)
		case e.Owner == "":
			name, root := below(e.X)
			if name != "" {
				name += "." + e.Name
			}
			return name, root
		}
		return e.Owner + "." + e.Name, -1
	case ir.Index, ir.Binary:
		if e.Op == ir.Binary && e.Name != "+" && e.Name != "-" {
			return "", -1
		}
		name, root := below(e.X)
		if name != "" {
			name = strings.TrimSuffix(name, "[]") + "[]"
		}
		return name, root
	case ir.Load:
		if e.X.Op == ir.Local {
			return below(b.locals[e.X.Int])
		}
		return below(e.X)
	}
	return "", -1
}

// variable types the variables of file scope of that name, and finds the
// wanted names that begin with it.
func (n *namer) variable(f *cparse.File, name string) {
	i := slices.IndexFunc(f.Vars(), func(v *cparse.Var) bool { return v.Name == name && !v.Extern })
	if i < 0 {
		n.static(f, name)
		return
	}
	v := f.Vars()[i]
	id := name
	if v.Static {
		id = f.Name + ":" + name
	}
	for wanted := range n.want { // each is noted on its own: the order does not show
		path, ok := variablePath(wanted)
		if !ok || path[0] != name {
			continue
		}
		if natural, inner := n.member(f, v.Type(), n.Global(id), path[1:]); inner {
			n.mu.Lock()
			n.why[wanted] = "inside of the lock " + natural
			n.mu.Unlock()
		} else if natural != "" {
			n.found(wanted, n.canonical(natural), f, v.Pos)
		}
	}
}

// static finds a lock of that name that is static in a function.
func (n *namer) static(f *cparse.File, name string) {
	if n.want[name] == nil {
		return
	}
	src := string(f.Src)
	for i := 0; ; {
		j := strings.Index(src[i:], "static DEFINE_")
		if j < 0 {
			return
		}
		i += j + len("static DEFINE_")
		open := strings.IndexByte(src[i:], '(')
		if open < 0 {
			return
		}
		if args, _, ok := arguments(src, i+open); ok && len(args) > 0 && args[0] == name {
			if slices.ContainsFunc(f.Funcs, func(fn *cparse.Func) bool { return fn.Pos <= int32(i) && int32(i) < fn.End }) {
				n.found(name, n.canonical(n.Global(f.Name+":"+name)), f, int32(i))
			}
		}
	}
}

// member names the lock that the path leads to from a variable; inner tells that
// it is a part of another lock.
func (n *namer) member(f *cparse.File, t *cparse.Type, name string, path []string) (natural string, inner bool) {
	t, name = element(t, name)
	for i, p := range path {
		if t != nil && n.Rules.LockType(t.Tag) {
			return name, true
		}
		r, ok := f.Field(t, p)
		if !ok && i == len(path)-1 && t != nil && n.Rules.Container(t.Tag) {
			return name, false // the name that its initialiser gives the lock within
		}
		if !ok || r.Owner == nil {
			return "", false
		}
		if !n.Rules.Container(r.Owner.Tag) {
			name = r.Owner.Tag + "." + r.Name
		}
		t, name = element(r.Type, name)
	}
	if t == nil || !n.Rules.LockType(t.Tag) && !n.Rules.Container(t.Tag) {
		return "", false
	}
	return name, false
}

func element(t *cparse.Type, name string) (*cparse.Type, string) {
	for t != nil && t.Kind == cparse.Array {
		t, name = t.Elem, strings.TrimSuffix(name, "[]")+"[]"
	}
	return t, name
}

// initialiser types a macro that stands in the initialiser of a variable of file
// scope: by the designators that lead to it.
func (n *namer) initialiser(f *cparse.File, c candidate) {
	for _, v := range f.Vars() {
		if v.Extern || v.Pos > c.off {
			continue
		}
		x := v.Init()
		if x == nil || c.off < x.Pos || c.off >= x.End {
			continue
		}
		id := v.Name
		if v.Static {
			id = f.Name + ":" + v.Name
		}
		t, name := element(v.Type(), n.Global(id))
		var path []string
		for x != nil {
			switch x.Op {
			case cparse.InitList:
				var in []*cparse.Expr
				for _, a := range x.Args {
					if a.Pos <= c.off && c.off < a.End {
						in = append(in, a)
					}
				}
				if len(in) != 1 {
					break // what a macro stands for: all of it is in one place
				}
				x = in[0]
				continue
			case cparse.Designated:
				if x.Y == nil {
					path = append(path, x.Name)
				}
				x = x.X
				continue
			case cparse.Compound:
				x = x.X
				continue
			}
			break
		}
		if len(path) == 0 {
			n.found(c.name, n.canonical(name), f, c.off)
			return
		}
		for _, p := range path {
			r, ok := f.Field(t, p)
			if !ok || r.Owner == nil || n.Rules.LockType(t.Tag) {
				break
			}
			if !n.Rules.Container(r.Owner.Tag) {
				name = r.Owner.Tag + "." + r.Name
			}
			t, name = element(r.Type, name)
		}
		n.found(c.name, n.canonical(name), f, c.off)
		return
	}
}
