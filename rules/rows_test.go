package rules

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Each row of rules/linux names something that at least one of the kernels
// has, but for those of later kernels.
func TestTreeRows(t *testing.T) {
	s := load(t, "linux")
	have := map[string]bool{} // the names of the rows: whether some kernel has them
	for name := range s.prims {
		have[name] = false
	}
	for name := range s.also {
		have[name] = false
	}
	for name := range s.same {
		have[name] = false
	}
	for name := range s.preds {
		have[name] = false
	}
	for name := range s.runs {
		if s.runs[name].Arg >= 0 {
			have[name] = false
		}
	}
	inName := func(c byte) bool {
		return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	for _, version := range []string{"5.10", "6.1", "6.12"} {
		for _, f := range readFiles(t, version, func([]byte) bool { return true }, "include/linux", "include/net", "include/asm-generic", "mm", "kernel", "lib", "net/core", "arch/x86/include", "fs") {
			for i := 0; i < len(f.Text); i++ {
				start := i
				for i < len(f.Text) && inName(f.Text[i]) {
					i++
				}
				if got, ok := have[string(f.Text[start:i])]; ok && !got {
					have[string(f.Text[start:i])] = true
				}
			}
		}
	}
	for name, p := range s.prims {
		if !have[name] && !strings.HasSuffix(p.Pos.Filename, "/later.lockorder") {
			t.Errorf("%s: %s is in no kernel", p.Pos, name)
		}
	}
	for name, rows := range s.also {
		if !have[name] {
			t.Errorf("%s: %s is in no kernel", rows[0].Pos, name)
		}
	}
	for name, r := range s.runs {
		if r.Arg >= 0 && !have[name] {
			t.Errorf("%s: %s is in no kernel", r.Pos, name)
		}
	}
	for name := range s.same {
		if !have[name] {
			t.Errorf("same %s: in no kernel", name)
		}
	}
	for name, p := range s.preds {
		if !have[name] {
			t.Errorf("%s: %s is in no kernel", p.Pos, name)
		}
	}
}

// What interrupts others.
func TestRuns(t *testing.T) {
	s := load(t, "linux")
	for name, want := range map[string]Run{
		"request_irq": {Name: "request_irq", Arg: 1, In: HardIRQ}, "devm_request_irq": {Name: "devm_request_irq", Arg: 2, In: HardIRQ},
		"call_rcu": {Name: "call_rcu", Arg: 1, In: SoftIRQ},
	} {
		got, ok := s.Runs(name)
		got.Pos = want.Pos
		if !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{"timer_list.function", "free_irq", "function"} {
		if _, ok := s.Runs(name); ok {
			t.Errorf("%s runs a function", name)
		}
	}
	found := 0
	for _, m := range s.RunsMembers() {
		switch name := m.Owner + "." + m.Name; {
		case name == "timer_list.function" && m.In == SoftIRQ, name == "irq_work.func" && m.In == HardIRQ:
			found++
		case m.Owner == "" || m.Name == "":
			t.Errorf("%+v", m)
		}
	}
	if found != 2 {
		t.Errorf("%v", s.RunsMembers())
	}
}

// What the semantics of the trickiest rows must be, by their documentation.
func TestRows(t *testing.T) {
	s := load(t, "linux")
	for name, want := range map[string]Primitive{
		"spin_lock_irqsave_nested":  {Effect: Acquire, Subclass: 2, Nest: -1, IRQ: IRQSave},
		"spin_lock_nest_lock":       {Effect: Acquire, Subclass: -1, Nest: 1},
		"_raw_spin_lock":            {Effect: Acquire, Subclass: -1, Nest: -1},
		"bit_spin_lock":             {Effect: Acquire, Arg: 1, Subclass: -1, Nest: -1},
		"mutex_lock_killable":       {Effect: Acquire, Success: Zero, Subclass: -1, Nest: -1, Sleeps: true},
		"mutex_trylock":             {Effect: Acquire, Success: NonZero, Try: true, Subclass: -1, Nest: -1, Sleeps: true},
		"down_trylock":              {Effect: Acquire, Success: Zero, Try: true, Subclass: -1, Nest: -1, Sleeps: true},
		"down_read_trylock":         {Effect: Acquire, Success: NonZero, Try: true, Mode: Shared, Subclass: -1, Nest: -1, Sleeps: true},
		"down_read_killable_nested": {Effect: Acquire, Success: Zero, Mode: Shared, Subclass: 1, Nest: -1, Sleeps: true},
		"down_write_nest_lock":      {Effect: Acquire, Subclass: -1, Nest: 1, Sleeps: true},
		"downgrade_write":           {Effect: Downgrade, Mode: Shared, Subclass: -1, Nest: -1, Sleeps: true},
		"folio_trylock":             {Effect: Acquire, Success: NonZero, Try: true, Member: "PG_locked", Class: "folio.PG_locked", Subclass: -1, Nest: -1, Sleeps: true},
		"lock_page_killable":        {Effect: Acquire, Success: Zero, Member: "PG_locked", Class: "folio.PG_locked", Subclass: -1, Nest: -1, Sleeps: true},
		"PageLocked":                {Effect: TestHeld, Success: NonZero, Member: "PG_locked", Class: "folio.PG_locked", Subclass: -1, Nest: -1, Sleeps: true},
		"rcu_read_lock":             {Effect: Acquire, Arg: ArgNone, Class: "rcu", Mode: RecursiveShared, Subclass: -1, Nest: -1},
		"read_lock_irqsave":         {Effect: Acquire, Mode: Shared, IRQ: IRQSave, Subclass: -1, Nest: -1},
		"rtnl_trylock":              {Effect: Acquire, Arg: ArgNone, Class: "rtnl_mutex", Success: NonZero, Try: true, Subclass: -1, Nest: -1, Sleeps: true},
		"lock_sock":                 {Effect: Acquire, Member: "sk_lock", Class: "sock.sk_lock", Subclass: -1, Nest: -1, Sleeps: true},
		"bh_lock_sock":              {Effect: Acquire, Member: "sk_lock.slock", Class: "sock.sk_lock.slock", Subclass: -1, Nest: -1},
		"lockdep_assert_held_write": {Effect: AssertHeld, Subclass: -1, Nest: -1},
		"lockdep_assert_held":       {Effect: AssertHeld, Mode: Shared, Subclass: -1, Nest: -1},
		"refcount_dec_and_lock":     {Effect: Acquire, Arg: 1, Success: NonZero, Subclass: -1, Nest: -1},
		"cancel_work_sync":          {Effect: WaitFor, Subclass: -1, Nest: -1, Sleeps: true},
		"del_timer_sync":            {Effect: WaitFor, Subclass: -1, Nest: -1},
		"synchronize_rcu":           {Effect: WaitFor, Arg: ArgNone, Class: "rcu", Mode: RecursiveShared, Subclass: -1, Nest: -1, Sleeps: true},
		"ww_mutex_lock":             {Effect: Acquire, Success: Zero, Subclass: -1, Nest: 1, Sleeps: true},
		"VM_BUG_ON_PAGE":            {Effect: Assume, Success: Zero, Subclass: -1, Nest: -1},
		"local_irq_save":            {Effect: Context, Arg: ArgNone, IRQ: IRQSave, Subclass: -1, Nest: -1},
		"copy_from_user":            {Effect: MayLock, Arg: ArgNone, Class: "mm_struct.mmap_lock", Mode: Shared, Subclass: -1, Nest: -1, Sleeps: true},
		"cond_resched_lock":         {Effect: Retake, Subclass: -1, Nest: -1},
		"__SetPageLocked":           {Effect: Acquire, Try: true, Member: "PG_locked", Class: "folio.PG_locked", Subclass: -1, Nest: -1, Sleeps: true},
	} {
		p := s.Primitive(name)
		if p == nil {
			t.Errorf("%s has no row", name)
			continue
		}
		got := *p
		got.Name, got.Kind, got.Pos = "", "", want.Pos
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	for _, wrapper := range []string{"i_mmap_lock_write", "mmap_read_lock", "huge_pte_lock", "pte_offset_map_lock", "inode_lock", "find_lock_page"} {
		if s.Primitive(wrapper) != nil {
			t.Errorf("%s has a row: its body must tell", wrapper)
		}
	}
	for natural, want := range map[string]string{
		"page.PG_locked": "folio.PG_locked", "ptdesc.ptl": "page_table.ptl", "page.ptl": "page_table.ptl",
		"anon_vma.root.rwsem": "anon_vma.rwsem", "inode.i_rwsem": "inode.i_rwsem",
		"hugetlbfs_i_mmap_rwsem_key": "address_space.i_mmap_rwsem[hugetlb]",
	} {
		if got := s.Canonical(natural); got != want {
			t.Errorf("Canonical(%s) = %s, want %s", natural, got, want)
		}
	}
}

// Loading is deterministic, and later files override earlier ones.
func TestLoadAgain(t *testing.T) {
	a, b := load(t, "linux"), load(t, "linux")
	names := slices.Sorted(maps.Keys(a.prims))
	if !slices.Equal(names, slices.Sorted(maps.Keys(b.prims))) {
		t.Fatal("two loads differ")
	}
	for _, n := range names {
		if *a.prims[n] != *b.prims[n] {
			t.Errorf("%s: two loads differ", n)
		}
	}
	src, err := Embedded("linux")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(append(src, Source{"mine", []byte("kind mutex spins\ntry mutex_lock(lock) zero\n")})...)
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Primitive("mutex_lock"); !p.Try || p.Sleeps || p.Pos.Filename != "mine" {
		t.Errorf("%+v", p)
	}
	if _, err := Embedded("linx"); err == nil || !strings.Contains(err.Error(), `did you mean "linux"`) {
		t.Errorf("%v", err)
	}
	for _, f := range src {
		if bytes.Contains(f.Text, []byte("\t\t\t")) {
			t.Errorf("%s: rows line up with blanks", f.Name)
		}
	}
}
