//go:build linux

package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An edit is text that a patch puts into a file: after the first line that begins with
// after or, where that ends in "(", as the first lines of the body of that function.
type edit struct{ file, after, text string }

// body puts text into a function.
func body(file, function, text string) edit { return edit{file, function + "(", text} }

// The functions that the series edits: faults, mmap, migration and memory failure.
var benchFunctions = [][2]string{
	{"mm/memory.c", "handle_pte_fault"},
	{"mm/mmap.c", "do_mmap"},
	{"mm/migrate.c", "unmap_and_move_huge_page"},
	{"mm/memory-failure.c", "try_memory_failure_hugetlb"},
	{"mm/hugetlb.c", "hugetlb_fault"},
	{"mm/rmap.c", "try_to_unmap_one"},
	{"mm/huge_memory.c", "split_huge_page_to_list_to_order"},
	{"mm/mremap.c", "move_vma"},
	{"fs/hugetlbfs/inode.c", "hugetlbfs_fallocate"},
}

// use is a patch that edits some functions; %s in text is name or, where that is "", the
// function's.
func use(text, name string, functions [][2]string) []edit {
	var out []edit
	for _, f := range functions {
		out = append(out, body(f[0], f[1], strings.ReplaceAll(text, "%s", cmp.Or(name, f[1]))))
	}
	return out
}

// headers is a series to three headers and six sources, which use what it adds.
func headers(suffix string) [][]edit {
	with := func(file, after, text string) edit {
		return edit{file, after, strings.ReplaceAll(text, "%s", suffix)}
	}
	return [][]edit{
		append(use("\tcost_%s();", suffix, benchFunctions[4:6]),
			with("include/linux/hugetlb.h", "struct mmu_gather;", "static inline void cost_%s(void)\n{\n\tcond_resched();\n}")),
		append(use("\tcurrent->mm->cost_%s = 0;", suffix, benchFunctions[:2]),
			with("include/linux/mm_types.h", "struct mm_struct {", "\tint cost_%s;")),
		append(use("\tif (MM_COST_%s(current->mm))\n\t\tcond_resched();", suffix, benchFunctions[2:4]),
			with("include/linux/mm.h", "struct mempolicy;", "#define MM_COST_%s(mm) ((mm)->cost_%s)")),
		append(use("\tmm_cost_%s(current->mm);", suffix, benchFunctions[4:5]),
			with("include/linux/mm.h", "struct anon_vma;", "static inline void mm_cost_%s(struct mm_struct *mm)\n{\n\tmight_sleep();\n}")),
	}
}

// rwsem is a series that gives the inodes of hugetlbfs a lock against the sharing of page tables,
// and takes it where those are used or may go: a series to nine files.
func rwsem() [][]edit {
	hold := func(file, function, mode, mapping string) edit {
		return body(file, function, "\tguard(rwsem_"+mode+")(hinode_rwsem("+mapping+"));")
	}
	return [][]edit{
		{{"include/linux/fs.h", "struct address_space;", "struct rw_semaphore *hinode_rwsem(struct address_space *mapping);"}},
		{
			{"include/linux/hugetlb.h", "struct hugetlbfs_inode_info {", "\tstruct rw_semaphore hinode_rwsem;"},
			body("fs/hugetlbfs/inode.c", "hugetlbfs_get_inode", "\t/* with a lock against the sharing of page tables */"),
			{"mm/hugetlb.c", "#include <linux/hugetlb.h>", "\nstruct rw_semaphore *hinode_rwsem(struct address_space *mapping)\n" +
				"{\n\treturn &HUGETLBFS_I(mapping->host)->hinode_rwsem;\n}\n"},
			{"mm/rmap.c", " *   mm->mmap_lock", " *   hinode_rwsem"},
		},
		{
			hold("mm/hugetlb.c", "copy_hugetlb_page_range", "read", "src_vma->vm_file->f_mapping"),
			hold("mm/hugetlb.c", "hugetlb_fault", "read", "vma->vm_file->f_mapping"),
			hold("mm/hugetlb.c", "hugetlb_change_protection", "write", "vma->vm_file->f_mapping"),
			hold("mm/memory.c", "unmap_single_vma", "write", "vma->vm_file->f_mapping"),
			hold("mm/memory-failure.c", "unmap_poisoned_folio", "write", "folio_mapping(folio)"),
			hold("mm/migrate.c", "unmap_and_move_huge_page", "write", "folio_mapping(src)"),
			hold("mm/userfaultfd.c", "mfill_atomic_hugetlb", "read", "dst_vma->vm_file->f_mapping"),
		},
		{
			hold("fs/hugetlbfs/inode.c", "hugetlb_vmtruncate", "write", "inode->i_mapping"),
			hold("fs/hugetlbfs/inode.c", "remove_inode_single_folio", "write", "mapping"),
		},
	}
}

// series is a mailbox of patches, each of which has some edits.
func series(tb testing.TB, tree string, patches [][]edit) string {
	tb.Helper()
	var mail strings.Builder
	now := make(map[string][]string)
	for i, p := range patches {
		fmt.Fprintf(&mail, "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"+
			"From: A <a@example.org>\nSubject: [PATCH %d/%d] mm: edit\n\n---\n", i+1, len(patches))
		for _, e := range p {
			lines := now[e.file]
			if lines == nil {
				text, err := os.ReadFile(filepath.Join(tree, e.file))
				if err != nil {
					tb.Fatal(err)
				}
				lines = strings.SplitAfter(string(text), "\n")
			}
			at := place(lines, e.after)
			if at < 0 {
				tb.Fatalf("%s has no %q", e.file, e.after)
			}
			added := strings.SplitAfter(e.text+"\n", "\n")
			added = added[:len(added)-1]
			fmt.Fprintf(&mail, "diff --git a/%[1]s b/%[1]s\n--- a/%[1]s\n+++ b/%[1]s\n@@ -%[2]d,6 +%[2]d,%[3]d @@\n",
				e.file, at-2, 6+len(added))
			fmt.Fprintf(&mail, " %s+%s %s", strings.Join(lines[at-3:at], " "), strings.Join(added, "+"),
				strings.Join(lines[at:at+3], " "))
			now[e.file] = slices.Insert(slices.Clone(lines), at, added...)
		}
		mail.WriteString("-- \n2.39.5\n\n")
	}
	return mail.String()
}

// place is where lines go in that come after a line, or begin the body of a function.
func place(lines []string, after string) int {
	name, function := strings.CutSuffix(after, "(")
	for i, l := range lines {
		if !function {
			if strings.HasPrefix(l, after) {
				return i + 1
			}
			continue
		}
		head, _, ok := strings.Cut(l, name+"(")
		if !ok || head == "" || !strings.HasSuffix(head, " ") && !strings.HasSuffix(head, "*") || strings.ContainsAny(head[:1], "\t /#") {
			continue
		}
		for j := i; j < len(lines) && !strings.HasSuffix(lines[j], ";\n"); j++ {
			if lines[j] == "{\n" {
				return j + 1
			}
		}
	}
	return -1
}

// BenchmarkPatch runs the program as its users do, with a cache that a scan of mm and
// fs/hugetlbfs has filled, and left as that scan left it before each run, except for
// what comes "after" another series. Besides the wall time, it gives processor time
// and the peak of the memory.
func BenchmarkPatch(b *testing.B) {
	tree := filepath.Join(os.Getenv("LOCKORDER_TREES"), "linux-6.12")
	if _, err := os.Stat(filepath.Join(tree, "Makefile")); err != nil {
		b.Skip("LOCKORDER_TREES is not set to a directory with linux-6.12")
	}
	dir := b.TempDir()
	bin := filepath.Join(dir, "lockorder")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	filled, cache := filepath.Join(dir, "filled"), filepath.Join(dir, "cache")
	run := func(b *testing.B, args ...string) *os.ProcessState {
		b.Helper()
		cmd := exec.Command(bin, append(args, "-q", "-C", tree)...)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() > 1 || cmd.ProcessState.ExitCode() < 0 {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		return cmd.ProcessState
	}
	copied := func(b *testing.B) {
		b.Helper()
		if err := os.RemoveAll(cache); err != nil {
			b.Fatal(err)
		}
		if err := os.CopyFS(cache, os.DirFS(filled)); err != nil {
			b.Fatal(err)
		}
	}
	measure := func(name string, fresh func(b *testing.B), args ...string) {
		b.Run(name, func(b *testing.B) {
			var cpu time.Duration
			var most float64
			for i := 0; i < b.N; i++ {
				b.StopTimer()
				fresh(b)
				b.StartTimer()
				state := run(b, args...)
				cpu += state.UserTime() + state.SystemTime()
				most = max(most, float64(state.SysUsage().(*syscall.Rusage).Maxrss)/(1<<20)) // of KiB
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(most, "GiB")
		})
	}
	scan := func(cache string) []string { return []string{"scan", "--cache-dir", cache, "mm", "fs/hugetlbfs"} }
	empty := func(b *testing.B) {
		if err := os.RemoveAll(cache); err != nil {
			b.Fatal(err)
		}
	}
	measure("scan/uncached", empty, "scan", "--no-cache", "mm", "fs/hugetlbfs")
	measure("scan/cold", empty, scan(cache)...)

	run(b, scan(filled)...)
	measure("scan/again", copied, scan(cache)...)
	mailbox := func(name string, patches ...[]edit) []string {
		file := filepath.Join(dir, name+".mbox")
		if err := os.WriteFile(file, []byte(series(b, tree, patches)), 0o644); err != nil {
			b.Fatal(err)
		}
		return []string{"patch", "--cache-dir", cache, file}
	}
	one := func(file, function string) []edit { return []edit{body(file, function, "\tmight_sleep();")} }
	four := func(text string) [][]edit {
		var out [][]edit
		for _, t := range []string{"\t/* first */", "\tcond_resched();", text,
			"\tstatic DEFINE_MUTEX(%s_cost);\n\n\tmutex_lock(&%s_cost);\n\tmutex_unlock(&%s_cost);"} {
			out = append(out, use(t, "", benchFunctions))
		}
		return out
	}
	mremap := mailbox("mremap", one("mm/mremap.c", "move_vma"))
	hugetlb := mailbox("hugetlb", one("mm/hugetlb.c", "hugetlb_fault"))
	nine := mailbox("series", four("\t/* third */")...)
	withHeaders := mailbox("headers", headers("a")...)
	for _, c := range []struct {
		name          string
		before, timed []string
	}{
		{"mremap", nil, mremap},
		{"hugetlb", nil, hugetlb},
		{"hugetlb/after", hugetlb, mailbox("hugetlb2", one("mm/hugetlb.c", "alloc_hugetlb_folio"))},
		{"rwsem", nil, mailbox("rwsem", rwsem()...)},
		{"series", nil, nine},
		{"series/after", nine, mailbox("series2", four("\tmight_sleep();")...)},
		{"headers", nil, withHeaders},
		{"headers/after", withHeaders, mailbox("headers2", headers("b")...)},
	} {
		measure("patch/"+c.name, func(b *testing.B) {
			copied(b)
			if c.before != nil {
				run(b, c.before...)
			}
		}, c.timed...)
	}
	measure("patch/mremap/cold", empty, mremap...)
}
