package main

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"github.com/lockorder/lockorder/testdata"
)

// Every state of the series is a tree of its own, with the shared headers in it.
func TestSample(t *testing.T) {
	for _, state := range []string{"before", "posted", "after"} {
		tree, err := testdata.Series(state)
		if err != nil {
			t.Fatal(err)
		}
		if err := fstest.TestFS(tree, "mm/hugetlb.c", "include/linux/hugetlb.h", "include/linux/spinlock.h"); err != nil {
			t.Errorf("%s: %v", state, err)
		}
		sources, err := fs.Glob(tree, "mm/*.c")
		if err != nil || len(sources) < 3 {
			t.Errorf("%s: %d files in mm, error %v", state, len(sources), err)
		}
		for _, name := range sources {
			if path.Dir(name) != "mm" {
				t.Errorf("%s: %s is not in mm", state, name)
			}
		}
	}
	if _, err := testdata.Series("later"); err == nil {
		t.Error("a state that there is not")
	}
}
