package summary

import (
	"fmt"
	"io"
	"strings"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// Print describes the summary for people. The text of the function is so many lines further
// down than its ir says.
func (s *Summary) Print(w io.Writer, moved int) {
	s.print(w, func(w io.Writer, format string, args ...any) {
		for i, a := range args {
			if line, ok := a.(int32); ok && line != 0 {
				args[i] = int(line) + moved
			}
		}
		fmt.Fprintf(w, format, args...)
	})
}

// Alike reports whether the function of t does to locks what that of s does, wherever in it.
func (s *Summary) Alike(t *Summary) bool {
	return s.face == t.face && s.face != cache.Hash{} || s.behaviour() == t.behaviour()
}

// behaviour is s printed without the places, which an edit elsewhere moves.
func (s *Summary) behaviour() string {
	var b strings.Builder
	s.print(&b, func(io.Writer, string, ...any) {})
	return b.String()
}

// print writes the summary; place writes what says where something is.
func (s *Summary) print(w io.Writer, place func(w io.Writer, format string, args ...any)) {
	fmt.Fprint(w, s.Func.Name)
	place(w, "  # %s:%d", s.Func.File, s.Func.Pos.Line)
	fmt.Fprintln(w)
	for _, r := range s.Requires {
		fmt.Fprintf(w, "  requires  %s", r.LockRef)
		if r.Next != nil {
			fmt.Fprintf(w, "  for %s", r.Next.Func.Name)
			place(w, " at line %d", r.Pos.Line)
		}
		fmt.Fprintf(w, "%s\n", guardText(r.Guard))
	}
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		fmt.Fprintf(w, "  outcome %d%s", i+1, guardText(o.Guard))
		if o.RetVal != nil {
			fmt.Fprintf(w, "  returns %s", o.RetVal)
		} else if !o.Ret.trivial() {
			fmt.Fprintf(w, "  returns %s", o.Ret)
		}
		fmt.Fprintln(w)
		for _, c := range o.choices {
			fmt.Fprintf(w, "    %s\n", c)
		}
		for _, h := range o.Acquired {
			fmt.Fprintf(w, "    leaves held  %s%s\n", h.LockRef, modeText(h.Mode))
		}
		for _, r := range o.Released {
			fmt.Fprintf(w, "    releases     %s\n", r)
		}
		for _, st := range o.Stores {
			fmt.Fprintf(w, "    stores       %s = %s\n", &ir.Expr{Op: ir.Load, X: st.Addr}, st.Val)
		}
	}
	if s.RetExpr != nil {
		fmt.Fprintf(w, "  returns   %s\n", s.RetExpr)
	}
	if len(s.Drops) > 0 {
		fmt.Fprintf(w, "  may release a lock of %s\n", classesText(s.Drops))
	}
	if len(s.RetClasses) > 0 {
		fmt.Fprintf(w, "  returns a lock of %s\n", classesText(s.RetClasses))
	}
	for _, e := range s.Events {
		verb := "takes"
		switch {
		case e.Kind == Wait:
			verb = "waits for"
		case e.Kind == Callback:
			verb = "calls"
		case e.Try:
			verb = "tries"
		}
		ref := e.LockRef.String()
		if e.Kind == Callback {
			ref = e.Ptr.String()
		}
		fmt.Fprintf(w, "  %-9s %s%s", verb, ref, modeText(e.Mode))
		place(w, "  line %d", e.Pos.Line)
		for n := e.Next; n != nil; n = n.Next {
			fmt.Fprintf(w, " > %s", n.Func.Name)
		}
		if e.Qual != "" {
			fmt.Fprintf(w, " [%s]", e.Qual)
		}
		if len(e.Dropped) > 0 {
			fmt.Fprint(w, " after dropping")
			for _, d := range e.Dropped {
				fmt.Fprintf(w, " %s", d)
			}
		}
		fmt.Fprintf(w, "%s\n", guardText(e.Guard))
	}
	for _, p := range s.Pairs {
		fmt.Fprintf(w, "  pair      %s > %s", p.OuterClass, p.InnerClass)
		place(w, "  lines %d, %d", p.Outer.Pos.Line, p.Inner.Pos.Line)
		if p.Infeasible {
			fmt.Fprint(w, " infeasible")
		}
		fmt.Fprintln(w)
	}
}

// String names the lock by its classes and, where it is known, its path.
func (r LockRef) String() string {
	s := classesText(r.Classes)
	if r.Val != nil {
		s += " (" + r.Val.String() + ")"
	}
	return s
}

func classesText(cs []rules.Class) string {
	if len(cs) == 0 {
		return "?"
	}
	var names []string
	for _, c := range cs {
		names = append(names, c.String())
	}
	return strings.Join(names, "|")
}

func modeText(m rules.Mode) string {
	if m == rules.Exclusive {
		return ""
	}
	return " " + m.String()
}

func guardText(g []Fact) string {
	if len(g) == 0 {
		return ""
	}
	return "  if " + factsText(g)
}

func factsText(fs []Fact) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.String())
	}
	return strings.Join(out, ", ")
}
