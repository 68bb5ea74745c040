package rules

import (
	"slices"
	"strings"
	"testing"
)

// commentRules name the locks of the comments below.
const commentRules = `
qualifier hugetlb
split hugetlb page, imm
belongs hugetlb fault
global a, b, c, d, e, page, imm, fault, outer_lock, inner_lock
var inode = inode, d_inode
var thing = t
alias imm[hugetlb] = huge_key
written page as "PG_locked", "page lock", "page->flags PG_locked"
written imm[hugetlb] as "huge_key"
written d as "move_{begin,end}_it"
written e as "special" in fs/special/*
written b as "special" under hugetlb
written nothing as "start_write"
shared mm/*, fs/*.c
kind mutex sleeps
acquire mutex_lock(lock)
acquire big_lock() class=a
`

func importText(t testing.TB, name, text string, opts ...ImportOptions) Import {
	t.Helper()
	s, err := Load(Source{"rules", []byte(commentRules)})
	if err != nil {
		t.Fatal(err)
	}
	return ImportComments([]Source{{name, []byte(text)}}, s, opts...)
}

func TestCommentForms(t *testing.T) {
	for _, test := range []struct {
		name, text string
		form       string
		orders     string // separated by commas
		unmapped   string // "text: reason" beginnings, separated by |
	}{
		{name: "tree", form: "tree", text: `
/*
 * Lock ordering in this place:
 *
 * inode->i_lock	(while writing, not
 *			 while reading)
 *   a
 *     page->flags PG_locked (takes it)   * (see below)
 *       huge_key (somewhere)
 *         imm
 *           b or c
 *             move_{begin,end}_it (x->y)
 *             e (in one, in
 *                     another)
 *
 * a,b      (elsewhere)
 *   ->c
 *     e
 */`,
			orders: "inode.i_lock < a, a < page, page < imm[hugetlb], imm[hugetlb] < imm, imm < b, imm < c, b < d, c < d, b < e, c < e, a < c, b < c, c < e"},
		{name: "qualified tree", form: "tree", text: `
/* Lock ordering:
 *
 * page lock
 *   imm
 *
 * * hugetlb pages take locks in this order:
 *   fault
 *     imm (remark)
 *       page lock
 *         special
 */`,
			orders: "page < imm, fault < imm[hugetlb], imm[hugetlb] < page[hugetlb], page[hugetlb] < b"},
		{name: "arrows", form: "arrows", text: `
/*
 * Lock ordering:
 *
 *  ->a		(here)
 *    ->b	(there, f->g)
 *      ->c or d
 *
 *  inode->i_lock
 *    a			(fs/x.c)
 *    ->e lock		(g)
 */`,
			orders: "a < b, b < c, b < d, inode.i_lock < a, inode.i_lock < e"},
		{name: "chain", form: "chain", text: `
/*
 * Lock ordering
 *
 * one path:
 * a -> start_write -> b (r) -> unknown_thing
 *   -> c (rw)
 *
 * another:
 * c => d =>
 *   e
 */`,
			orders:   "a < b, b < c, c < d, d < e",
			unmapped: "start_write: names no lock|unknown_thing: no lock class"},
		{name: "greater", form: "chain", text: `
/* The lock hierarchy is a > {b, c} > d. */`,
			orders: "a < b, a < c, b < d, c < d"},
		{name: "sentence", form: "chain", text: `
// The lock order is a -> t->lock -> b. It is not b -> a.`,
			orders: "a < thing.lock, thing.lock < b"},
		{name: "numbered", form: "numbered", text: `
/*
 * Locking order:
 *  1. a (of the whole)
 *  2. inode i_lock or b
 *     which is long
 *  3) c: for this
 */`,
			orders: "a < inode.i_lock, a < b, inode.i_lock < c, b < c"},
		{name: "numbers out of order", form: "numbered", text: `
/* Locking order:
 *  2. a
 *  1. b
 */`,
			unmapped: "2. a: ambiguous"},
		{name: "flat", form: "flat", text: `
/* lock ordering:
 *	a
 *	inode->i_lock
 *	b
 */`,
			orders: "a < inode.i_lock, inode.i_lock < b"},
		{name: "flat beside a tree", form: "tree", text: `
/* lock ordering:
 * a
 *   b
 *
 * c
 * d
 */`,
			orders: "a < b", unmapped: "c: ambiguous|d: ambiguous"},
		{name: "list", form: "list", text: `
/* lock order a, b, c */`,
			orders: "a < b, b < c"},
		{name: "calls", form: "flat", text: `
/*
 * The lock order is:
 *   big_lock();
 *   mutex_lock(&t->lock);
 */`,
			orders: "a < thing.lock"},
		{name: "siblings", form: "tree", text: `
/*
 * Lock ordering:
 * a
 *   b
 *   c
 *     d
 *   e
 */`,
			orders: "a < b, a < c, c < d, a < e"},
		{name: "names without a class keep their place", form: "tree", text: `
/*
 * Lock ordering:
 * a
 *   no_such_lock
 *     b
 */`,
			orders: "a < b", unmapped: "no_such_lock: no lock class"},
		{name: "try", form: "tree", text: `
/*
 * Locking orders
 *
 * some_function:
 *	a
 *	  b
 *
 * other_function:
 *	b
 *	  a (trylock due to inversion)
 */`,
			orders: "a < b", unmapped: "a: only tried"},
		{name: "unlocking is no order", text: `
/*
 * The unlock order is:
 * 1. a
 * 2. b
 */`},
		{name: "what would be", text: `
/* We must not take it here: that would invert the lock order a -> b. */
/* If we kept it, then the lock order would be:
 * a
 *   b
 */`,
			unmapped: ""},
		{name: "nests inside", form: "prose", text: `
/* Note that inner_lock nests inside outer_lock, as ever. */`,
			orders: "outer_lock < inner_lock"},
		{name: "nests outside, over two lines", form: "prose", text: `
/*
 * Remember that outer_lock nests
 * outside of inner_lock.
 */`,
			orders: "outer_lock < inner_lock"},
		{name: "taken before", form: "prose", text: `
/* outer_lock must be taken before the inner_lock. */`,
			orders: "outer_lock < inner_lock"},
		{name: "requires", form: "prose", text: `
/* The locking order requires outer_lock to be taken
 * before any inner_lock.
 */`,
			orders: "outer_lock < inner_lock"},
		{name: "not a name", text: `
/* This nests inside the interrupt. It must be held before the call. */`},
		{name: "ordering of something else", text: `
/*
 * Memory ordering:
 * a
 *   b
 */
int border; /* nested order of a -> b */
char *s = "/* Lock order: a -> b */";`},
	} {
		im := importText(t, "mm/x.c", test.text)
		want := []string{}
		for _, o := range strings.Split(test.orders, ", ") {
			if o != "" {
				want = append(want, o)
			}
		}
		sameEdges(t, test.name, orderSet(im.Orders, ""), want)
		if test.form != "" && (len(im.Sites) == 0 || im.Sites[0].Form != test.form) {
			t.Errorf("%s: sites %v, want form %s", test.name, im.Sites, test.form)
		}
		if test.form == "" && len(im.Sites) > 0 {
			t.Errorf("%s: unwanted sites %v", test.name, im.Sites)
		}
		var unmapped []string
		if test.unmapped != "" {
			unmapped = strings.Split(test.unmapped, "|")
		}
		if len(unmapped) != len(im.Unmapped) {
			t.Errorf("%s: unmapped %v, want %q", test.name, im.Unmapped, unmapped)
			continue
		}
		for i, u := range im.Unmapped {
			if !strings.HasPrefix(u.Text+": "+u.Reason, unmapped[i]) {
				t.Errorf("%s: unmapped %q: %q, want %q", test.name, u.Text, u.Reason, unmapped[i])
			}
		}
	}
}

// Where an order stands, what it carries, and how far it binds.
func TestCommentOrder(t *testing.T) {
	text := "int x;\n\n/*\n * Lock ordering:\n *\n * a\t(first)\n *   b\t\t(in f, g)\n */\n"
	im := importText(t, "fs/special/x.c", text)
	if len(im.Orders) != 1 {
		t.Fatalf("%v", im.Orders)
	}
	o := im.Orders[0]
	if o.Pos.String() != "fs/special/x.c:7:6" || text[o.Pos.Offset] != 'b' {
		t.Errorf("position %s, offset %d", o.Pos, o.Pos.Offset)
	}
	if o.Note != "in f, g" || o.Source != "Lock ordering" || o.Scope != "fs/special/**" || o.From != FromComment {
		t.Errorf("%+v", o)
	}
	if im = importText(t, "mm/x.c", text); im.Orders[0].Scope != "" {
		t.Errorf("scope %q", im.Orders[0].Scope)
	}
	// A name of one place.
	im = importText(t, "fs/special/x.c", "/* lock order: special -> a */")
	sameEdges(t, "special", orderSet(im.Orders, ""), []string{"e < a"})
}

func TestCommentNames(t *testing.T) {
	names := ImportOptions{Names: func(name, file string) (Class, bool) {
		if file == "drivers/x.c" && (name == "foo.mutex" || name == "my_lock") {
			return MakeClass(name, "", 0), true
		}
		return Class{}, false
	}}
	im := importText(t, "drivers/x.c", "/* Lock order: foo::mutex -> &my_lock -> other_lock -> a */", names)
	sameEdges(t, "names", orderSet(im.Orders, ""), []string{"foo.mutex < my_lock", "my_lock < a"})
}

// Documentation is text without comments.
func TestCommentText(t *testing.T) {
	im := importText(t, "mm/x.rst", "Locking\n=======\n\nLock order is as follows::\n\n  a\n    b or split c\n      d.\n\nProse follows here.\n")
	sameEdges(t, "rst", orderSet(im.Orders, ""), []string{"a < b", "b < d"})
}

// The result does not depend on the number of workers or the order of files.
func TestImportDeterministic(t *testing.T) {
	s, err := Load(Source{"rules", []byte(commentRules)})
	if err != nil {
		t.Fatal(err)
	}
	var files []Source
	for _, n := range []string{"x", "y", "z", "w"} {
		files = append(files, Source{"mm/" + n + ".c", []byte("/* lock order: a -> b -> nix_lock -> c */\n")})
	}
	first := ImportComments(files, s)
	slices.Reverse(files)
	second := ImportComments(files, s)
	if !slices.Equal(first.Orders, second.Orders) || !slices.Equal(first.Unmapped, second.Unmapped) || !slices.Equal(first.Sites, second.Sites) {
		t.Errorf("%v\n%v", first, second)
	}
}

func FuzzComment(f *testing.F) {
	f.Add("/*\n * Lock ordering:\n *\n * a\t(x\n * y)\n *   b or c\n *\n * hugetlb, in this lock order:\n *  fault\n *    ->page lock\n */\n")
	f.Add("// lock order: a -> b =>\n//  c > d\n// 1. a\n// 2. b\n")
	f.Add("/* Locking order is\n 1. a (b\n 2. c: d\n */ \"/*\" '\\'' /**/ //")
	f.Add("// lock order, where a < b means that b is taken before a:\n//\n// a < b > c\n")
	f.Add("// outermost first, in order of acquisition. lock order: a > b < c\nx := `// lock order: a -> b`\n")
	f.Add("/* a nests inside b. lock order a, b, c. requires a to be taken before b */")
	s, err := Load(Source{"rules", []byte(commentRules)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"mm/f.c", "mm/f.rst", "f.go", "chains.txt"} {
			src := Source{name, []byte(text)}
			im := ImportComments([]Source{src}, s)
			switch name {
			case "f.go":
				im = ImportComments([]Source{src}, s, ImportOptions{Sign: Unsettled})
			case "chains.txt":
				im = ImportChains(src, s, ImportOptions{Sign: LessFirst})
			}
			check := func(offset, line, column int) {
				if offset < 0 || offset > len(text) || line < 1 || column < 1 {
					t.Fatalf("%s:%d:%d (offset %d) lies outside of the file", name, line, column, offset)
				}
				if got := 1 + strings.Count(text[:offset], "\n"); got != line {
					t.Fatalf("offset %d is in line %d, not %d", offset, got, line)
				}
				if got := offset - strings.LastIndex(text[:offset], "\n"); got != column {
					t.Fatalf("offset %d is in column %d, not %d", offset, got, column)
				}
			}
			for _, o := range im.Orders {
				check(o.Pos.Offset, o.Pos.Line, o.Pos.Column)
				if o.Before.IsZero() || o.After.IsZero() || o.Before == o.After {
					t.Fatalf("%v", o)
				}
			}
			for _, u := range im.Unmapped {
				check(u.Pos.Offset, u.Pos.Line, u.Pos.Column)
			}
			for _, st := range im.Sites {
				check(st.Pos.Offset, st.Pos.Line, st.Pos.Column)
			}
			s.WithOrders(im.Orders).Contradictions()
		}
	})
}
