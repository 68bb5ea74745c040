package summary

import (
	"reflect"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// TestSame: a part is the same as its copy, and no more where anything in it, or in what it
// leads to, is changed. What a field holds is changed whatever it is, so that a field that is
// added has to be looked at.
func TestSame(t *testing.T) {
	x := func() *ir.Expr {
		return &ir.Expr{Op: ir.Field, Name: "lock", Owner: "inode", X: &ir.Expr{Op: ir.Param}, Y: &ir.Expr{Op: ir.Const, Int: 1}}
	}
	ref := func() LockRef {
		return LockRef{Val: x(), Classes: []rules.Class{rules.MakeClass("inode.lock", "", 0)}, Sub: x()}
	}
	guard := func() []Fact { return []Fact{{Val: x(), Lo: 1}} }
	held := func() *Held { return &Held{LockRef: ref(), From: &Held{LockRef: ref()}} }
	event := func(next *Event) *Event {
		return &Event{LockRef: ref(), Dropped: []LockRef{ref()}, Guard: guard(), Ptr: x(), Args: []*ir.Expr{x()}, Under: []*Held{held()}, Next: next}
	}
	requirement := func(next *Requirement) *Requirement { return &Requirement{LockRef: ref(), Guard: guard(), Next: next} }
	for name, make := range map[string]func() part{
		"event":       func() part { return part{event: event(event(nil))} },
		"held":        func() part { return part{held: held()} },
		"requirement": func() part { return part{requirement: requirement(requirement(nil))} },
	} {
		if !make().same(make()) || make().same(part{}) {
			t.Errorf("%s: two copies are not the same, or it is as good as none", name)
		}
		for left := 0; ; left++ {
			p, n := make(), left
			top := map[string]any{"event": p.event, "held": p.held, "requirement": p.requirement}[name]
			what := spoil(reflect.ValueOf(top).Elem(), name, &n)
			if what == "" {
				if left < 40 {
					t.Errorf("%s: only %d changes were tried", name, left)
				}
				break
			}
			if p.same(make()) {
				t.Errorf("another %s makes no difference", what)
			}
		}
	}
}

// TestOwn: a requirement of another version of a function is that with its number, which tells
// two apart that say the same otherwise.
func TestOwn(t *testing.T) {
	a, b, old := &Requirement{}, &Requirement{num: 1}, &Requirement{num: 1}
	if (part{requirement: a}).same(part{requirement: b}) || !(part{requirement: b}).same(part{requirement: old}) {
		t.Error("requirements do not go by their numbers")
	}
	s := &Summary{Requires: []*Requirement{a, b}}
	beyond := &Requirement{num: 2}
	for q, want := range map[*Requirement]*Requirement{a: a, b: b, old: b, beyond: beyond} {
		if s.Own(q) != want {
			t.Errorf("requirement %d is another one", q.num)
		}
	}
}

// spoil changes one of the values below v, that which left counts down to, and says which: ""
// if there are not as many.
func spoil(v reflect.Value, name string, left *int) string {
	if !v.CanSet() {
		return "" // of the coder alone, or of the arena
	}
	here := *left == 0
	*left--
	if here {
		switch v.Kind() {
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int, reflect.Int8, reflect.Int32, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			v.SetUint(v.Uint() + 1)
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Pointer:
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			} else {
				v.SetZero()
			}
		case reflect.Slice:
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		case reflect.Struct:
			if v.Type() != reflect.TypeFor[rules.Class]() {
				*left = 0 // its fields are changed one by one
				break
			}
			v.Set(reflect.ValueOf(rules.MakeClass("other", "", 0)))
		}
		if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[rules.Class]() {
			return name
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return spoil(v.Elem(), name, left)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if what := spoil(v.Index(i), name, left); what != "" {
				return what
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[rules.Class]() {
			return ""
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Name == "Seq" || f.Name == "Size" || f.Name == "Has" { // of an arena
				continue
			}
			if what := spoil(v.Field(i), name+"."+f.Name, left); what != "" {
				return what
			}
		}
	}
	return ""
}
