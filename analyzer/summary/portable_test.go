package summary

import (
	"bytes"
	"encoding/gob"
	"io"
	"reflect"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// full is a summary with all that one can hold.
func full() *Summary {
	param := &ir.Expr{Op: ir.Param, Int: 1}
	lock := &ir.Expr{Op: ir.Field, Owner: "p.T", Name: "mu", X: param}
	class := []rules.Class{rules.MakeClass("p.T.mu", "", 0), rules.MakeClass("q[x]", "hot", 2)}
	leaf := &ir.Func{ID: "p.leaf", Name: "leaf", File: "leaf.go", Wraps: true}
	f := &ir.Func{ID: "(*p.T).F", Name: "p.T.F", File: "f.go", Bound: 2, ErrResult: true}
	ref := LockRef{Val: lock, Classes: class, Loose: true}
	guard := []Fact{{Val: param, Lo: 1, Hi: 1<<63 - 1, NonZero: true}}
	from := &Held{LockRef: ref, Mode: rules.Shared, Func: leaf, Pos: ir.Pos{Line: 3, Col: 4}, Try: true}
	held := &Held{LockRef: ref, Mode: rules.Shared, Func: f, Pos: ir.Pos{Line: 5, Col: 6}, From: from, Try: true}
	next := &Event{LockRef: ref, Func: leaf, Pos: ir.Pos{Line: 3, Col: 4}}
	event := &Event{LockRef: ref, Func: f, Pos: ir.Pos{Line: 7, Col: 8}, Next: next, Depth: 1, Via: "callback", Dropped: []LockRef{ref}, Guard: guard, Again: true}
	call := &Event{Kind: Callback, Func: f, Pos: ir.Pos{Line: 9, Col: 1}, Ptr: param, Args: []*ir.Expr{lock, nil}, Under: []*Held{held}}
	return &Summary{
		Func:     f,
		Outcomes: []Outcome{{Guard: guard, Ret: Fact{Hi: -1, NonZero: true}, RetVal: lock, Acquired: []*Held{held}, Released: []LockRef{{Val: lock, Classes: class, Shared: true}}, Stores: []StoreEffect{{lock, nil}}}},
		Events:   []*Event{event, call},
		Requires: []*Requirement{{LockRef: ref, Mode: rules.Shared, Func: f, Guard: guard, Maybe: true, Next: &Requirement{LockRef: ref, Func: leaf}}},
		Doubts:   map[ir.Pos]string{held.Pos: "it may be released elsewhere"},
		RetExpr:  lock, RetClasses: class, Drops: class, Sets: 6, NoReturn: true, Asserts: true,
		Pairs: []*Pair{{Func: f, Outer: held, Inner: event, OuterClass: class[0], InnerClass: class[1], Gates: class, SameInstance: true, Loop: true}},
	}
}

// TestPortable sends a summary with all that it can hold through gob, and
// exports what comes out again.
func TestPortable(t *testing.T) {
	sum := full()
	rs, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	keep := func(*Summary) bool { return true }
	all := func(string, int) bool { return true }
	want := Export([]*Summary{sum}, keep)
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(want); err != nil {
		t.Fatal(err)
	}
	var got Portable
	if err := gob.NewDecoder(&b).Decode(&got); err != nil {
		t.Fatal(err)
	}
	sums, err := got.Import(rs, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(sums) != 2 || sums[1].Func.ID != "p.leaf" {
		t.Errorf("got %d summaries, want those of F and of leaf", len(sums))
	}
	if again := Export(sums[:1], keep); !reflect.DeepEqual(again, want) {
		t.Errorf("exported again:\n%+v\nwant:\n%+v", again, want)
	}
	if e := sums[0].Events[0]; e.Leaf().Func.ID != "p.leaf" || e.Depth != 1 || e.Next.Depth != 0 {
		t.Errorf("the chain of hops is lost: %+v", e)
	}
	if why := sums[0].Doubts[ir.Pos{Line: 5, Col: 6}]; why == "" {
		t.Error("the doubt is lost")
	}
	got.Funcs[0].Func = 99
	if _, err := got.Import(rs, all); err == nil {
		t.Error("a number out of range is no error")
	}
}

// FuzzPortable reads facts that are damaged.
func FuzzPortable(f *testing.F) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(Export([]*Summary{full()}, func(*Summary) bool { return true })); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte{})
	rs, err := rules.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Portable
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&p); err != nil {
			return
		}
		sums, err := p.Import(rs, func(string, int) bool { return true })
		if err != nil {
			return
		}
		for _, s := range sums {
			s.Print(io.Discard, 0)
			for _, e := range s.Events {
				_ = e.Leaf().Func.ID
			}
			for _, q := range s.Pairs {
				_ = q.Outer.Func.ID + q.Inner.Leaf().Func.ID
			}
		}
		again := Export(sums, func(*Summary) bool { return true })
		if _, err := again.Import(rs, func(string, int) bool { return true }); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
