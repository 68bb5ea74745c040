package rules

import (
	"cmp"
	"go/token"
	"maps"
	"slices"
	"strings"
	"sync"
)

// An Order says that Before is taken before After: it is the outer one where
// both are held.
type Order struct {
	Before, After Class
	Pos           token.Position // where it is declared
	Source        string         // what the declaration transcribes ("mm/rmap.c"), or ""
	Note          string         // the reason, or the remark that stands with it
	Scope         string         // path glob of the code that it binds; "" for all
	From          string         // FromRules or FromComment
}

// Values of Order.From.
const (
	FromRules   = "rules"
	FromComment = "comment"
)

func (o Order) String() string { return o.Before.String() + " < " + o.After.String() }

// compareOrder sorts by place, rules before comments, then by meaning.
func compareOrder(a, b Order) int {
	if a.From != b.From {
		return strings.Compare(b.From, a.From)
	}
	return cmp.Or(
		comparePos(a.Pos, b.Pos),
		compareClass(a.Before, b.Before),
		compareClass(a.After, b.After),
		strings.Compare(a.Scope, b.Scope),
	)
}

// An orderGraph answers which declared orders lead from one class to another.
// It is immutable; out holds indices into all, in order of all.
type orderGraph struct {
	all    []Order
	out    map[Class][]int
	in     map[Class]bool // the classes that some order ends at
	member func(c Class, qual string) bool
	quals  []string // the qualifiers that some class of an order has
	subs   map[Class]bool
	scopes []string // the distinct scopes
	// Question to []Order: the same ones are asked again and again.
	answers *sync.Map
}

// A question is what why is asked; scopes are those in force, joined.
type question struct {
	a, b   Class
	scopes string
}

func newOrderGraph(orders []Order, member func(Class, string) bool) *orderGraph {
	g := &orderGraph{
		all:     slices.Clone(orders),
		out:     map[Class][]int{},
		in:      map[Class]bool{},
		member:  member,
		subs:    map[Class]bool{},
		answers: new(sync.Map),
	}
	slices.SortStableFunc(g.all, compareOrder)
	quals := map[string]bool{}
	for i, o := range g.all {
		g.out[o.Before] = append(g.out[o.Before], i)
		g.in[o.After] = true
		if o.Scope != "" && !slices.Contains(g.scopes, o.Scope) {
			g.scopes = append(g.scopes, o.Scope)
		}
		for _, c := range [2]Class{o.Before, o.After} {
			if q := c.Qual(); q != "" {
				quals[q] = true
			}
			if c.Sub() != 0 {
				g.subs[c] = true
			}
		}
	}
	g.quals = slices.Sorted(maps.Keys(quals))
	return g
}

// of reports whether o is an order of qual alone: both ends are narrowed by
// it, or exist only in its realm.
func (g *orderGraph) of(o Order, qual string) bool {
	return g.member(o.Before, qual) && g.member(o.After, qual)
}

// ofAny reports whether o is an order of some qualifier.
func (g *orderGraph) ofAny(o Order) bool {
	for _, q := range g.quals {
		if g.of(o, q) {
			return true
		}
	}
	return false
}

// why finds the orders that put a before b for code in file ("" for no place
// in particular), the more specific ones first. See "Which order counts" in
// the package documentation.
func (g *orderGraph) why(a, b Class, file string) []Order {
	a, b = g.known(a), g.known(b)
	if a.IsZero() || b.IsZero() || a == b || !g.mentioned(a, b) {
		return nil
	}
	var scopes []string
	if file != "" {
		for _, s := range g.scopes {
			if matchPath(s, file) {
				scopes = append(scopes, s)
			}
		}
	}
	ask := question{a, b, strings.Join(scopes, "\x00")}
	if answer, ok := g.answers.Load(ask); ok {
		return slices.Clone(answer.([]Order))
	}
	answer := g.answer(a, b, scopes)
	g.answers.Store(ask, answer)
	return slices.Clone(answer)
}

// mentioned is a quick look whether any order leaves a and any reaches b.
func (g *orderGraph) mentioned(a, b Class) bool {
	return slices.ContainsFunc(generals(a), func(c Class) bool { return g.out[c] != nil }) &&
		slices.ContainsFunc(generals(b), func(c Class) bool { return g.in[c] })
}

func (g *orderGraph) answer(a, b Class, scopes []string) []Order {
	scoped := func(o Order) bool { return o.Scope != "" && slices.Contains(scopes, o.Scope) }
	inForce := func(o Order) bool { return o.Scope == "" || scoped(o) }

	// Orders of the place.
	if len(scopes) > 0 {
		if p, decided := g.either(a, b, inherit, scoped); decided {
			return p
		}
	}
	// Orders of a qualifier that both have.
	for _, q := range g.quals {
		if !g.member(a, q) || !g.member(b, q) {
			continue
		}
		of := func(o Order) bool { return inForce(o) && g.of(o, q) }
		if p, decided := g.either(a, b, plain, of); decided {
			return p
		}
	}
	// Two narrowings of one class: what says so by itself.
	if a.Base() == b.Base() {
		return g.path(a, b, plain, func(o Order) bool { return inForce(o) && !g.ofAny(o) })
	}
	// Orders of exactly these classes, then those that they inherit.
	if p, decided := g.either(a, b, plain, inForce); decided {
		return p
	}
	return g.path(a, b, inherit, inForce)
}

// either looks both ways. The question is decided where a way is found:
// the other way round is an answer too.
func (g *orderGraph) either(a, b Class, how walk, use func(Order) bool) (path []Order, decided bool) {
	if p := g.path(a, b, how, use); p != nil {
		return p, true
	}
	return nil, g.path(b, a, how, use) != nil
}

// A walk says which orders lead on from a class.
type walk bool

const (
	plain   walk = false // those of exactly that class
	inherit walk = true  // those of what it narrows, too
)

// known drops a lockdep subclass of which no order speaks.
func (g *orderGraph) known(c Class) Class {
	if c.Sub() != 0 && !g.subs[c] {
		return c.WithSub(0)
	}
	return c
}

// generals are the classes whose orders c inherits, c first.
func generals(c Class) []Class {
	out := []Class{c}
	if c.Sub() != 0 {
		out = append(out, c.WithSub(0))
	}
	if c.Qual() != "" {
		out = append(out, c.WithQual(""))
		if c.Sub() != 0 {
			out = append(out, c.Base())
		}
	}
	return out
}

// path is the shortest chain of orders from a to b over the orders of use, by
// breadth first search in the sorted order. With inherit, a may leave, and b may
// be reached, by an order of what they narrow; on the way, a class narrowed by
// a qualifier does so only if a is of that qualifier too: what holds of all
// inodes says nothing of the locks that one sort of inode happens to be inside.
func (g *orderGraph) path(a, b Class, how walk, use func(Order) bool) []Order {
	type step struct {
		order, prev int // index into g.all; index into queue, or -1
	}
	targets := []Class{b}
	if how == inherit {
		targets = generals(b)
	}
	var queue []step
	seen := map[Class]bool{a: true}
	push := func(c Class, prev int) {
		from := []Class{c}
		if how == inherit && (c == a || c.Qual() != "" && g.member(a, c.Qual())) {
			from = generals(c)
		}
		for _, f := range from {
			for _, i := range g.out[f] {
				if o := g.all[i]; !seen[o.After] && use(o) {
					seen[o.After] = true
					queue = append(queue, step{i, prev})
				}
			}
		}
	}
	push(a, -1)
	for at := 0; at < len(queue); at++ {
		c := g.all[queue[at].order].After
		if slices.Contains(targets, c) {
			var out []Order
			for i := at; i >= 0; i = queue[i].prev {
				out = append(out, g.all[queue[i].order])
			}
			slices.Reverse(out)
			return out
		}
		push(c, at)
	}
	return nil
}
