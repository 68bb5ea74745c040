package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var irqCheck = &Check{
	Name: "irq", run: (*Result).irq, code: true,
	Doc: `a lock that an interrupt can find taken

A spinlock is taken by an interrupt handler, or by a softirq (a timer, a tasklet, an
RCU callback), and elsewhere with interrupts, or bottom halves, on. If the handler
comes on that CPU while the lock is held, it spins for ever.

So it does if the lock of the handler is held elsewhere, with interrupts off, while
another lock is waited for that is taken with interrupts on: its holder may be stopped
by the handler, which waits for the first.

Readers of a rwlock do not stop each other. Which functions are handlers is told from
the calls that register them ("runs" in the rules). That interrupts are on is told from
what shows it: the function sleeps there, or turns them off without looking, or has
turned them on; functions that nothing like this is known of are passed over. After
Documentation/locking/lockdep-design.rst and lib/locking-selftest.c of the kernel.

Mend it by the _irqsave, _irq or _bh variant at the place that is shown. The check is
off by default. It does not know which contexts exclude each other: a handler that is
not registered yet, a device that is stopped, a lock that an object has for itself.`,
}

// A handled is an acquisition in an interrupt.
type handled struct {
	fn    *ir.Func // the handler
	how   string   // it became one: "request_irq at a.c:12"
	event *summary.Event
}

// An exposed is an acquisition that an interrupt may follow.
type exposed struct {
	fn    *ir.Func
	event *summary.Event
	entry *entered // nil: interrupts are turned on in fn
}

// An entered says why interrupts are on when a function is entered.
type entered struct {
	fn   *ir.Func
	from *entered // the caller, nil: it shows in fn itself
	pos  ir.Pos   // of the call in from, or of what shows it
	what string   // it does there: "sleeps"
	deep int
}

// An irqFinder looks at one sort of interrupt.
type irqFinder struct {
	r       *Result
	in      rules.Interrupt
	levels  *irqLevels
	entries map[string]*entered
	safe    map[rules.Class][]*handled // best first
	unsafe  map[rules.Class][]*exposed // best first
}

func (r *Result) irq() []*report.Violation {
	var out []*report.Violation
	levels := r.levels()
	for _, in := range []rules.Interrupt{rules.HardIRQ, rules.SoftIRQ} {
		f := &irqFinder{r: r, in: in, levels: levels, safe: map[rules.Class][]*handled{}, unsafe: map[rules.Class][]*exposed{}}
		f.handlers()
		f.enter()
		f.exposures()
		out = append(out, f.inconsistent()...)
		out = append(out, f.inversions()...)
	}
	return out
}

// spinlock reports whether an event takes a lock that interrupts matter to, of a class
// that is known.
func spinlock(e *summary.Event) bool {
	p := e.Prim
	return e.Kind == summary.Acquire && p != nil && p.Effect == rules.Acquire && !p.Sleeps && !p.Map && !p.Scope && len(e.Classes) == 1 &&
		!neverBlocks(p, e.Mode)
}

// handlers finds what handlers take.
func (f *irqFinder) handlers() {
	add := func(id, how string) {
		s := f.r.sums.Of(id)
		if s == nil {
			return
		}
		for _, e := range s.Events {
			if !e.Try && spinlock(e) {
				c := e.Classes[0]
				f.safe[c] = append(f.safe[c], &handled{s.Func, how, e})
			}
		}
	}
	seen := map[string]bool{}
	once := func(id, how string) {
		if !seen[id] {
			seen[id] = true
			add(id, how)
		}
	}
	for _, fn := range f.r.funcs {
		for _, s := range f.levels.sites[fn.ID] {
			name := s.op.Callee.Name
			if s.op.Kind == ir.Lock {
				name = s.op.Prim.Name
			}
			run, ok := f.r.rules.Runs(name)
			if !ok || run.In != f.in || run.Arg >= len(s.op.Args) || s.op.Args[run.Arg] == nil || s.op.Args[run.Arg].Op != ir.FuncAddr {
				continue
			}
			once(s.op.Args[run.Arg].Name, fmt.Sprintf("%s at %s:%d", name, fn.File, f.r.line(fn, s.op.Pos)))
		}
	}
	for _, m := range f.r.rules.RunsMembers() {
		if m.In != f.in {
			continue
		}
		for _, b := range f.r.sums.Graph.Bound(m.Owner, m.Name) {
			once(b.Func, fmt.Sprintf("%s.%s at %s:%d", m.Owner, m.Name, b.File, b.Line))
		}
	}
	for _, hs := range f.safe {
		slices.SortStableFunc(hs, func(a, b *handled) int {
			return cmp.Or(cmp.Compare(a.event.Indirect, b.event.Indirect), cmp.Compare(a.event.Depth, b.event.Depth), strings.Compare(a.fn.ID, b.fn.ID))
		})
	}
}

// open reports whether the interrupt may come in a state, if it may on entry.
func (f *irqFinder) open(st irqState) bool {
	if f.in == rules.SoftIRQ && (st.bh != 0 || st.lost) {
		return false
	}
	return st.hard == asEntered || st.hard == irqsOn
}

// enter finds the functions that are entered with the interrupt on, by what shows
// it in them and in their callers, nearest first.
func (f *irqFinder) enter() {
	f.entries = map[string]*entered{}
	var level []*entered
	add := func(e *entered) {
		if f.entries[e.fn.ID] == nil {
			f.entries[e.fn.ID] = e
			level = append(level, e)
		}
	}
	for _, fn := range f.r.funcs {
		if e := f.shows(fn); e != nil {
			add(e)
		}
	}
	for len(level) > 0 {
		last := level
		level = nil
		for _, from := range last {
			for _, s := range f.levels.sites[from.fn.ID] {
				if s.op.Kind != ir.Call || len(s.op.Callee.Targets) != 1 || !f.open(s.st) {
					continue
				}
				if to := f.r.sums.Graph.Funcs[s.op.Callee.Targets[0]]; to != nil {
					add(&entered{fn: to, from: from, pos: s.op.Pos, deep: from.deep + 1})
				}
			}
		}
	}
}

// shows finds what a function does that it can do with the interrupt on only.
func (f *irqFinder) shows(fn *ir.Func) *entered {
	for _, s := range f.levels.sites[fn.ID] {
		p := s.op.Prim
		if s.op.Kind != ir.Lock || p == nil || p.Try {
			continue
		}
		switch {
		case sleepsHere(p) && s.st.hard == asEntered && s.st.bh == 0 && !s.st.lost:
			return &entered{fn: fn, pos: s.op.Pos, what: "sleeps"}
		case f.in == rules.HardIRQ && p.Effect == rules.Acquire && p.IRQ == rules.IRQOff && p.Success == rules.Always && s.was == asEntered:
			return &entered{fn: fn, pos: s.op.Pos, what: "turns interrupts off, and on again"}
		}
	}
	return nil
}

// sleepsHere reports whether an operation may sleep, whatever it is given.
func sleepsHere(p *rules.Primitive) bool {
	switch p.Effect {
	case rules.Acquire, rules.WaitFor, rules.Sleep:
		return p.Sleeps && !p.Map && !p.Scope && p.With == ""
	}
	return false
}

// exposures finds the acquisitions that the interrupt may follow.
func (f *irqFinder) exposures() {
	for _, fn := range f.r.funcs {
		for _, e := range f.r.sums.Of(fn.ID).Events {
			if !spinlock(e) || e.Next != nil && len(e.Next.Classes) > 0 || len(f.safe) == 0 {
				continue
			}
			st := f.levels.at(e)
			entry := f.entries[fn.ID]
			switch {
			case !f.open(st):
				continue
			case st.hard == irqsOn && f.in == rules.HardIRQ:
				entry = nil
			case entry == nil:
				continue
			}
			f.unsafe[e.Classes[0]] = append(f.unsafe[e.Classes[0]], &exposed{fn, e, entry})
		}
	}
	deep := func(u *exposed) int {
		if u.entry == nil {
			return 0
		}
		return u.entry.deep
	}
	for _, us := range f.unsafe {
		slices.SortStableFunc(us, func(a, b *exposed) int {
			return cmp.Or(
				boolRank(!f.r.inPath(a.fn.File), !f.r.inPath(b.fn.File)), cmp.Compare(len(a.event.Guard), len(b.event.Guard)),
				cmp.Compare(deep(a), deep(b)), cmp.Compare(a.event.Depth, b.event.Depth), strings.Compare(a.fn.ID, b.fn.ID),
			)
		})
	}
}

// keepsOff reports whether one who holds a lock keeps another one from it.
func keepsOff(a, b rules.Mode) bool { return a == rules.Exclusive || b == rules.Exclusive }

// clash finds an acquisition in the interrupt and one that it may follow which keep
// each other off.
func clash(hs []*handled, us []*exposed) (*handled, *exposed) {
	for _, u := range us {
		for _, h := range hs {
			if keepsOff(h.event.Mode, u.event.Mode) {
				return h, u
			}
		}
	}
	return nil, nil
}

// words name the sort of interrupt.
func (f *irqFinder) words() (on, handler string) {
	if f.in == rules.SoftIRQ {
		return "bottom halves on", "softirq"
	}
	return "interrupts on", "interrupt handler"
}

// inconsistent finds the locks that an interrupt takes and that it may find taken.
func (f *irqFinder) inconsistent() []*report.Violation {
	var out []*report.Violation
	on, handler := f.words()
	for c, us := range f.unsafe {
		h, u := clash(f.safe[c], us)
		if h == nil {
			continue
		}
		fn := f.r.taker(u.event)
		v := &report.Violation{
			Check: "irq", Pos: f.r.place(u.event), Message: fmt.Sprintf("%s taken with %s, and by the %s %s", c, on, handler, h.fn.Name),
			Outer: c.String(), Inner: c.String(), Function: fn.Name, Root: u.root().Name, Callers: len(us) - 1,
			Paths: []report.Trace{f.exposedTrace(u, "with "+on), f.handledTrace(h)},
			Help:  fmt.Sprintf("turn them off where %s:%d takes it", u.fn.File, f.r.line(u.fn, u.event.Pos)),
			Key:   report.MakeKey("irq", []string{f.in.String(), c.String()}, []string{fn.Name, h.fn.Name}),
		}
		f.rate(v, h, u, nil)
		out = append(out, v)
	}
	return out
}

// inversions finds the locks that an interrupt takes and whose holder waits for one
// that it may find taken.
func (f *irqFinder) inversions() []*report.Violation {
	var out []*report.Violation
	on, handler := f.words()
	for _, e := range f.r.pairs().sorted {
		if h, _ := clash(f.safe[e.inner], f.unsafe[e.inner]); h != nil || e.outer == e.inner {
			continue // which is worse, and has been said
		}
		if h, _ := clash(f.safe[e.outer], f.unsafe[e.outer]); h != nil {
			continue
		}
		v := f.inversion(e, on, handler)
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

func (f *irqFinder) inversion(e edge, on, handler string) *report.Violation {
	for _, p := range f.r.pairs().edges[e] {
		if !blocks(p) || !spinlock(p.Inner) || p.Fresh || p.Outer.Prim == nil {
			continue
		}
		i := slices.IndexFunc(f.safe[e.outer], func(h *handled) bool { return keepsOff(h.event.Mode, p.Outer.Mode) })
		j := slices.IndexFunc(f.unsafe[e.inner], func(u *exposed) bool { return keepsOff(u.event.Mode, p.Inner.Mode) })
		if i < 0 || j < 0 {
			continue
		}
		h, u := f.safe[e.outer][i], f.unsafe[e.inner][j]
		fn := f.r.taker(p.Inner)
		v := &report.Violation{
			Check: "irq", Pos: f.r.place(p.Inner),
			Message: fmt.Sprintf("%s, which is taken with %s, taken under %s of the %s %s", e.inner, on, e.outer, handler, h.fn.Name),
			Outer:   e.outer.String(), Inner: e.inner.String(), Function: fn.Name, Root: p.Func.Name, Callers: p.Count - 1,
			Paths: []report.Trace{f.r.pairTrace(p, "waits under the lock of the "+handler), f.handledTrace(h), f.exposedTrace(u, "with "+on)},
			Help:  fmt.Sprintf("turn them off where %s:%d takes %s", u.fn.File, f.r.line(u.fn, u.event.Pos), e.inner),
			Key:   report.MakeKey("irq", []string{f.in.String(), e.outer.String(), e.inner.String()}, []string{fn.Name}),
		}
		f.rate(v, h, u, p)
		return v
	}
	return nil
}

// rate scores a violation by what it rests on.
func (f *irqFinder) rate(v *report.Violation, h *handled, u *exposed, p *summary.Pair) {
	if p != nil {
		f.r.score(v, p)
	} else {
		v.Score = 100
	}
	lose := func(n int, why ...string) {
		v.Score -= n
		v.Reasons = append(v.Reasons, why...)
	}
	for _, e := range []*summary.Event{h.event, u.event} {
		n, why := wayTo(e, 0)
		lose(n, why...)
		if len(e.Guard) > 0 {
			lose(10, "it is taken on a condition")
		}
	}
	if u.entry != nil && u.entry.deep > 2 {
		lose(8*(u.entry.deep-2), fmt.Sprintf("what shows that they are on is %d calls away", u.entry.deep))
	}
	devalue(v, 0)
	on, _ := f.words()
	v.Notes = append(v.Notes, fmt.Sprintf("%s is a%s by %s", h.fn.Name, map[rules.Interrupt]string{rules.HardIRQ: "n interrupt handler", rules.SoftIRQ: " softirq"}[f.in], h.how))
	if u.entry != nil {
		first := u.entry
		for first.from != nil {
			first = first.from
		}
		v.Notes = append(v.Notes, fmt.Sprintf("%s is entered with %s: it %s at %s:%d", first.fn.Name, on, first.what, first.fn.File, f.r.line(first.fn, first.pos)))
	}
}

// root is the function that the path of an exposed acquisition begins in.
func (u *exposed) root() *ir.Func {
	if u.entry == nil {
		return u.fn
	}
	e := u.entry
	for e.from != nil {
		e = e.from
	}
	return e.fn
}

func (f *irqFinder) exposedTrace(u *exposed, title string) report.Trace {
	t := &tracer{r: f.r}
	var calls []*entered
	for e := u.entry; e != nil && e.from != nil; e = e.from {
		calls = append(calls, e)
	}
	for _, e := range slices.Backward(calls) {
		t.add(t.call(e.from.fn, e.pos, e.fn, ""))
	}
	t.inner(u.event, u.event.Classes[0])
	return report.Trace{Title: title, Inner: u.event.Classes[0].String(), Steps: t.steps}
}

func (f *irqFinder) handledTrace(h *handled) report.Trace {
	_, handler := f.words()
	t := &tracer{r: f.r}
	t.inner(h.event, h.event.Classes[0])
	return report.Trace{Title: "in the " + handler, Inner: h.event.Classes[0].String(), Steps: t.steps}
}
