package summary

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// TestFormComplete: what a summary consists of is what its form was made for. Who adds a
// member says in code.go what callers read of it, and reads it in decode.go; of what is of
// the ir, in the file code.go there.
func TestFormComplete(t *testing.T) {
	for _, c := range []struct {
		of   any
		want string
	}{
		{Summary{}, "Func Outcomes NoReturn Events Requires RetExpr RetClasses Pure Drops Sets Asserts Pairs Exits Unpaired Doubts Lacks Contexts Met Stats partial face helds later"},
		{Outcome{}, "Guard choices Ret RetVal Acquired Released Stores"},
		{choice{}, "where cases"},
		{Fact{}, "Val Lo Hi NonZero Implied Old"},
		{StoreEffect{}, "Addr Val"},
		{LockRef{}, "Val Classes Sub Loose Shared By"},
		{Held{}, "LockRef Mode Try Entry Prim Func Pos From Qual num"},
		{Event{}, "LockRef Kind Mode Try Prim Func Pos Qual Next Depth Indirect Puts Via Dropped Guard Ptr Args Handed Again Under local num"},
		{Requirement{}, "LockRef Mode Prim Func Pos Guard Next Depth Maybe num"},
		{Pair{}, "Func Outer Inner OuterClass InnerClass SameInstance Gates Count Infeasible Loop Fresh"},
		{Exit{}, "Pos Acquired Released Ret Guard Value Varies Cells"},
		{Unpaired{}, "LockRef Pos Held"},
		{Lack{}, "Func Pos Req LockRef Under Maybe Given Held"},
		{Context{}, "Callee Pos Held Dropped Via"},
		{Stats{}, "LockOps Resolved ByCaller Unresolved Calls UnknownCalls IndirectCalls IndirectResolved StatesCut EventsCut StepsCut"},
		{ir.Func{}, "ID Name File Pos Static Params Bound Locals Blocks Contracts Wraps ErrResult Synthetic Incomplete"},
		{ir.Block{}, "Index Ops Cond Succs Ret Pos"},
		{ir.Op{}, "Kind Pos Addr Val Dst Args Callee Prim Lock Sub"},
		{ir.Callee{}, "Name Targets Ptr Owner Field"},
		{ir.Expr{}, "Op Name Owner Int X Y Seq Size Has"},
		{ir.Pos{}, "Line Col EndCol"},
		{Env{}, "Rules Last Methods Cut GlobalName Summary Previous Indirect"},
		{rules.Place{}, "Name Kind Also Effect Mode Try"},
	} {
		typ := reflect.TypeOf(c.of)
		var got []string
		for i := range typ.NumField() {
			got = append(got, typ.Field(i).Name)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s has %s; known are %s", typ, s, c.want)
		}
	}
}

// unlike says where two values differ: members that a Memo sets, numbers within an arena
// and empty lists aside. What is one thing in a must be one in b, whose parts seen has.
func unlike(a, b reflect.Value, path string, seen map[any]any) string {
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return path + ": one is nil"
			}
			return ""
		}
		if a.Pointer() == b.Pointer() {
			return ""
		}
		if a.Type() != reflect.TypeFor[*rules.Primitive]() {
			if to, ok := seen[a.UnsafePointer()]; ok {
				if to != b.UnsafePointer() {
					return path + ": one thing and two"
				}
				return ""
			}
			seen[a.UnsafePointer()] = b.UnsafePointer()
		}
		return unlike(a.Elem(), b.Elem(), path, seen)
	case reflect.Struct:
		for i := range a.NumField() {
			name := a.Type().Field(i).Name
			switch name {
			case "num", "local", "face", "helds", "Seq":
				continue
			}
			if s := unlike(a.Field(i), b.Field(i), path+"."+name, seen); s != "" {
				return s
			}
		}
		return ""
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if s := unlike(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i), seen); s != "" {
				return s
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return path + ": of different length"
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return path + ": a key is missing"
			}
			if s := unlike(a.MapIndex(k), b.MapIndex(k), path+"[]", seen); s != "" {
				return s
			}
		}
		return ""
	case reflect.Func:
		if !a.IsNil() || !b.IsNil() {
			return path + ": it has not been read"
		}
		return ""
	}
	if !a.Equal(b) {
		return fmt.Sprintf("%s: %v and %v", path, a, b)
	}
	return ""
}
