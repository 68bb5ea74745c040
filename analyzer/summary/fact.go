package summary

import (
	"fmt"
	"math"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A Fact bounds a value: Lo <= Val <= Hi, and Val != 0 if NonZero. Pointers
// are non-negative; error pointers are the values -4095..-1.
type Fact struct {
	Val     *ir.Expr
	Lo, Hi  int64
	NonZero bool
	// Implied: no condition of the code, but what follows from its going on.
	Implied bool
	// Old facts were learnt in an earlier round of the loop, or before it:
	// what they are about may have changed since. They do not decide the
	// branches of the loop, else a loop that waits for a change would never
	// end; behind the loop they count again.
	Old bool
}

func anything() Fact { return Fact{Lo: math.MinInt64, Hi: math.MaxInt64} }

func (f Fact) trivial() bool {
	return f.Lo == math.MinInt64 && f.Hi == math.MaxInt64 && !f.NonZero
}

// String prints the fact for dumps.
func (f Fact) String() string {
	v := "ret"
	if f.Val != nil {
		v = f.Val.String()
	}
	switch {
	case f.Lo == f.Hi:
		return fmt.Sprintf("%s == %d", v, f.Lo)
	case f.trivial():
		return v + " unknown"
	case f.NonZero && f.Lo == math.MinInt64 && f.Hi == math.MaxInt64:
		return v + " != 0"
	case f.Lo == math.MinInt64:
		return fmt.Sprintf("%s <= %d", v, f.Hi)
	case f.Hi == math.MaxInt64:
		if f.NonZero && f.Lo == 0 {
			return v + " > 0"
		}
		return fmt.Sprintf("%s >= %d", v, f.Lo)
	}
	return fmt.Sprintf("%d <= %s <= %d", f.Lo, v, f.Hi)
}

// meet narrows f by g; false if nothing is left.
func (f Fact) meet(g Fact) (Fact, bool) {
	f.Lo, f.Hi, f.NonZero, f.Old = max(f.Lo, g.Lo), min(f.Hi, g.Hi), f.NonZero || g.NonZero, f.Old && g.Old
	if f.NonZero {
		if f.Lo == 0 {
			f.Lo = 1
		}
		if f.Hi == 0 {
			f.Hi = -1
		}
	}
	return f, f.Lo <= f.Hi
}

// join widens f to cover g.
func (f Fact) join(g Fact) Fact {
	nz := f.nonZero() && g.nonZero()
	return Fact{Val: f.Val, Lo: min(f.Lo, g.Lo), Hi: max(f.Hi, g.Hi), NonZero: nz, Implied: f.Implied, Old: f.Old || g.Old}
}

func (f Fact) nonZero() bool { return f.NonZero || f.Lo > 0 || f.Hi < 0 }
func (f Fact) zero() bool    { return f.Lo == 0 && f.Hi == 0 }

// tri is a three-valued truth.
type tri int8

const (
	no tri = iota - 1
	unknown
	yes
)

func (t tri) not() tri { return -t }

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

// bound says what is known of v by its form and the facts of st.
func (st *state) bound(v *ir.Expr) Fact {
	f := anything()
	switch v.Op {
	case ir.Const:
		return Fact{Lo: v.Int, Hi: v.Int}
	case ir.Local, ir.Global, ir.FuncAddr, ir.Str:
		return Fact{Lo: 1, Hi: math.MaxInt64}
	case ir.Field, ir.Index:
		return Fact{Lo: 1, Hi: math.MaxInt64}
	case ir.Unary, ir.Binary:
		if isBool(v) {
			switch st.decide(v) {
			case yes:
				return Fact{Lo: 1, Hi: 1}
			case no:
				return Fact{}
			}
			return Fact{Lo: 0, Hi: 1}
		}
		if v.Op == ir.Binary && v.Name == "|" && v.Y.Op == ir.Const && v.Y.Int != 0 {
			f.NonZero = true
		}
		if v.Op == ir.Binary && v.Name == "&" && v.Y.Op == ir.Const && v.X.Op == ir.Binary && v.X.Name == "|" &&
			v.X.Y.Op == ir.Const && v.X.Y.Int&v.Y.Int != 0 {
			f.NonZero = true
		}
		if v.Op == ir.Unary && v.Name == "-" {
			if b := st.bound(v.X); b.Lo > math.MinInt64 && b.Hi < math.MaxInt64 {
				f = Fact{Lo: -b.Hi, Hi: -b.Lo}
			}
		}
	}
	for i := range st.facts {
		if st.facts[i].Val == v {
			if st.facts[i].Old && st.inLoop {
				return f
			}
			g := f
			g.Old = true // the form of v adds nothing that could be old
			m, ok := g.meet(st.facts[i])
			if ok {
				return m
			}
			return f
		}
	}
	if v.Op == ir.Binary && v.Name == "&" && v.Y.Op == ir.Const {
		return st.boundBits(v, f)
	}
	return f
}

// boundBits narrows f, the bound of x & c, by what is known of other bits of x.
func (st *state) boundBits(v *ir.Expr, f Fact) Fact {
	for i := range st.facts {
		g := &st.facts[i]
		if g.Val.Op != ir.Binary || g.Val.Name != "&" || g.Val.X != v.X || g.Val.Y.Op != ir.Const || g.Old && st.inLoop {
			continue
		}
		c, d := v.Y.Int, g.Val.Y.Int
		switch {
		case g.zero() && c&^d == 0:
			return Fact{Val: v}
		case g.nonZero() && d&^c == 0:
			f.NonZero = true
		}
	}
	return f
}

// decide says whether v is known to be non-zero.
func (st *state) decide(v *ir.Expr) tri {
	switch {
	case v.Op == ir.Const:
		return truth(v.Int != 0)
	case v.Op == ir.Unary && v.Name == "!":
		return st.decide(v.X).not()
	case v.Op == ir.Binary && isBool(v):
		if t := st.compare(v); t != unknown {
			return t
		}
		for i := range st.facts {
			if st.facts[i].Val == v && !(st.facts[i].Old && st.inLoop) {
				if st.facts[i].zero() {
					return no
				}
				if st.facts[i].nonZero() {
					return yes
				}
			}
		}
		return unknown
	}
	b := st.bound(v)
	switch {
	case b.nonZero():
		return yes
	case b.zero():
		return no
	}
	return unknown
}

// lacksBit reports whether v asks for bits of a value, one of which is known to be
// clear: (x & 3) == 3, where (x & 1) == 0.
func (st *state) lacksBit(v *ir.Expr) bool {
	m := v.X
	if m.Op != ir.Binary || m.Name != "&" || m.Y.Op != ir.Const || v.Y.Op != ir.Const {
		return false
	}
	for i := range st.facts {
		f := &st.facts[i]
		if k := f.Val; k.Op == ir.Binary && k.Name == "&" && k.X == m.X && k.Y.Op == ir.Const && k.Y.Int&v.Y.Int != 0 &&
			f.zero() && !(f.Old && st.inLoop) {
			return true
		}
	}
	return false
}

func (st *state) compare(v *ir.Expr) tri {
	switch v.Name {
	case "&&":
		x, y := st.decide(v.X), st.decide(v.Y)
		if x == no || y == no {
			return no
		}
		return min(x, y)
	case "||":
		x, y := st.decide(v.X), st.decide(v.Y)
		if x == yes || y == yes {
			return yes
		}
		return max(x, y)
	}
	if v.Name == "==" && st.lacksBit(v) {
		return no
	}
	x, y := st.bound(v.X), st.bound(v.Y)
	switch v.Name {
	case "==", "!=":
		t := unknown
		switch {
		case x.Lo == x.Hi && y.Lo == y.Hi && x.Lo == y.Lo:
			t = yes
		case x.Hi < y.Lo || y.Hi < x.Lo, x.zero() && y.nonZero(), y.zero() && x.nonZero():
			t = no
		}
		if v.Name == "!=" {
			t = t.not()
		}
		return t
	case "<":
		return less(x, y)
	case ">=":
		return less(x, y).not()
	case ">":
		return less(y, x)
	case "<=":
		return less(y, x).not()
	case ">=u", "<u":
		t := unknown
		if y.Lo == y.Hi && y.Lo < 0 { // is x in the range of error pointers?
			switch {
			case x.Lo >= y.Lo && x.Hi < 0:
				t = yes
			case x.Lo >= 0:
				t = no
			}
		}
		if v.Name == "<u" {
			t = t.not()
		}
		return t
	}
	return unknown
}

func less(x, y Fact) tri {
	switch {
	case x.Hi < y.Lo:
		return yes
	case x.Lo >= y.Hi:
		return no
	}
	return unknown
}

// assume narrows st by the truth of v; false if that cannot be.
func (st *state) assume(v *ir.Expr, is bool) bool {
	if t := st.decide(v); t != unknown {
		return t == truth(is)
	}
	switch {
	case v.Op == ir.Unary && v.Name == "!":
		return st.assume(v.X, !is)
	case v.Op == ir.Binary && v.Name == "&&" && is, v.Op == ir.Binary && v.Name == "||" && !is:
		return st.assume(v.X, is) && st.assume(v.Y, is)
	case v.Op == ir.Binary && isBool(v) && v.Y.Op == ir.Const:
		if f, ok := narrow(v.Name, v.Y.Int, is); ok {
			return st.learn(v.X, f)
		}
	case v.Op == ir.Binary && (v.Name == "==" && is || v.Name == "!=" && !is):
		// Equal values share what is known of either.
		if b := st.bound(v.Y); !b.trivial() && !st.learn(v.X, b) {
			return false
		}
	}
	if is {
		f := anything()
		f.NonZero = true
		return st.learn(v, f)
	}
	return st.learn(v, Fact{})
}

// narrow gives the bound on x where "x op c" is known.
func narrow(op string, c int64, is bool) (Fact, bool) {
	f := anything()
	if !is {
		neg := map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", ">=u": "<u", "<u": ">=u"}
		op = neg[op]
	}
	switch op {
	case "==":
		f.Lo, f.Hi = c, c
	case "!=":
		if c != 0 {
			return f, false
		}
		f.NonZero = true
	case "<":
		if c == math.MinInt64 {
			return f, false
		}
		f.Hi = c - 1
	case "<=":
		f.Hi = c
	case ">":
		if c == math.MaxInt64 {
			return f, false
		}
		f.Lo = c + 1
	case ">=":
		f.Lo = c
	case ">=u":
		if c >= 0 {
			return f, false
		}
		f.Lo, f.Hi = c, -1
	case "<u":
		if c >= 0 {
			return f, false
		}
		f.Lo = 0
	default:
		return f, false
	}
	return f, true
}

// learn adds a bound on v; false if it contradicts what is known.
func (st *state) learn(v *ir.Expr, f Fact) bool {
	if v.Op == ir.Const {
		_, ok := Fact{Lo: v.Int, Hi: v.Int}.meet(f)
		return ok
	}
	m, ok := st.bound(v).meet(f)
	if !ok {
		return false
	}
	m.Val = v
	if m.trivial() || isBool(v) && m.Lo <= 0 && m.Hi >= 1 && !m.NonZero {
		return true
	}
	m.Implied = f.Implied
	for i := range st.facts {
		if st.facts[i].Val == v {
			m.Implied = m.Implied && st.facts[i].Implied
			if st.facts[i] == m {
				return true
			}
			st.ownFacts()
			st.facts[i] = m
			return st.propagate(v)
		}
	}
	if len(st.facts) >= maxFacts {
		return true
	}
	if !st.tail || len(st.facts) == cap(st.facts) {
		st.facts, st.tail = append(st.pool.newFacts(len(st.facts)), st.facts...), true
	}
	st.facts = append(st.facts, m)
	return st.propagate(v)
}

// ownFacts makes the facts those of st alone, which is about to change some.
func (st *state) ownFacts() {
	if st.tail {
		st.pool.writes++
		return
	}
	st.facts, st.tail = append(st.pool.newFacts(len(st.facts)), st.facts...), true
}

// factOn returns the fact about v, nil for none.
func (st *state) factOn(v *ir.Expr) *Fact { return factOn(st.facts, v) }

// maxFacts bounds what one state remembers; more facts are not learnt, which
// loses precision and no path.
const maxFacts = 48

// Excludes reports whether f and g, about the same value, cannot both hold.
func (f Fact) Excludes(g Fact) bool {
	_, ok := f.meet(g)
	return !ok
}
