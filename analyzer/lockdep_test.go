package analyzer_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/lockdep"
)

// lockdepScope is what the share is about.
var lockdepScope = []string{"mm", "fs", "include/linux/mm*.h", "include/linux/memory*.h", "include/linux/fs*.h"}

// What the record of a real kernel has to give at least.
const (
	minMapped   = 0.92 // of the names that are locks
	minObserved = 0.93 // of the dependencies between locks of mm and fs
)

// TestLockdepTree holds the record of a 6.12 kernel against its source. It takes
// long, since what the record touches is most of mm and four file systems.
func TestLockdepTree(t *testing.T) {
	if os.Getenv("LOCKORDER_TREES") == "" {
		t.Skip("LOCKORDER_TREES is not set to a directory with linux-6.12 (see scripts/get-tree)")
	}
	if testing.Short() {
		t.Skip("takes minutes")
	}
	root := treeRoot(t, "6.12")
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program does
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2200 << 20))
	dir := filepath.Join("..", "testdata", "lockdep")
	var files []string
	for _, f := range []string{"lockdep.gz", "chains.gz", "stats.gz"} {
		files = append(files, filepath.Join(dir, f))
	}
	rec, err := lockdep.ReadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	c, err := analyzer.Lockdep(context.Background(), analyzer.Config{Root: root, KConfig: filepath.Join(dir, "config.gz")}, rec, lockdepScope)
	if err != nil {
		t.Fatal(err)
	}
	s := &c.Summary
	found, reached, all := s.Share()
	t.Logf("%d of %d names mapped, %d to several, %d no lock", s.Mapped, s.Classes, s.Ambiguous, s.NoLock)
	t.Logf("dependencies %v", s.Verdicts)
	t.Logf("in scope %d of %d found (%.3f), %d more reached; %v", found, all, float64(found)/float64(all), reached, s.InScope)
	t.Logf("%d static pairs of recorded classes, %d never observed", s.Static, s.Unobserved)
	if got := float64(s.Mapped) / float64(s.Classes-s.NoLock); got < minMapped {
		t.Errorf("%.3f of the names are mapped, want %.2f", got, minMapped)
	}
	if got := float64(found) / float64(all); got < minObserved {
		t.Errorf("%.3f of the dependencies are found, want %.2f", got, minObserved)
	}
	// Read in the source: a name by a key, one of an inline function's
	// callers, one by a macro, a variable's member, one inside of a lock.
	for name, want := range map[string]string{
		"&type->s_umount_key": "super_block.s_umount", "mapping.invalidate_lock": "address_space.invalidate_lock",
		"&sb->s_type->i_mutex_key": "inode.i_rwsem", "ptlock_ptr(ptdesc)": "page_table.ptl", "&mm->mmap_lock": "mm_struct.mmap_lock",
		"init_task.alloc_lock": "task_struct.alloc_lock", "&dentry->d_lock": "dentry.d_lock", "btrfs-root-00": "extent_buffer.lock",
		"hugetlb_lock": "hugetlb_lock", "&hugetlb_fault_mutex_table[i]": "hugetlb_fault_mutex_table[]", "fs_reclaim": "fs_reclaim",
	} {
		for _, n := range c.Names {
			if n.Name == name && strings.Join(n.Classes, " ") != want {
				t.Errorf("%s is %v, want %s", name, n.Classes, want)
			}
		}
	}
}
