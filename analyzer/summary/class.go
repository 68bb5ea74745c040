package summary

import (
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// classes names the lock classes that the lock at address v may belong to.
// None: the class cannot be told (yet): v is a parameter, or a value that
// nothing is known of.
func (x *exec) classes(v *ir.Expr) []rules.Class {
	var out []rules.Class
	for _, a := range x.alternatives(v) {
		if n := x.className(a); n != "" {
			c := rules.MakeClass(x.rules.Canonical(n), "", 0)
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		} else if cs := x.resultClasses[a]; len(cs) > 0 {
			for _, c := range cs {
				if !slices.Contains(out, c) {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// alternatives lists the values that v may stand for.
func (x *exec) alternatives(v *ir.Expr) []*ir.Expr {
	if as := x.alts[v]; len(as) > 0 {
		return as
	}
	return []*ir.Expr{v}
}

// className is the natural name of the class of the lock at address v: the
// member of a record, a global variable, an element of a table, a local. It
// is "" where only a caller can tell.
func (x *exec) className(v *ir.Expr) string {
	switch v.Op {
	case ir.Field:
		if v.Owner != "" && x.rules.Container(v.Owner) {
			if n := x.className(v.X); n != "" {
				return n
			}
			if r := v.X.Op; r == ir.Param || r == ir.Result || r == ir.Phi || r == ir.Unknown {
				return ""
			}
		}
		if v.Owner == "" {
			if n := x.className(v.X); n != "" {
				return n + "." + v.Name
			}
			return ""
		}
		return v.Owner + "." + v.Name
	case ir.Global:
		return x.env.GlobalName(v.Name)
	case ir.Index:
		// An array of locks: the table's name. The table may be an array or
		// a pointer to one.
		base := v.X
		if base.Op == ir.Load {
			base = base.X
		}
		if n := x.className(base); n != "" {
			return strings.TrimSuffix(n, "[]") + "[]"
		}
		return ""
	case ir.Binary: // pointer arithmetic into a table
		if v.Name == "+" || v.Name == "-" {
			base := v.X
			if base.Op == ir.Load {
				base = base.X
			}
			if n := x.className(base); n != "" {
				return strings.TrimSuffix(n, "[]") + "[]"
			}
		}
		return ""
	case ir.Local:
		if int(v.Int) < len(x.fn.Locals) {
			return x.fn.Name + "." + x.fn.Locals[v.Int]
		}
	case ir.Load: // a pointer to a lock, kept in a cell
		switch v.X.Op {
		case ir.Field, ir.Global, ir.Index:
			return x.className(v.X)
		}
	case ir.Old:
		if v.X == nil {
			return "" // one of several objects
		}
		return x.className(v.X)
	case ir.Result, ir.App:
		if c, ok := x.rules.ResultClass(v.Name); ok {
			return c
		}
	}
	return ""
}

// lockRef names the lock that op works on.
func (x *exec) lockRef(op *ir.Op, st *state) LockRef {
	p := op.Prim
	var ref LockRef
	if op.Lock != nil {
		ref.Val = x.eval(op.Lock, st)
	}
	if p.Class != "" {
		name := x.rules.Canonical(p.Class)
		if p.Member == "" && op.Lock == nil {
			ref.Val = x.mk(ir.Global, p.Class, "", 0, nil, nil)
		}
		ref.Classes = []rules.Class{rules.MakeClass(name, "", 0)}
	} else if ref.Val != nil {
		ref.Classes = x.classes(ref.Val)
	}
	if op.Sub != nil {
		ref.nest(x.eval(op.Sub, st))
	} else {
		x.sortOut(&ref, st)
	}
	return ref
}

// nest makes sub the subclass of ref. Where the callers of a wrapper say what it is,
// it is 1 until then.
func (ref *LockRef) nest(sub *ir.Expr) {
	n := 1
	if sub.Op == ir.Const {
		n = int(sub.Int)
	}
	ref.Sub = nil
	if exportable(sub) && (sub.Op != ir.Const || len(ref.Classes) == 0) {
		ref.Sub = sub
	}
	if n < 0 || n >= maxSub {
		return
	}
	cs := make([]rules.Class, len(ref.Classes))
	for i, c := range ref.Classes {
		cs[i] = c.WithSub(n)
	}
	ref.Classes = cs
}

const maxSub = 64

// qualify tells which qualifier narrows the class of the lock at v, from the
// predicates known to hold on the path for an object that v is reached
// through: "q", "!q", or "" where nothing is known.
func (x *exec) qualify(ref LockRef, st *state) string {
	if ref.Val == nil || len(ref.Classes) == 0 {
		return ""
	}
	for i := range st.facts {
		f := &st.facts[i]
		if f.Val.Op != ir.App {
			continue
		}
		p, ok := x.rules.Predicate(f.Val.Name)
		if !ok || !x.rules.Qualified(ref.Classes[0].Name(), p.Qual) {
			continue
		}
		obj := f.Val.X
		if !mentions(ref.Val, func(e *ir.Expr) bool { return e == obj }) {
			continue
		}
		holds := f.nonZero()
		if !holds && !f.zero() {
			continue
		}
		if holds != p.Negated {
			return p.Qual
		}
		return "!" + p.Qual
	}
	return ""
}

// placeQual is the qualifier that the rules declare for the code of x.fn,
// for locks of this class.
func (x *exec) placeQual(cs []rules.Class) string {
	for _, q := range x.quals {
		for _, c := range cs {
			if x.rules.Qualified(c.Name(), q) {
				return q
			}
		}
	}
	return ""
}

// withQual narrows c by q if q is a positive qualifier that splits c.
func (x *exec) withQual(c rules.Class, q string) rules.Class {
	if q == "" || strings.HasPrefix(q, "!") || !x.rules.Qualified(c.Name(), q) {
		return c
	}
	return c.WithQual(q)
}
