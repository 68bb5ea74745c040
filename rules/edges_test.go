package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// short are the abbreviations that the tests write orders in.
var short = map[string][]string{
	"irwsem": {"inode.i_rwsem"}, "mmap": {"mm_struct.mmap_lock"}, "inval": {"address_space.invalidate_lock"},
	"page": {"folio.PG_locked"}, "page[h]": {"folio.PG_locked[hugetlb]"},
	"imm": {"address_space.i_mmap_rwsem"}, "imm[h]": {"address_space.i_mmap_rwsem[hugetlb]"},
	"vma": {"vm_area_struct.vm_lock[write]"}, "anon": {"anon_vma.rwsem"},
	"ptl": {"page_table.ptl"}, "ptls": {"page_table.ptl", "mm_struct.page_table_lock"},
	"swap": {"swap_info_struct.lock"}, "mmlist": {"mmlist_lock"}, "priv": {"address_space.private_lock"},
	"memcg": {"mem_cgroup.move_lock"}, "ipages": {"address_space.i_pages"}, "lru": {"lruvec.lru_lock"},
	"pgdat": {"pglist_data.lru_lock"}, "ilock": {"inode.i_lock"}, "wb": {"bdi_writeback.list_lock"}, "sb": {"sb_lock"},
	"task": {"tasklist_lock"}, "fault": {"hugetlb_fault_mutex_table[]"}, "hvma": {"hugetlb_vma_lock.rw_sema"},
	"rq": {"rq.__lock"}, "pi": {"task_struct.pi_lock"}, "hrt": {"hrtimer_cpu_base.lock"},
}

// edges reads "a < b < c" chains in abbreviations, one a line.
func edges(t testing.TB, text string) []string {
	t.Helper()
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		chain := strings.Split(line, "<")
		for i := 1; i < len(chain); i++ {
			before, ok1 := short[strings.TrimSpace(chain[i-1])]
			after, ok2 := short[strings.TrimSpace(chain[i])]
			if !ok1 || !ok2 {
				t.Fatalf("unknown abbreviation in %q", line)
			}
			for _, a := range before {
				for _, b := range after {
					out = append(out, a+" < "+b)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// orderSet is the orders that a file declares, as text.
func orderSet(orders []Order, file string) []string {
	var out []string
	for _, o := range orders {
		if file == "" || o.Pos.Filename == file {
			out = append(out, o.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sameEdges(t *testing.T, name string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: missing  %s", name, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: unwanted %s", name, g)
		}
	}
}

// What the comments at the head of mm/rmap.c and mm/filemap.c declare, by
// reading them.
var treeEdges = map[string]map[string]string{
	"5.10": {
		"mm/rmap.c": `
irwsem < mmap < page < imm[h] < imm < fault
imm < anon < ptls < pgdat
ptls < swap < mmlist
swap < priv < memcg < ipages
swap < ilock
swap < wb < sb
wb < ipages
anon < task < ptl
imm < task
imm[h] < fault < page[h]`,
		"mm/filemap.c": `
imm < priv < swap < ipages
irwsem < imm
mmap < imm < ptls < ipages
mmap < page
irwsem < mmap
wb < sb
wb < ipages
imm < anon < ptls
ptls < swap
ptls < priv
ptls < pgdat
ptls < wb
ptls < ilock
ptls < memcg
imm < task`,
	},
	"6.1": {
		"mm/rmap.c": `
irwsem < mmap < inval < page < imm[h] < imm < anon < ptls < swap < mmlist
swap < priv < memcg < ipages < lru
swap < ilock
swap < wb < sb
wb < ipages
anon < task < ptl
imm < task
fault < hvma < imm[h] < page[h]`,
		"mm/filemap.c": `
imm < priv < swap < ipages
irwsem < inval < imm
mmap < imm < ptls < ipages
mmap < inval < page
irwsem < mmap
wb < sb
wb < ipages
imm < anon < ptls
ptls < swap
ptls < priv
ptls < lru
ptls < wb
ptls < ilock
ptls < memcg
imm < task`,
	},
	"6.12": {
		"mm/rmap.c": `
irwsem < mmap < inval < page < imm[h] < vma < imm < anon < ptls < swap < mmlist
swap < priv < memcg < ipages < lru
swap < ilock
swap < wb < sb
wb < ipages
anon < task < ptl
imm < task
fault < hvma < imm[h] < page[h]`,
		"mm/filemap.c": `
imm < priv < swap < ipages
irwsem < inval < imm
mmap < imm < ptls < ipages
mmap < inval < page
irwsem < mmap
wb < sb
wb < ipages
imm < anon < ptls
ptls < swap
ptls < priv
ptls < lru
ptls < wb
ptls < ilock
ptls < memcg`,
	},
}

func TestTreeEdges(t *testing.T) {
	s := load(t, "linux")
	for _, version := range []string{"5.10", "6.1", "6.12"} {
		im := ImportComments(readTree(t, version, "mm/rmap.c", "mm/filemap.c"), s)
		for file, text := range treeEdges[version] {
			sameEdges(t, version+" "+file, orderSet(im.Orders, file), edges(t, text))
		}
		for _, u := range im.Unmapped {
			t.Errorf("%s: %s: %q: %s", version, u.Pos, u.Text, u.Reason)
		}
		for _, o := range im.Orders {
			if o.Scope != "" {
				t.Errorf("%s: %s is bound to %s", version, o, o.Scope)
			}
		}
	}
}

// The declarations of a tree that contradict each other, named by two classes
// that a loop must pass.
func TestTreeContradictions(t *testing.T) {
	s := load(t, "linux")
	for _, version := range []string{"5.10", "6.1", "6.12"} {
		im := ImportComments(readTree(t, version, "mm", "fs", "kernel", "include", "Documentation"), s)
		with := s.WithOrders(im.Orders)
		loops := with.Contradictions()
		want := []struct{ a, b, resolved string }{
			{"swap_info_struct.lock", "address_space.private_lock", ""},
			{"address_space.i_mmap_rwsem", "folio.PG_locked", "hugetlb"},
			{"address_space.i_mmap_rwsem", "folio.PG_locked", ""},
			{"folio.PG_locked", "mm_struct.mmap_lock", ""},
		}
		if version == "5.10" {
			want = append(want, struct{ a, b, resolved string }{"hugetlb_fault_mutex_table[]", "folio.PG_locked", "hugetlb"})
		}
		for _, w := range want {
			if !slices.ContainsFunc(loops, func(loop []Order) bool {
				through := func(name string) bool {
					return slices.ContainsFunc(loop, func(o Order) bool { return o.Before.Name() == name })
				}
				return through(w.a) && through(w.b) && with.Resolved(loop) == w.resolved
			}) {
				t.Errorf("%s: no loop through %s and %s settled by %q", version, w.a, w.b, w.resolved)
			}
		}
		for _, loop := range loops {
			for i, o := range loop {
				if next := loop[(i+1)%len(loop)]; o.After.Name() != next.Before.Name() {
					t.Errorf("%s: a loop is open between %s and %s", version, o, next)
				}
			}
		}
		if len(loops) > 12 {
			t.Errorf("%s: %d loops", version, len(loops))
		}
		// An alternative is no order: the fault paths of ext2.
		for _, o := range im.Orders {
			if o.Pos.Filename == "fs/ext2/file.c" && o.Before.Name() == "address_space.i_mmap_rwsem" && o.After.Name() == "folio.PG_locked" {
				t.Errorf("%s: %s: %s", version, o.Pos, o)
			}
		}
		if t.Failed() {
			for _, l := range loops {
				t.Log(with.Resolved(l), loopText(l))
			}
		}
	}
}

// Questions that a checker asks of a real tree's declarations.
func TestTreeWhy(t *testing.T) {
	s := load(t, "linux")
	class := func(text string) Class {
		c, err := ParseClass(short[text][0])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for version, asks := range map[string]string{
		"5.10": "imm[h]<page[h] page<imm imm[h]<fault fault<page[h] irwsem<imm[h] fault<ptl page[h]<ptl mmap<page[h] imm<task imm[h]<imm",
		"6.1":  "imm[h]<page[h] page<imm fault<imm[h] hvma<ptl fault<page[h] hvma<page[h] mmap<imm[h] page[h]<anon fault<anon",
		"6.12": "imm[h]<page[h] page<imm fault<imm[h] hvma<ptl fault<page[h] hvma<page[h] mmap<imm[h] page[h]<anon imm[h]<vma imm[h]<imm",
	} {
		with := s.WithOrders(ImportComments(readTree(t, version, "mm", "fs"), s).Orders)
		for _, ask := range strings.Fields(asks) {
			a, b, _ := strings.Cut(ask, "<")
			if with.Why(class(a), class(b)) == nil {
				t.Errorf("%s: nothing puts %s before %s", version, a, b)
			}
			if p := with.Why(class(b), class(a)); p != nil {
				t.Errorf("%s: %s before %s:%s", version, b, a, loopText(p))
			}
		}
	}
}

func ExampleSet_Why() {
	s, err := Load(Source{"demo.lockorder", []byte("a < b < c from demo.h\n")})
	if err != nil {
		panic(err)
	}
	for _, o := range s.Why(MakeClass("a", "", 0), MakeClass("c", "", 0)) {
		fmt.Println(o.Pos, o, o.Source)
	}
	// Output:
	// demo.lockorder:1:5 a < b demo.h
	// demo.lockorder:1:9 b < c demo.h
}
