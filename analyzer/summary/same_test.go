package summary

import (
	"reflect"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// TestSameEvent: an event is the same as its copy, and no more where anything in it, or in what
// it leads to, is changed. What a field holds is changed whatever it is, so that a field that
// is added has to be looked at.
func TestSameEvent(t *testing.T) {
	make := func() *Event {
		x := &ir.Expr{Op: ir.Field, Name: "lock", Owner: "inode", X: &ir.Expr{Op: ir.Param}, Y: &ir.Expr{Op: ir.Const, Int: 1}}
		ref := LockRef{Val: x, Classes: []rules.Class{rules.MakeClass("inode.lock", "", 0)}, Sub: x}
		fact := Fact{Val: x, Lo: 1}
		e := Event{
			LockRef: ref, Dropped: []LockRef{ref}, Guard: []Fact{fact}, Ptr: x, Args: []*ir.Expr{x}, Under: []*Held{{LockRef: ref, From: &Held{}}},
		}
		top := e
		top.Next = &e
		return &top
	}
	if !(part{event: make()}).same(part{event: make()}) {
		t.Error("two copies are not the same")
	}
	n := 0
	for i := 0; ; i++ {
		e, left := make(), i
		what := spoil(reflect.ValueOf(e).Elem(), "event", &left)
		if what == "" {
			break
		}
		n++
		if (part{event: e}).same(part{event: make()}) {
			t.Errorf("another %s makes no difference", what)
		}
	}
	if n < 150 {
		t.Errorf("only %d changes were tried", n)
	}
	// The others are known by what they are.
	if (part{held: &Held{}}).same(part{held: &Held{}}) || (part{requirement: &Requirement{}}).same(part{requirement: &Requirement{}}) {
		t.Error("two locks, or requirements, are one")
	}
	h, q := &Held{}, &Requirement{}
	if !(part{held: h, requirement: q}).same(part{held: h, requirement: q}) {
		t.Error("a lock is not itself")
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
