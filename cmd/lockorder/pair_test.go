package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/pair"
	"github.com/lockorder/lockorder/testdata"
	"gonum.org/v1/gonum/graph/formats/dot"
)

// pairOf compares the C models of one state with the Go scheme of another,
// under the rules of a third.
func pairOf(t *testing.T, format, rules, c, scheme string) (status int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	if err := testdata.WriteSeries(c, dir); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status = Run(t.Context(), []string{
		"pair", "--format", format, "--rules", filepath.Join("..", "..", "rules", "series", rules+".lockorder"),
		"--c", dir, "-C", filepath.Join("..", ".."), "--go", "./reference,./reference/" + scheme,
	}, nil, nil, &out, &errs)
	return status, out.String(), errs.String()
}

// TestPairSeries holds the two programs of each state to one hierarchy: the C
// models and the Go reference implementation.
func TestPairSeries(t *testing.T) {
	for _, state := range []string{"before", "posted", "after"} {
		status, out, errs := pairOf(t, "text", state, state, state)
		if status != 0 || errs != "" {
			t.Errorf("%s: status %d\n%s%s", state, status, errs, out)
		}
		if !strings.Contains(out, " 0 differ\n  undeclared, 0 declared do not occur") {
			t.Errorf("%s: the figures are not there:\n%s", state, out)
		}
	}
}

// TestPairJSON checks what the JSON says of pairs that were looked up in the
// sources.
func TestPairJSON(t *testing.T) {
	status, out, _ := pairOf(t, "json", "before", "before", "before")
	if status != 0 {
		t.Fatalf("status %d", status)
	}
	var both pair.Comparison
	if err := json.Unmarshal([]byte(out), &both); err != nil {
		t.Fatal(err)
	}
	want := map[string]pair.Status{
		// a fault, in both
		"address_space.i_mmap_rwsem[hugetlb] < hugetlb_fault_mutex_table[]": pair.Same,
		"hugetlb_fault_mutex_table[] < folio.PG_locked[hugetlb]":            pair.Same,
		// migration, in both with trylocks alone but for the faults F1 to F3 of the models
		"folio.PG_locked[hugetlb] < address_space.i_mmap_rwsem[hugetlb]": pair.OnlyC,
		// mmap, which the models do not have
		"mm_struct.mmap_lock < inode.i_rwsem[hugetlb]": pair.OnlyGo,
		// a second page, for a copy or a move
		"folio.PG_locked[hugetlb] < folio.PG_locked[hugetlb]": pair.Tried,
	}
	for i := range both.Pairs {
		p := &both.Pairs[i]
		key := p.Outer + " < " + p.Inner
		if w, ok := want[key]; ok {
			if p.Status != w {
				t.Errorf("%s: %q, want %q", key, p.Status, w)
			}
			delete(want, key)
		}
		if p.Status == pair.Same && (len(p.C.Path.Steps) == 0 || len(p.Go.Path.Steps) == 0) {
			t.Errorf("%s: a witness is missing", key)
		}
	}
	for key := range want {
		t.Errorf("%s: no such pair", key)
	}
}

func TestPairDOT(t *testing.T) {
	status, out, _ := pairOf(t, "dot", "after", "after", "after")
	if status != 0 {
		t.Fatalf("status %d", status)
	}
	if _, err := dot.ParseString(out); err != nil {
		t.Error(err)
	}
}

// TestPairDiffers compares states that do not belong together: the pairs that
// the series is about must be told.
func TestPairDiffers(t *testing.T) {
	for _, test := range []struct {
		rules, c, scheme string
		want             []string // in the part about what is undeclared
	}{
		{"after", "before", "after", []string{
			"in C only, undeclared",
			"  address_space.i_mmap_rwsem[hugetlb] < hugetlb_fault_mutex_table[]\n",
			"in Go only, undeclared",
			"  hugetlbfs_inode_info.hinode_rwsem < hugetlb_fault_mutex_table[]\n",
		}},
		{"after", "posted", "after", []string{
			"in C only, undeclared",
			"  folio.PG_locked[hugetlb] < hugetlbfs_inode_info.hinode_rwsem\n",
			"  hugetlb_fault_mutex_table[] < hugetlbfs_inode_info.hinode_rwsem\n",
		}},
	} {
		status, out, errs := pairOf(t, "text", test.rules, test.c, test.scheme)
		if status != exitViolations || errs != "" {
			t.Errorf("%s in C, %s in Go: status %d: %s", test.c, test.scheme, status, errs)
		}
		_, faults, _ := strings.Cut(out, "in C only, undeclared")
		faults = "in C only, undeclared" + faults
		for _, w := range test.want {
			if !strings.Contains(faults, w) {
				t.Errorf("%s in C, %s in Go: no %q in\n%s", test.c, test.scheme, w, out)
			}
		}
	}
}
