package callgraph

import (
	"slices"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// function makes a function that calls others by name.
func function(id string, callees ...string) *ir.Func {
	b := &ir.Block{}
	for _, c := range callees {
		b.Ops = append(b.Ops, ir.Op{Kind: ir.Call, Dst: -1, Callee: ir.Callee{Name: c, Targets: []string{c}}})
	}
	return &ir.Func{ID: id, Name: id, File: id, Blocks: []*ir.Block{b}}
}

func TestOrder(t *testing.T) {
	g := New([]*ir.Func{
		function("a", "b"), function("b", "c", "d"), function("c", "b"), function("d", "missing"),
	}, nil)
	want := []string{"d", "c", "b", "a"} // callees first; c calls b, which is its caller
	if !slices.Equal(g.Order, want) {
		t.Errorf("order %v, want %v", g.Order, want)
	}
	for i, id := range want {
		if g.Rank[id] != i {
			t.Errorf("%s has rank %d, want %d", id, g.Rank[id], i)
		}
	}
	if got := g.Callees["d"]; len(got) != 0 {
		t.Errorf("d calls %v; what is not defined is no edge", got)
	}
}

// Which call of a recursion closes the loop does not depend on who leads there, nor on what
// else there is.
func TestOrderOfRecursion(t *testing.T) {
	circle := []*ir.Func{
		function("m", "n", "o"), function("n", "o", "leaf"), function("o", "p", "m"), function("p", "n"), function("leaf"),
	}
	want := []string{"p", "o", "n", "m"}
	for _, around := range [][]*ir.Func{
		nil,
		{function("a", "p")},
		{function("a", "o", "b"), function("b", "p", "n"), function("z", "m")},
		{function("a", "b"), function("b", "a", "n"), function("leaf2")},
	} {
		g := New(append(slices.Clone(circle), around...), nil)
		var got []string
		for _, id := range g.Order {
			if slices.Contains(want, id) {
				got = append(got, id)
			}
			for _, c := range g.Callees[id] {
				if inside := slices.Contains(want, id) && slices.Contains(want, c); !inside && c != "a" && g.Rank[c] >= g.Rank[id] {
					t.Errorf("%s stands before %s, which it calls", id, c)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %d around: order %v, want %v", len(around), got, want)
		}
	}
}

func TestIndirect(t *testing.T) {
	caller := &ir.Func{ID: "fs/ext4/file.c:caller", File: "fs/ext4/file.c", Blocks: []*ir.Block{{}}}
	own := &ir.Func{ID: "fs/ext4/inode.c:own", File: "fs/ext4/inode.c", Blocks: []*ir.Block{{}}}
	other := &ir.Func{ID: "fs/btrfs/inode.c:other", File: "fs/btrfs/inode.c", Blocks: []*ir.Block{{}}}
	g := New([]*ir.Func{caller, own, other}, []Binding{
		{Owner: "inode_operations", Field: "setattr", Func: other.ID, File: other.File, Line: 1},
		{Owner: "inode_operations", Field: "setattr", Func: own.ID, File: own.File, Line: 1},
		{Owner: "inode_operations", Field: "setattr", Func: "fs/x.c:gone", File: "fs/x.c", Line: 1},
	})
	var got []string
	for _, b := range g.Indirect("inode_operations", "setattr", "", caller) {
		got = append(got, b.Func)
	}
	if want := []string{own.ID}; !slices.Equal(got, want) {
		t.Errorf("an ext4 path goes to %v, want %v", got, want)
	}
	if got := g.Indirect("inode_operations", "getattr", "", caller); len(got) != 0 {
		t.Errorf("a member that nobody sets leads to %v", got)
	}
}

func TestForeign(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"fs/ext4/a.c", "fs/btrfs/b.c", true},
		{"fs/ext4/a.c", "fs/ext4/b.c", false},
		{"fs/inode.c", "fs/ext4/b.c", false}, // the generic code above a module
		{"mm/filemap.c", "fs/ext4/b.c", false},
		{"drivers/net/a/a.c", "drivers/scsi/b.c", true},
		{"include/linux/fs.h", "include/net/sock.h", false},
	} {
		if got := Foreign(c.a, c.b); got != c.want {
			t.Errorf("Foreign(%s, %s) = %t, want %t", c.a, c.b, got, c.want)
		}
		if got := Foreign(c.b, c.a); got != c.want {
			t.Errorf("Foreign(%s, %s) = %t, want %t", c.b, c.a, got, c.want)
		}
	}
}
