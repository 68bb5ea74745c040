package summary

import "github.com/lockorder/lockorder/analyzer/ir"

// What a callee does becomes what its caller does: its events are lifted to the caller, in the
// caller's terms, and its calls through parameters are resolved.

// events makes the callee's events events of the caller, and pairs them
// with what is held.
func (c *callCtx) events(st *state) {
	if !c.recording {
		for _, r := range c.sum.Requires {
			c.requirement(r, st)
		}
		return
	}
	c.rec.context(c, st)
	for _, e := range c.sum.Events {
		c.rec.kept = false
		if c.lift(e, st); c.rec.kept {
			c.spare = nil
		}
	}
	for _, r := range c.sum.Requires {
		c.requirement(r, st)
	}
}

// lift brings one event of the callee to the caller.
func (c *callCtx) lift(e *Event, st *state) {
	if e.Depth >= maxEventDepth {
		c.tally(&c.stats.EventsCut)
		return
	}
	export := e.Kind != Acquire || !c.rec.known(e) || c.via != ""
	if !export && (len(st.held) == 0 || !c.env.Last) {
		return // nothing to pair it with, and no news for the callers
	}
	t, guard := c.holds(e.Guard, st)
	if c.spare == nil {
		c.spare = &Event{}
	}
	n := c.spare
	own, dropped := n.Guard[:0], n.Dropped[:0]
	*n = Event{
		Kind: e.Kind, Mode: e.Mode, Try: e.Try, Prim: e.Prim, Qual: e.Qual,
		Func: c.fn, Pos: c.op.Pos, Next: e, Depth: e.Depth + 1, Indirect: e.Indirect, Puts: e.Puts, Via: c.via, Again: e.Again,
		LockRef: c.ref(e.LockRef),
	}
	if c.via != "" {
		n.Indirect++
	}
	if n.Indirect > maxIndirect {
		c.tally(&c.stats.EventsCut)
		return
	}
	if n.Kind == Callback {
		if t != no {
			n.Guard = exported(own, guard)
			c.callback(e, n, st)
		}
		return
	}
	if n.Qual == "" {
		if n.Qual = c.qualify(n.LockRef, st); n.Qual == "" && n.Val != nil && n.Val.Root() != nil && n.Val.Root().Op != ir.Global {
			n.Qual = c.placeQual(n.Classes)
		}
	}
	if len(e.Dropped) > 0 {
		n.Dropped = dropped
		for _, d := range e.Dropped {
			n.Dropped = append(n.Dropped, c.ref(d))
		}
	}
	if t == no || c.tabled && c.offTable(e, st) || n.Val != nil && throughNull(n.Val, st) {
		c.rec.infeasible(c.exec, st, n)
		return
	}
	n.Guard = exported(own, guard)
	c.record(st, n, export && !(c.deferred && c.via != ""))
}

// exported adds to out the facts that callers can check.
func exported(out, facts []Fact) []Fact {
	for _, f := range facts {
		if exportable(f.Val) {
			out = append(out, f)
		}
	}
	return out
}

const (
	maxIndirect   = 1 // calls through pointers on the way to an event
	maxEventDepth = 8 // calls on the way to an event
)

// callback resolves a callee's call through a pointer that this caller
// passed, or hands it on.
func (c *callCtx) callback(e, n *Event, st *state) {
	ptr := c.subst(e.Ptr)
	if ptr == nil {
		return
	}
	var targets []Target
	find := c.env.Summary
	var bound map[string]*ir.Expr
	for _, p := range c.alternatives(ptr) {
		if p.Op == ir.FuncAddr {
			targets = append(targets, Target{ID: p.Name, Via: "callback"})
			if bound == nil {
				bound = map[string]*ir.Expr{}
			}
			bound[p.Name] = p
		}
	}
	args := make([]*ir.Expr, len(e.Args))
	for i, a := range e.Args {
		if args[i] = c.subst(a); args[i] == nil {
			args[i] = c.mk(ir.Unknown, "", "", c.site()<<8|int64(i), nil, nil)
		}
	}
	for _, h := range e.Under {
		u := *h
		u.LockRef, u.Func, u.Pos, u.From = c.ref(h.LockRef), c.fn, c.op.Pos, h
		n.Under = append(n.Under, &u)
	}
	passed := false
	if len(targets) == 0 {
		held := taken(st)
		may := exportable(ptr) && n.Depth <= maxCallbackDepth
		better := may && callersKnow(ptr)
		// What the member's initialisers say, if no caller knows better; and for what
		// is held here, since callers may not know better.
		if l := e.Ptr; l.Op == ir.Load && l.X.Op == ir.Field && (!better || len(held) > 0 && c.env.Last) {
			targets, find = c.env.Indirect(l.X.Owner, l.X.Name, tableOf(ptr), c.fn), c.env.Previous
		}
		if passed = better || may && len(targets) == 0; passed {
			up := *n
			up.Ptr, up.Args = ptr, args
			up.Under = append(n.Under[:len(n.Under):len(n.Under)], held...)
			for _, d := range e.Dropped {
				up.Dropped = append(up.Dropped, c.ref(d))
			}
			c.record(st, &up, true)
		}
	}
	for _, t := range targets {
		s := find(t.ID)
		if s == nil {
			continue
		}
		released := dropped{sum: s}
		for i := range s.Outcomes {
			for _, r := range s.Outcomes[i].Released {
				released.own = append(released.own, r.Classes...)
			}
		}
		c.rec.dropped = append(c.rec.dropped, released)
		in := c.newCallCtx(c.op, c.bind(bound[t.ID], s, args), c.res, s, st)
		for _, te := range s.Events {
			if te.Kind == Callback {
				continue
			}
			hop := e.through(te, t.Via)
			t, guard := in.holds(te.Guard, st)
			m := *n
			m.Kind, m.Next, m.Ptr, m.Under = te.Kind, hop, nil, nil
			m.LockRef, m.Mode, m.Try, m.Prim, m.Qual = in.ref(te.LockRef), te.Mode, te.Try, te.Prim, te.Qual
			m.Depth, m.Indirect, m.Again = n.Depth+te.Depth+1, n.Indirect+te.Indirect+1, te.Again
			m.Puts = n.Puts + te.Puts
			if m.Indirect > maxIndirect+1 || m.Depth > maxEventDepth {
				c.stats.EventsCut++
				continue
			}
			for _, d := range e.Dropped {
				m.Dropped = append(m.Dropped, c.ref(d))
			}
			for _, d := range te.Dropped {
				m.Dropped = append(m.Dropped, in.ref(d))
			}
			if m.Qual == "" {
				m.Qual = c.qualify(m.LockRef, st)
			}
			if t == no || c.tabled && c.offTable(hop, st) {
				c.rec.infeasible(c.exec, st, &m)
				continue
			}
			m.Guard = exported(n.Guard[:len(n.Guard):len(n.Guard)], guard)
			c.record(st, &m, !passed)
			if passed {
				continue
			}
			for _, u := range n.Under {
				c.pairUnder(u, &m)
			}
		}
		in.done()
	}
}

// taken lists the locks held in st that fn has taken itself.
func taken(st *state) []*Held {
	var out []*Held
	for _, h := range st.held {
		if !h.Entry && len(out) < maxUnder {
			out = append(out, h)
		}
	}
	return out
}

const maxUnder = 6

const maxCallbackDepth = 5
