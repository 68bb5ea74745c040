package analyzer_test

import (
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
)

// Bounds on the drift from the audit: what is more has to be read first.
const (
	maxUnread = 0.15 // of the reports shown that nobody has read
	minHolds  = 0.50 // of the reports shown and read that hold
)

// audited are the paths of testdata/audit/6.12.csv.
func audited(v *report.Violation) bool {
	in := func(file string) bool {
		return strings.HasPrefix(file, "mm/") || strings.HasPrefix(file, "fs/hugetlbfs/")
	}
	if in(v.Pos.File) {
		return true
	}
	for _, p := range v.Paths[:min(1, len(v.Paths))] {
		for _, s := range p.Steps {
			if (s.Quote || s.Function == v.Root) && in(s.Pos.File) {
				return true
			}
		}
	}
	return false
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
	var shown, unread, holds int
	for _, v := range violations {
		if !audited(v) {
			continue
		}
		shown++
		switch verdict[v.Key] {
		case "":
			unread++
			t.Logf("new: %s:%d: %s [%s] (%s)", v.Pos.File, v.Pos.Line, v.Message, v.Check, v.Key)
		case "holds":
			holds++
		}
		delete(verdict, v.Key)
	}
	for k, v := range verdict {
		t.Logf("vanished: %s, which %s", k, map[string]string{"holds": "holds", "false": "is false"}[v])
	}
	read := shown - unread
	t.Logf("%d reports, %d of them read, of which %d hold (%.0f %%)", shown, read, holds, 100*float64(holds)/float64(max(1, read)))
	if float64(unread) > maxUnread*float64(shown) {
		t.Errorf("%d of %d reports are new; read them", unread, shown)
	}
	if float64(holds) < minHolds*float64(read) {
		t.Errorf("%d of the %d reports that were read hold, want %.0f %%", holds, read, 100*minHolds)
	}
}
