package summary

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A recorder collects, in one last pass over the settled states, what the
// summary says.
type recorder struct {
	events   map[eventKey]int // where they are in eventList
	perClass map[classKey]int
	generic  map[classKey]*Event // the event of a class that has no conditions
	pairs    map[pairKey]*Pair
	lacks    map[lackKey]*Lack
	contexts map[contextKey][]int
	counted  map[countKey]bool
	opStatus map[int64]resolution
	exits    []returned
	sum      *Summary
	dropped  []dropped // of what callbacks release
	// uncertain are locks that a callee may have released.
	uncertain map[*ir.Expr]bool
	// guarded is what exec.guard has said last: of these facts, with so many needs, after so
	// many writes to facts.
	guarded, facts []Fact
	needs, writes  int
	kept           bool // the event that was recorded last is in events or pairs

	// What is in the maps, as it was found: what depends on the order must not depend on
	// the maps'.
	eventList []*Event
	pairList  []*Pair
	lackList  []*Lack
}

type eventKey struct {
	kind    EventKind
	class   rules.Class
	val     *ir.Expr
	mode    rules.Mode
	try     bool
	qual    string
	dropped string
	guard   string
	prim    string
	again   bool
}

// classKey is what makes events alike but for their conditions.
type classKey struct {
	kind  EventKind
	class rules.Class
	try   bool
	mode  rules.Mode
	qual  string
}

type pairKey struct {
	outerPos, innerPos ir.Pos
	from               *Held
	outer, inner       rules.Class
	mode               rules.Mode // of the inner one
	try, infeasible    bool
	same, again        bool
}

type lackKey struct {
	pos   ir.Pos
	class rules.Class
}

type contextKey struct {
	site   int64
	callee string
}

type countKey struct {
	site int64
	what *int
}

// resolution is how well the class of an operation's lock is known.
type resolution uint8

const (
	unresolved resolution = iota + 1
	byCaller
	resolved
)

const (
	maxEvents     = 2000 // events of one function
	maxVariants   = 6    // events of one class that differ in conditions
	maxValueDepth = 4    // calls through which a lock's path is followed, beside its class
	maxGuardDepth = 4    // calls through which the conditions of an event are followed
)

func newRecorder() *recorder {
	return &recorder{
		events: map[eventKey]int{}, perClass: map[classKey]int{}, generic: map[classKey]*Event{}, pairs: map[pairKey]*Pair{}, lacks: map[lackKey]*Lack{},
		contexts: map[contextKey][]int{}, counted: map[countKey]bool{}, opStatus: map[int64]resolution{}, uncertain: map[*ir.Expr]bool{},
	}
}

// reset forgets everything, but for the room that it took.
func (r *recorder) reset() {
	*r = recorder{
		events: emptied(r.events), perClass: emptied(r.perClass), generic: emptied(r.generic), pairs: emptied(r.pairs), lacks: emptied(r.lacks),
		contexts: emptied(r.contexts), counted: emptied(r.counted), opStatus: emptied(r.opStatus), uncertain: emptied(r.uncertain),
		eventList: cleared(r.eventList), pairList: cleared(r.pairList), lackList: cleared(r.lackList),
		exits: cleared(r.exits), dropped: cleared(r.dropped),
	}
}

// event notes an acquisition by the operation being executed.
func (x *exec) event(st *state, e *Event) {
	if x.recording {
		x.record(st, e, true)
	}
}

// record pairs e with the held set of st, and makes it known to callers.
func (x *exec) record(st *state, e *Event, export bool) {
	if e.Prim != nil && (e.Prim.Scope || e.Prim.Unless != "" && st.holdsAny(e.Prim.Unless)) {
		return
	}
	e.Again = e.Again || x.again(e, st)
	if x.last(st) {
		e.Puts++
	}
	if e.Kind != Callback {
		x.pair(st, e, false)
	}
	if !export {
		return
	}
	for _, h := range x.initial[st.init] {
		if !slices.Contains(st.held, h) {
			e.Dropped = append(e.Dropped, h.LockRef)
		}
	}
	deep := e.Depth > maxGuardDepth
	if deep {
		if e.Prim != nil && e.Prim.With != "" && len(e.Guard) > 0 {
			x.stats.EventsCut++ // without its flags it would be in every caller
			return
		}
		e.Guard = nil
	}
	guard := x.rec.guard(x, st)
	if !deep {
		e.Guard = slices.Grow(e.Guard, max(0, min(len(guard), maxGuard-len(e.Guard))))
	}
	for _, f := range guard {
		if deep && !x.decides(f.Val) {
			continue
		}
		if len(e.Guard) < maxGuard && !slices.ContainsFunc(e.Guard, func(o Fact) bool { return o.Val == f.Val }) {
			e.Guard = append(e.Guard, f)
		}
	}
	if e.Val != nil && x.handed[object(e.Val)] {
		e.Handed = true
	}
	if !exportable(e.Val) {
		e.local, e.Val = e.Val, nil
		if len(e.Classes) == 0 && e.Kind == Acquire {
			return // counted where the operation stands
		}
	}
	x.rec.export(x, e)
}

// guard is exec.guard: the events of a callee are recorded one after the other, in one state.
func (r *recorder) guard(x *exec, st *state) []Fact {
	if !same(st.facts, r.facts) || len(x.needs) != r.needs || x.pool.writes != r.writes || r.facts == nil {
		r.facts, r.needs, r.writes, r.guarded = st.facts, len(x.needs), x.pool.writes, x.guard(st)
	}
	return r.guarded
}

// last reports whether st is on a path on which the last reference to something has
// been dropped.
func (x *exec) last(st *state) bool {
	if !x.puts {
		return false
	}
	for i := range st.facts {
		f := &st.facts[i]
		if f.Val.Op != ir.Result {
			continue
		}
		if p := x.rules.Primitive(f.Val.Name); p != nil && p.Effect == rules.Put &&
			(p.Success == rules.NonZero && f.nonZero() || p.Success == rules.Zero && f.zero()) {
			return true
		}
	}
	return false
}

// hand notes the objects that a call gives to code that is not known.
func (x *exec) hand(args []*ir.Expr) {
	for _, a := range args {
		if o := object(a); o.Op != ir.Const && o.Op != ir.Local {
			if x.handed == nil {
				x.handed = map[*ir.Expr]bool{}
			}
			x.handed[o] = true
		}
	}
}

// decides reports whether v is what a lock of the caller is released on: who
// calls knows whether it is held where something else happens.
func (x *exec) decides(v *ir.Expr) bool {
	return slices.ContainsFunc(x.needs, func(n need) bool { return factOn(n.guard, v) != nil })
}

func (r *recorder) export(x *exec, e *Event) {
	var class rules.Class
	if len(e.Classes) > 0 {
		class = e.Classes[0]
	}
	k := eventKey{kind: e.Kind, class: class, val: e.Val, mode: e.Mode, try: e.Try, qual: e.Qual, again: e.Again}
	if e.Kind == Callback {
		k.val = e.Ptr
		for _, h := range e.Under {
			k.prim += strconv.Itoa(int(h.Pos.Line)) + "." + strconv.Itoa(int(h.Pos.Col)) + " "
		}
	}
	if e.Kind == Wait {
		k.prim = e.Prim.Name
	}
	if len(e.Dropped) > 0 {
		k.dropped = dropKey(e.Dropped)
	}
	if len(e.Guard) > 0 {
		k.guard = guardKey(e.Guard)
	}
	if at, ok := r.events[k]; ok {
		if better(e, r.eventList[at]) {
			r.eventList[at], r.kept = e, true
		}
		return
	}
	ck := classKey{e.Kind, class, e.Try, e.Mode, e.Qual}
	special := k.guard != "" || k.dropped != "" || k.val != nil || k.again
	if special && r.generic[ck] != nil && (k.guard != "" || k.dropped != "" || k.again || e.Depth > maxValueDepth) {
		return // an event of this class without conditions is known already
	}
	if special && r.perClass[ck] >= maxVariants || len(r.events) >= maxEvents {
		x.stats.EventsCut++
		return
	}
	if !special && e.Kind == Acquire {
		r.generic[ck] = e
	}
	r.perClass[ck]++
	r.events[k], r.kept = len(r.eventList), true
	r.eventList = append(r.eventList, e)
}

// known reports whether an event as general as the callee's e, and no longer,
// is recorded already.
func (r *recorder) known(e *Event) bool {
	if len(e.Classes) == 0 || e.Val != nil && e.Depth < maxValueDepth {
		return false
	}
	g := r.generic[classKey{e.Kind, e.Classes[0], e.Try, e.Mode, e.Qual}]
	return g != nil && g.Indirect <= e.Indirect && g.Depth <= e.Depth+1 && g.Puts <= e.Puts
}

// better orders events by how direct they are, then by place.
func better(a, b *Event) bool {
	if a.Indirect != b.Indirect {
		return a.Indirect < b.Indirect
	}
	if a.Puts != b.Puts {
		return a.Puts < b.Puts
	}
	if a.Depth != b.Depth {
		return a.Depth < b.Depth
	}
	if a.Pos != b.Pos {
		return a.Pos.Line < b.Pos.Line || a.Pos.Line == b.Pos.Line && a.Pos.Col < b.Pos.Col
	}
	return false
}

func dropKey(ds []LockRef) string {
	var buf [256]byte
	b := buf[:0]
	for _, d := range ds {
		b = strconv.AppendInt(b, int64(seqOf(d.Val)), 36)
		b = append(b, ';')
		for _, c := range d.Classes {
			b = append(b, c.String()...)
		}
	}
	return string(b)
}

func seqOf(e *ir.Expr) int32 {
	if e == nil {
		return -1
	}
	return e.Seq
}

func guardKey(g []Fact) string {
	var buf [256]byte
	b := buf[:0]
	for _, f := range g {
		b = strconv.AppendInt(b, int64(seqOf(f.Val)), 36)
		b = append(b, ':')
		b = strconv.AppendInt(b, f.Lo, 36)
		b = append(b, ':')
		b = strconv.AppendInt(b, f.Hi, 36)
		if f.NonZero {
			b = append(b, '!')
		}
		b = append(b, ';')
	}
	return string(b)
}

// pair records e against everything held in st.
func (x *exec) pair(st *state, e *Event, infeasible bool) {
	if !x.env.Last {
		return
	}
	for i, h := range st.held {
		if isDropped(h, e.Dropped) || h.Prim != nil && h.Prim.Scope {
			continue
		}
		same := h.Val != nil && h.Val == e.Val
		diagonal := len(h.Classes) > 1 && slices.Equal(h.Classes, e.Classes)
		for oi, oc := range h.Classes {
			for ii, ic := range e.Classes {
				if diagonal && oi != ii {
					continue
				}
				x.pairClasses(st, i, e, x.outerClass(h, oc, st), x.withQual(ic, e.Qual), same, infeasible)
			}
		}
	}
}

// pairUnder records e against a lock that a callee holds where it calls back.
func (x *exec) pairUnder(h *Held, e *Event) {
	if isDropped(h, e.Dropped) || h.Prim != nil && h.Prim.Scope {
		return
	}
	only := &state{held: []*Held{h}, pool: x.pool}
	for _, oc := range h.Classes {
		for _, ic := range e.Classes {
			x.pairClasses(only, 0, e, x.withQual(oc, h.Qual), x.withQual(ic, e.Qual), h.Val != nil && h.Val == e.Val, false)
		}
	}
}

// outerClass narrows the class of a held lock by what has become known since
// it was taken.
func (x *exec) outerClass(h *Held, c rules.Class, st *state) rules.Class {
	q := h.Qual
	if n := x.qualify(h.LockRef, st); n != "" {
		q = n
	}
	return x.withQual(c, q)
}

func (x *exec) pairClasses(st *state, i int, e *Event, outer, inner rules.Class, same, infeasible bool) {
	h := st.held[i]
	k := pairKey{outerPos: h.Pos, innerPos: e.Pos, from: h.From, outer: outer, inner: inner, mode: e.Mode, try: e.Try, same: same, again: e.Again, infeasible: infeasible}
	if old := x.rec.pairs[k]; old != nil {
		old.Count++
		if better(e, old.Inner) {
			old.Inner, x.rec.kept = e, true
		}
		if len(old.Gates) > 0 {
			gates := x.gates(st, i)
			old.Gates = slices.DeleteFunc(old.Gates, func(g rules.Class) bool { return !slices.Contains(gates, g) })
		}
		return
	}
	p := &Pair{
		Func: x.fn, Outer: h, Inner: e, OuterClass: outer, InnerClass: inner,
		SameInstance: same, Gates: x.gates(st, i), Count: 1, Infeasible: infeasible,
		Fresh: x.fresh(h.Val) || x.fresh(e.Val),
		Loop:  h.Val != nil && mentions(h.Val, func(e *ir.Expr) bool { return e.Op == ir.Old }),
	}
	x.rec.kept = true
	x.rec.pairs[k] = p
	x.rec.pairList = append(x.rec.pairList, p)
}

// fresh reports whether the lock at v is of an object that fn has made: a
// variable of its own, or what New returned.
func (x *exec) fresh(v *ir.Expr) bool {
	if v == nil {
		return false
	}
	switch r := object(v); r.Op {
	case ir.Local:
		return r != v // a lock on its own is made to be shared
	case ir.Result:
		return r.Name == ir.New
	}
	return false
}

// holdsAny reports whether one of the classes, joined by &, is held.
func (st *state) holdsAny(classes string) bool {
	for _, h := range st.held {
		for name := range strings.SplitSeq(classes, "&") {
			if slices.ContainsFunc(h.Classes, func(c rules.Class) bool { return c.Name() == name }) {
				return true
			}
		}
	}
	return false
}

// gates lists the classes of the locks held exclusively beside held lock i.
func (x *exec) gates(st *state, i int) []rules.Class {
	var out []rules.Class
	for j, h := range st.held {
		if j != i && h.Mode == rules.Exclusive && len(h.Classes) == 1 && (h.Prim == nil || !h.Prim.Scope) && !h.Prim.Duty() {
			out = append(out, h.Classes[0])
		}
	}
	return out
}

func isDropped(h *Held, dropped []LockRef) bool {
	for _, d := range dropped {
		if d.Val != nil && d.Val == h.Val {
			return true
		}
		if sharesClass(d.Classes, h.Classes) && !distinct(d.Val, h.Val) {
			return true
		}
	}
	return false
}

// infeasible records an event whose guard is false here, for the listing of
// pairs: it is in the call graph, and no path.
func (r *recorder) infeasible(x *exec, st *state, e *Event) {
	x.pair(st, e, true)
}

// lack notes a requirement that is not met at a call.
func (r *recorder) lack(c *callCtx, q *Requirement, ref LockRef, held *Held, maybe bool) {
	k := lackKey{pos: c.op.Pos}
	if len(ref.Classes) > 0 {
		k.class = ref.Classes[0]
	}
	given := slices.ContainsFunc(c.st.maybe, func(m rules.Class) bool { return sharesClass([]rules.Class{m}, ref.Classes) })
	if l := r.lacks[k]; l != nil {
		l.Given = l.Given && given
		return
	}
	l := &Lack{Func: c.fn, Pos: c.op.Pos, Req: q, LockRef: ref, Held: held, Under: len(taken(c.st)) > 0, Maybe: maybe, Given: given}
	r.lacks[k] = l
	r.lackList = append(r.lackList, l)
}

// met notes a requirement that is met at a call.
func (r *recorder) met(q *Requirement) {
	if !slices.Contains(r.sum.Met, q) {
		r.sum.Met = append(r.sum.Met, q)
	}
}

// context notes what is held at a call.
func (r *recorder) context(c *callCtx, st *state) {
	if !c.env.Last {
		return
	}
	var dropped []LockRef
	for _, h := range c.initial[st.init] {
		if !slices.Contains(st.held, h) {
			dropped = append(dropped, h.LockRef)
		}
	}
	k := contextKey{c.site(), c.sum.Func.ID}
	for _, i := range r.contexts[k] {
		if sameHeld(r.sum.Contexts[i].Held, st.held) && len(r.sum.Contexts[i].Dropped) == len(dropped) {
			return
		}
	}
	r.contexts[k] = append(r.contexts[k], len(r.sum.Contexts))
	r.sum.Contexts = append(r.sum.Contexts, Context{Callee: c.sum.Func.ID, Pos: c.op.Pos, Held: st.held, Dropped: dropped, Via: c.via})
}

// unpaired notes a release of a lock that is not held on this path.
func (x *exec) unpaired(ref LockRef, op *ir.Op, held *Held) {
	if !x.recording {
		return
	}
	for _, u := range x.rec.sum.Unpaired {
		if u.Pos == op.Pos {
			return
		}
	}
	if x.rec.uncertain[ref.Val] {
		x.doubt(op.Pos, "a callee may have released it, or not")
	}
	x.rec.sum.Unpaired = append(x.rec.sum.Unpaired, Unpaired{LockRef: ref, Pos: op.Pos, Held: held})
}

// count keeps, for the operation being executed, how well its lock's class
// is known.
func (x *exec) count(op *ir.Op, ref LockRef) {
	if !x.recording {
		return
	}
	r := unresolved
	switch {
	case len(ref.Classes) > 0:
		r = resolved
	case exportable(ref.Val):
		r = byCaller
	}
	if s := x.site(); x.rec.opStatus[s] < r {
		x.rec.opStatus[s] = r
	}
}

// tally counts once for the operation being executed.
func (x *exec) tally(n *int) {
	if !x.recording {
		return
	}
	if k := (countKey{x.site(), n}); !x.rec.counted[k] {
		x.rec.counted[k] = true
		*n++
	}
}
