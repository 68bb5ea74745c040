package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// The subclass that a lock has been given, for all that takes it without one, is kept
// as the content of a cell: that at subclassCell of the lock.

// subclassCell is the address of the cell that holds the subclass of the lock at v.
func (x *exec) subclassCell(v *ir.Expr) *ir.Expr { return x.mk(ir.App, ir.Subclass, "", 0, v, nil) }

func isSubclassCell(addr *ir.Expr) bool { return addr.Op == ir.App && addr.Name == ir.Subclass }

// setSubclass gives a lock a subclass.
func (x *exec) setSubclass(op *ir.Op, st *state) {
	if op.Sub == nil || op.Lock == nil {
		return
	}
	x.subclassed = true
	st.set(x.subclassCell(x.eval(op.Lock, st)), x.eval(op.Sub, st))
}

// sortOut narrows the classes of ref, which is taken without a subclass, where the lock
// has been given one. What is nested by its caller has other subclasses: those of
// objects that are alike.
func (x *exec) sortOut(ref *LockRef, st *state) {
	if !x.subclassed || ref.Val == nil || slices.ContainsFunc(ref.Classes, func(c rules.Class) bool { return c.Sub() != 0 }) {
		return
	}
	n := st.env.get(x.subclassCell(ref.Val))
	if n == nil || n.Op != ir.Const || n.Int <= 0 || n.Int >= maxSub-rules.OwnSubclass {
		return
	}
	cs := make([]rules.Class, len(ref.Classes))
	for i, c := range ref.Classes {
		cs[i] = c.WithSub(rules.OwnSubclass + int(n.Int))
	}
	ref.Classes = cs
}

// noObject reports whether the object of the lock at v is none in st: what is said of
// the lock is true of it.
func noObject(v *ir.Expr, st *state) bool {
	b := st.bound(object(v))
	return b.Hi < 0 || b.zero()
}

// subclasses lists what the ways out of a group say of the locks of parameters, and
// of the object returned, as far as all of them agree which return one.
func (x *exec) subclasses(g []way) []StoreEffect {
	if !x.subclassed {
		return nil
	}
	ret := x.mk(ir.Ret, "", "", 0, nil, nil)
	said := func(w *way) (out []StoreEffect) {
		for _, c := range w.st.env {
			if !isSubclassCell(c.addr) || !exportable(c.val) {
				continue
			}
			addr := c.addr
			if w.val != nil && !exportable(w.val) {
				addr = x.replace(addr, w.val, ret)
			}
			if exportable(addr) {
				out = append(out, StoreEffect{addr, c.val})
			}
		}
		return out
	}
	var out []StoreEffect
	first := true
	for i := range g {
		w := &g[i]
		if w.val != nil && (w.ret.Hi < 0 || w.ret.zero()) && (!first || i < len(g)-1) {
			continue
		}
		now := said(w)
		if first {
			out, first = now, false
			continue
		}
		out = slices.DeleteFunc(out, func(s StoreEffect) bool { return !slices.Contains(now, s) })
	}
	return out
}
