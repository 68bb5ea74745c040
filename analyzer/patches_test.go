package analyzer_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
	"golang.org/x/tools/txtar"
)

// TestPatches analyses the step from before to after of each case of
// testdata/patches: what it adds must be wanted by a comment on its line, and every
// want be met.
func TestPatches(t *testing.T) {
	names, err := filepath.Glob("../testdata/patches/*/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, name := range names {
		short := filepath.Base(filepath.Dir(name)) + "/" + strings.TrimSuffix(filepath.Base(name), ".txtar")
		t.Run(short, func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			was, is := map[string]string{}, map[string]string{}
			wants := map[string][]*regexp.Regexp{}
			for _, f := range a.Files {
				if file, ok := strings.CutPrefix(f.Name, "before/"); ok {
					was[file] = string(f.Data)
				} else if file, ok := strings.CutPrefix(f.Name, "after/"); ok {
					is[file] = string(f.Data)
					for i, line := range strings.Split(string(f.Data), "\n") {
						if m := wantComment.FindStringSubmatch(line); m != nil {
							s, err := strconv.Unquote(strings.TrimSpace(m[1]))
							if err != nil {
								t.Fatal(err)
							}
							at := fmt.Sprintf("%s:%d", file, i+1)
							wants[at] = append(wants[at], regexp.MustCompile(s))
						}
					}
				} else {
					t.Fatalf("%s: neither before nor after", f.Name)
				}
			}
			if fault := strings.HasPrefix(short, "fault/"); fault != (len(wants) > 0) {
				t.Errorf("%d wants", len(wants))
			}
			c := runPatch(t, analyzer.Config{Root: writeTree(t, was)}, mail("[PATCH] x", was, is))
			for _, p := range c.Problems {
				t.Errorf("%s: %s", p.Pos, p.Message)
			}
			for _, v := range c.Violations {
				at := fmt.Sprintf("%s:%d", v.Pos.File, v.Pos.Line)
				got := v.Check + ": " + v.Message
				if v.Change == report.Added && len(wants[at]) > 0 && wants[at][0].MatchString(got) {
					wants[at] = wants[at][1:]
					continue
				}
				t.Errorf("%s: not wanted: %s %s (%v)", at, v.Change, got, v.Reasons)
			}
			for at, ws := range wants {
				for _, w := range ws {
					t.Errorf("%s: missing: %s", at, w)
				}
			}
		})
	}
}
