package analyzer_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
)

// maxUnread bounds the reports shown that nobody has read.
const maxUnread = 0.15

// The areas of testdata/audit/6.12.csv, with the share of the reports shown and read
// that has to hold. What is more has to be read first.
var areas = []struct {
	name string
	dirs []string // and those below, where they end in a slash
	min  float64
}{
	{"fs/ext4, fs", []string{"fs/ext4/", "fs"}, 0.30},
	{"mm, fs/hugetlbfs", []string{"mm/", "fs/hugetlbfs/"}, 0.70},
}

// area is the first that the acquisition or the root of a report lies in, -1 for none.
func area(v *report.Violation) int {
	files := []string{v.Pos.File}
	for _, p := range v.Paths[:min(1, len(v.Paths))] {
		for _, s := range p.Steps {
			if s.Quote || s.Function == v.Root {
				files = append(files, s.Pos.File)
			}
		}
	}
	for i, a := range areas {
		for _, file := range files {
			if slices.ContainsFunc(a.dirs, func(dir string) bool {
				return strings.HasPrefix(file, dir) && strings.HasSuffix(dir, "/") || path.Dir(file) == dir
			}) {
				return i
			}
		}
	}
	return -1
}

// audit compares what is reported on 6.12 with the verdicts of those who read
// the reports against the source.
func audit(t *testing.T, violations []*report.Violation) {
	verdict := map[string]string{}
	for _, row := range readTable(t, "../testdata/audit/6.12.csv") {
		if v := row["verdict"]; v != "holds" && v != "false" || row["reason"] == "" {
			t.Errorf("%s: the verdict is %q, for the reason %q", row["key"], v, row["reason"])
		}
		verdict[row["key"]] = row["verdict"]
	}
	type tally struct{ shown, unread, holds int }
	tallies := make([]tally, len(areas))
	for _, v := range violations {
		i := area(v)
		if i < 0 {
			continue
		}
		n := &tallies[i]
		n.shown++
		switch verdict[v.Key] {
		case "":
			n.unread++
			t.Logf("new: %s:%d: %s [%s] (%s)", v.Pos.File, v.Pos.Line, v.Message, v.Check, v.Key)
		case "holds":
			n.holds++
		}
		delete(verdict, v.Key)
	}
	for k, v := range verdict {
		t.Logf("vanished: %s, which %s", k, map[string]string{"holds": "holds", "false": "is false"}[v])
	}
	for i, n := range tallies {
		read := n.shown - n.unread
		t.Logf("%s: %d reports, %d of them read, of which %d hold (%.0f %%)", areas[i].name, n.shown, read, n.holds, 100*float64(n.holds)/float64(max(1, read)))
		if float64(n.unread) > maxUnread*float64(n.shown) {
			t.Errorf("%s: %d of %d reports are new; read them", areas[i].name, n.unread, n.shown)
		}
		if float64(n.holds) < areas[i].min*float64(read) {
			t.Errorf("%s: %d of the %d reports that were read hold, want %.0f %%", areas[i].name, n.holds, read, 100*areas[i].min)
		}
	}
}
