package analyzer_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
)

// inFunction edits the text of one function of a source: from its name at the left of
// a definition to the brace at the margin.
func inFunction(t *testing.T, src, head string, edit func(body string) string) string {
	t.Helper()
	start := strings.Index(src, "\n"+head)
	if start < 0 {
		t.Fatalf("the tree has no %q", head)
	}
	end := strings.Index(src[start:], "\n}\n")
	if end < 0 {
		t.Fatalf("%q has no end", head)
	}
	end += start + len("\n}\n")
	body := src[start:end]
	now := edit(body)
	if now == body {
		t.Fatalf("%q: the edit does not apply", head)
	}
	return src[:start] + now + src[end:]
}

// once replaces what must be there once.
func once(t *testing.T, text, old, now string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, now, 1)
}

// treePatch makes a patch to files of a tree and analyses it. The patches are made
// here since they would carry text of the tree.
func treePatch(t *testing.T, root, subject string, edits map[string]func(string) string) *collector {
	t.Helper()
	was, is := map[string]string{}, map[string]string{}
	for name, edit := range edits {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		was[name] = string(text)
		is[name] = edit(string(text))
	}
	c := runPatch(t, analyzer.Config{Root: root}, mail(subject, was, is))
	for _, v := range c.Violations {
		t.Logf("%s: %s: %s, in %s, from %s", v.Pos, v.Change, v.Message, v.Function, v.Root)
	}
	for _, n := range c.Statistics.Series.Notes {
		t.Logf("%s: %s: %s", n.Kind, n.Pos, n.Message)
	}
	return c
}

func hasChange(c *collector, want report.Change, function, outer, inner string) bool {
	for _, v := range change(c.Violations, want) {
		if within(v, function) && same(v.Outer, outer) && same(v.Inner, inner) {
			return true
		}
	}
	return false
}

// TestPatchTree makes patches to a real kernel: one that takes two locks the wrong
// way round, three calls deep; ones that mend faults that the tree has; one that
// moves a function and changes nothing.
func TestPatchTree(t *testing.T) {
	if os.Getenv("LOCKORDER_TREES") == "" {
		t.Skip("LOCKORDER_TREES is not set to a directory with linux-5.10 (see scripts/get-tree)")
	}
	root := treeRoot(t, "5.10")
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program does

	t.Run("deep", func(t *testing.T) {
		c := treePatch(t, root, "[PATCH] hugetlb: sync under the table lock", map[string]func(string) string{
			"mm/hugetlb.c": func(src string) string {
				const helpers = "\nstatic void third(struct address_space *mapping)\n{\n\ti_mmap_lock_write(mapping);\n\ti_mmap_unlock_write(mapping);\n}\n" +
					"\nstatic void second(struct address_space *mapping)\n{\n\tthird(mapping);\n}\n" +
					"\nstatic void first(struct vm_area_struct *vma)\n{\n\tsecond(vma->vm_file->f_mapping);\n}\n"
				return inFunction(t, src, "long follow_hugetlb_page(", func(body string) string {
					i := strings.Index(body, "ptl = huge_pte_lock(")
					if i < 0 {
						t.Fatal("the tree takes no lock there")
					}
					i += strings.Index(body[i:], "\n") + 1
					return helpers + body[:i] + "\t\tfirst(vma);\n" + body[i:]
				})
			},
		})
		if !hasChange(c, report.Added, "third", "page_table.ptl", mapLock) {
			t.Error("the inversion is not reported as added")
		}
		if n := len(c.Violations); n != 1 {
			t.Errorf("%d changes, want 1", n)
		}
	})

	t.Run("hole punch", func(t *testing.T) {
		c := treePatch(t, root, "[PATCH] hugetlbfs: drop the page lock first", map[string]func(string) string{
			"fs/hugetlbfs/inode.c": func(src string) string {
				return inFunction(t, src, "static void remove_inode_hugepages(", func(body string) string {
					body = once(t, body, "i_mmap_lock_write(mapping);", "unlock_page(page);\n\t\t\t\ti_mmap_lock_write(mapping);")
					return once(t, body, "i_mmap_unlock_write(mapping);", "i_mmap_unlock_write(mapping);\n\t\t\t\tlock_page(page);")
				})
			},
		})
		if !hasChange(c, report.Fixed, "remove_inode_hugepages", pageLock, mapLock) {
			t.Error("the inversion is not reported as fixed")
		}
		if n := len(change(c.Violations, report.Added)); n != 0 {
			t.Errorf("%d added, want none", n)
		}
	})

	t.Run("trylock", func(t *testing.T) {
		c := treePatch(t, root, "[PATCH] memory-failure: do not wait", map[string]func(string) string{
			"mm/memory-failure.c": func(src string) string {
				return inFunction(t, src, "static void collect_procs_file(", func(body string) string {
					return once(t, body, "i_mmap_lock_read(mapping);", "if (!down_read_trylock(&mapping->i_mmap_rwsem))\n\t\treturn;")
				})
			},
		})
		if !hasChange(c, report.Fixed, "collect_procs_file", pageLock, mapLock) {
			t.Error("the inversion is not reported as fixed")
		}
		if n := len(change(c.Violations, report.Added)); n != 0 {
			t.Errorf("%d added, want none", n)
		}
	})

	t.Run("moved", func(t *testing.T) {
		var moved string
		c := treePatch(t, root, "[PATCH] hugetlb: move a function", map[string]func(string) string{
			"mm/hugetlb.c": func(src string) string {
				return inFunction(t, src, "struct address_space *hugetlb_page_mapping_lock_write(", func(body string) string {
					moved = body
					return "\n"
				})
			},
			"mm/migrate.c": func(src string) string {
				if moved == "" { // the order of a map
					text, err := os.ReadFile(filepath.Join(root, "mm/hugetlb.c"))
					if err != nil {
						t.Fatal(err)
					}
					inFunction(t, string(text), "struct address_space *hugetlb_page_mapping_lock_write(", func(body string) string {
						moved = body
						return ""
					})
				}
				return src + moved
			},
		})
		for _, v := range c.Violations {
			if v.Change != report.Moved {
				t.Errorf("%s: %s: %s", v.Pos, v.Change, v.Message)
			}
		}
	})
}
