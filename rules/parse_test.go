package rules

import (
	"strings"
	"testing"
)

// Faults of a rules file, each with the place and the words that it must have.
func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"statement", "kynd mutex sleeps\n", `1:1: unknown statement "kynd" (did you mean "kind"?)`},
		{"indent", "kind mutex sleeps\nacquire lock_it(lock)\n\ttri\n", `3:2: unknown attribute "tri" (did you mean "try"?)`},
		{"attribute in braces", "kind mutex sleeps\nacquire lock_it{,_irq:irqof}(lock)\n", `2:23: unknown attribute "irqof" (did you mean "irqoff"?)`},
		{"open brace", "kind mutex sleeps\nacquire lock_it{,_irq\n", `2:22: "(" expected at the end of the statement`},
		{"stray brace", "kind mutex sleeps\nacquire lock_it}(lock)\n", `2:16: } without {`},
		{"no lock", "kind mutex sleeps\nacquire lock_it()\n", `2:9: lock_it: no argument is the lock, and no class= names it`},
		{"try without result", "kind mutex sleeps\ntry lock_it(lock)\n", `2:5: lock_it may fail: say for which result`},
		{"put without result", "kind ref spins\nput drop_it(_)\n", `2:5: drop_it: say for which result the reference was the last one`},
		{"table", "table ops foo_ops when f(x)\n", `1:19: "if" expected`},
		{"lasting", "lasting is_foo\n", `1:15: "(" expected`},
		{"twice", "kind mutex sleeps\nacquire a(lock)\nrelease a(lock)\n", `3:9: a is declared twice, first at f:2:9`},
		{"no kind", "acquire a(lock)\n", `1:1: a row of primitives stands below a "kind"`},
		{"parameter", "kind m sleeps\nacquire a(_, lok)\n", `2:14: unknown parameter "lok" (did you mean "lock"?)`},
		{"sub", "kind m sleeps\nacquire a(lock) sub=x\n", `2:17: sub= wants the index of an argument, found "x"`},
		{"member", "kind m sleeps\nacquire a(lock) member=foo\n", `2:17: member= wants struct.member, found "foo"`},
		{"order alone", "order a <\n", `1:10: a lock class expected at the end of the statement`},
		{"order word", "a < b inn mm/*\n", `1:7: unknown word "inn" (did you mean "in"?)`},
		{"reason", "a < b because reasons\n", `1:15: the reason in quotes expected, found "reasons"`},
		{"string end", "a < b because \"x\n", `1:15: string without end`},
		{"qualifier", "qualifier hugetlb\na[hugtlb] < b\n", `2:1: unknown qualifier "hugtlb" (did you mean "hugetlb"?)`},
		{"self", "a < b\nc < c\n", `2:5: c is ordered before itself`},
		{"exception without reason", "except order a < b\n", `1:19: "because" expected at the end of the statement`},
		{"exception with an empty reason", "except order a < b because \" \"\n", `1:28: the reason is empty`},
		{"check", "except ordr a < b because \"x\"\n", `1:8: unknown check "ordr" (did you mean "order"?)`},
		{"same member", "same folio.page, page\n", `1:18: a member that is its record's object is TAG.MEMBER, found "page"`},
		{"same", "same f(_)\n", `1:10: one parameter must be the object`},
		{"predicate", "qualifier q\nqualify q whenever f(x)\n", `2:11: unknown word "whenever"`},
		{"alias of itself", "alias a = a\n", `1:11: a is an alias of itself`},
		{"parentheses", "(a | b < c\n", `1:8: ")" expected, found "<"`},
		{"require", "require f hold a\n", `1:11: "holds" expected, found "hold"`},
		{"denied", "a < b < c\na !< c\n", "2:6: a !< c does not hold:\n\ta < b (f:1:5)\n\tb < c (f:1:9)"},
		{"naming without a star", "kind m sleeps\ninit a(lock) as \"x\"\n", `2:17: "as" wants a text with one *`},
		{"run-time name", "lockdep a of \"b\"\n", `1:11: "as" expected, found "of"`},
		{"run-time name without a reason", "lockdep nothing as \"b\"\n", `1:23: "because" expected at the end`},
		{"difference without a reason", "differs a < b in c\n", `1:19: "because" expected at the end of the statement`},
		{"difference with an empty reason", "differs a in go because \"\"\n", `1:25: the reason is empty`},
		{"difference without a language", "differs a < b because \"x\"\n", `1:15: "in" expected, found "because"`},
		{"difference in a language", "differs a < b in goo because \"x\"\n", `1:18: unknown language "goo" (did you mean "go"?)`},
		{"difference of anything", "differs * < * in c because \"x\"\n", `1:1: a difference names a class`},
		{"difference of anything at all", "differs * in c because \"x\"\n", `1:1: a difference names a class`},
		{"difference of a chain", "differs a < b < c in c because \"x\"\n", `1:15: "in" expected, found "<"`},
		{"difference with a tail", "differs a in c because \"x\" y\n", `1:28: unexpected "y"`},
		{"context", "runs hardrq f(func)\n", `1:6: unknown context "hardrq" (did you mean "hardirq"?)`},
		{"handler", "runs hardirq f\n", `1:14: a function is written f(_, func) and a member TAG.MEMBER, found "f"`},
		{"handler of no argument", "runs softirq f(_)\n", `1:18: one parameter must be the object`},
		{"handler with a tail", "runs softirq a.b c\n", `1:18: unexpected "c"`},
		{"crlf", "a < b\r\nkynd\r\n", `2:1: unknown statement "kynd"`},
	} {
		_, err := Load(Source{"f", []byte(test.text)})
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		if !strings.HasPrefix(err.Error(), "f:"+test.want) {
			t.Errorf("%s:\n got %s\nwant f:%s", test.name, err, test.want)
		}
		if _, ok := err.(ErrorList); !ok {
			t.Errorf("%s: %T is no ErrorList", test.name, err)
		}
	}
}

// A contradiction between rules files is an error that shows the loop.
func TestLoadLoop(t *testing.T) {
	_, err := Load(
		Source{"one", []byte("alias b = bb\na < b < c\n")},
		Source{"two", []byte("c < bb because \"x\"\n")},
	)
	want := "two:1:5: orders contradict each other:\n\tb < c (one:2:9)\n\tc < b (two:1:5)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	// Orders of a special case may differ from the general ones, and those of
	// two places from each other.
	for _, text := range []string{
		"qualifier q\na < b\nb[q] < a[q]\n",
		"a < b in fs/x/**\nb < a in fs/y/**\n",
	} {
		if _, err := Load(Source{"f", []byte(text)}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEveryErrorIsShown(t *testing.T) {
	_, err := Load(Source{"f", []byte("foo\nbar\n\nkind m sleeps\nbaz\n")})
	if l, ok := err.(ErrorList); !ok || len(l) != 3 || l[2].Pos.Line != 5 {
		t.Errorf("%v", err)
	}
}

func TestParseSet(t *testing.T) {
	s, err := Load(Source{"f", []byte(`
qualifier hugetlb   # a comment
alias folio.PG_locked = page.PG_locked, go:Page.lock
container xarray, seqlock_t
same page_folio(x), per_cpu_{ptr,var}(_, x)
same folio.page
result page_table.ptl = {pte,pmd}_lockptr
qualify hugetlb if PageHuge(x)
qualify hugetlb unless vma_is_plain(_, x)
qualify hugetlb in fs/hugetlbfs/*, mm/hugetlb.c
qualify hugetlb by *_hugetlb, hugetlb_*
split hugetlb folio.PG_locked
belongs hugetlb fault_mutex
require f holds page.PG_locked shared because "it reads"
except cycle page.PG_locked < * in do_* because "gated"
nest page.PG_locked by address because "lower first"
`)}, Source{"g", []byte(`
kind mutex sleeps
acquire m_lock{,_nested:sub=1,_killable:zero}(lock)
kind rw spins shared
try     r_try(_, lock) nonzero irqsave
release r_end(lock) member=sock.sk_lock
acquire get_it(_) -> lock
`)})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Error(what)
		}
	}
	check("Canonical", s.Canonical("page.PG_locked") == "folio.PG_locked" && s.Canonical("x.y") == "x.y")
	check("Container", s.Container("xarray") && !s.Container("inode"))
	if !s.SameMember("folio", "page") || s.SameMember("folio", "flags") {
		t.Error("of folio's members, page alone is the folio")
	}
	arg, ok := s.SameObject("per_cpu_var")
	check("SameObject", ok && arg == 1)
	class, ok := s.ResultClass("pmd_lockptr")
	check("ResultClass", ok && class == "page_table.ptl")
	p, ok := s.Predicate("vma_is_plain")
	check("Predicate", ok && p.Qual == "hugetlb" && p.Arg == 1 && p.Negated)
	check("PlaceQual file", len(s.PlaceQual("fs/hugetlbfs/inode.c", "f")) == 1)
	check("PlaceQual function", len(s.PlaceQual("mm/x.c", "free_hugetlb")) == 1)
	check("PlaceQual none", len(s.PlaceQual("fs/hugetlbfs/x/y.c", "f")) == 0)
	check("Qualified", s.Qualified("folio.PG_locked", "hugetlb") && !s.Qualified("fault_mutex", "hugetlb"))
	r := s.Required("f")
	check("Required", len(r) == 1 && r[0].Mode == Shared && r[0].Class.String() == "folio.PG_locked" && r[0].Note == "it reads")
	page := MakeClass("folio.PG_locked", "hugetlb", 1)
	e, ok := s.Excepted("cycle", page, MakeClass("a", "", 0), "do_it")
	check("Excepted", ok && e.Reason == "gated")
	_, ok = s.Excepted("order", page, page, "do_it")
	check("Excepted, other check", !ok)
	_, ok = s.Excepted("cycle", page, page, "it")
	check("Excepted, other function", !ok)
	how, ok := s.NestOK(page)
	check("NestOK", ok && how == "address")

	prim := s.Primitive("m_lock_nested")
	check("sub", prim.Subclass == 1 && prim.Sleeps && prim.Kind == "mutex" && prim.Effect == Acquire && prim.Arg == 0)
	check("zero", s.Primitive("m_lock_killable").Success == Zero && s.Primitive("m_lock").Success == Always)
	prim = s.Primitive("r_try")
	check("try", prim.Try && prim.Success == NonZero && prim.IRQ == IRQSave && prim.Mode == Shared && !prim.Sleeps && prim.Arg == 1)
	prim = s.Primitive("r_end")
	check("member", prim.Member == "sk_lock" && prim.Class == "sock.sk_lock" && prim.Effect == Release)
	check("result", s.Primitive("get_it").Arg == ArgResult)
	check("position", prim.Pos.String() == "g:6:9")
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"linux", "posix", "go"} {
		src, err := Embedded(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range src {
			f.Add(string(s.Text))
		}
	}
	f.Add("qualifier q\na[q] < b | c < d in x/** from y because \"z\"\nb !< a\n")
	f.Add("differs a | b[q] < * in go because \"z\"\ndiffers (a | c) in c because \"z\"\n")
	f.Add("kind m sleeps\ntry a{b,c:zero:sub=1}{,d}(_, lock) -> lock nonzero\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Load(Source{"f", []byte(text)})
		lines := strings.Split(text, "\n")
		if err == nil {
			for _, o := range s.Orders() {
				if o.Pos.Line < 1 || o.Pos.Line > len(lines) || o.Pos.Column < 1 || o.Pos.Column > len(lines[o.Pos.Line-1])+1 {
					t.Fatalf("%s lies outside of the file", o.Pos)
				}
				s.Why(o.Before, o.After)
			}
			return
		}
		for _, e := range err.(ErrorList) {
			if e.Pos.Line < 1 || e.Pos.Line > len(lines) || e.Pos.Column < 1 || e.Pos.Column > len(lines[e.Pos.Line-1])+1 {
				t.Fatalf("%s lies outside of the file", e)
			}
		}
	})
}
