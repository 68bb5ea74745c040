package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/testdata"
)

// Every state of the series is a tree of its own, with the shared headers in it.
func TestSeries(t *testing.T) {
	for _, state := range []string{"before", "posted", "after"} {
		dir := t.TempDir()
		if err := testdata.WriteSeries(state, dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"mm/rmap.c", "fs/hugetlbfs/inode.c", "include/linux/hugetlb.h", "include/linux/spinlock.h"} {
			if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Errorf("%s: %v", state, err)
			}
		}
	}
	if err := testdata.WriteSeries("later", t.TempDir()); err == nil {
		t.Error("a state that there is not")
	}
}

// The sample is gone when the program is.
func TestSampleRemoved(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for _, args := range [][]string{{"locks", "f"}, {"locks", "g"}} {
		run(t.Context(), canned{}, args, nil, nil, discard{}, discard{})
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v, error %v", args, left, err)
		}
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
