package rules

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readTree reads the files of a real kernel tree that may declare an order.
func readTree(t testing.TB, version string, under ...string) []Source {
	t.Helper()
	return readFiles(t, version, mayDeclare, under...)
}

func readFiles(t testing.TB, version string, want func([]byte) bool, under ...string) []Source {
	t.Helper()
	dir := os.Getenv("LOCKORDER_TREES")
	if dir == "" {
		t.Skip("LOCKORDER_TREES is not set to a directory with linux-5.10, linux-6.1 and linux-6.12")
	}
	root := filepath.Join(dir, "linux-"+version)
	if len(under) == 0 {
		under = []string{"."}
	}
	var out []Source
	for _, u := range under {
		err := filepath.WalkDir(filepath.Join(root, u), func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(p) {
			case ".c", ".h", ".S", ".rst", ".txt":
			default:
				return nil
			}
			text, err := os.ReadFile(p)
			if err != nil {
				return nil
			}
			rel, _ := filepath.Rel(root, p)
			if want(text) {
				out = append(out, Source{filepath.ToSlash(rel), text})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestTreeDump(t *testing.T) {
	version, out := os.Getenv("LOCKORDER_DUMP"), os.Stdout
	if version == "" {
		t.Skip("LOCKORDER_DUMP is not set")
	}
	s := load(t, "linux")
	var under []string
	if u := os.Getenv("LOCKORDER_UNDER"); u != "" {
		under = strings.Split(u, ",")
	}
	start := time.Now()
	files := readTree(t, version, under...)
	read := time.Since(start)
	start = time.Now()
	im := ImportComments(files, s)
	t.Logf("read %v, import %v", read, time.Since(start))
	p := func(args ...string) { out.WriteString(strings.Join(args, " ") + "\n") }
	for _, st := range im.Sites {
		p("SITE", st.Pos.String(), st.Form, st.Qual, "|", st.Title)
	}
	for _, o := range im.Orders {
		p("ORDER", o.Pos.String(), o.String(), "scope="+o.Scope, "|", o.Note)
	}
	for _, u := range im.Unmapped {
		p("UNMAPPED", u.Pos.String(), "\""+u.Text+"\"", u.Reason)
	}
	for _, loop := range s.WithOrders(im.Orders).Contradictions() {
		p("LOOP", s.Resolved(loop), loopText(loop))
	}
	t.Logf("%d sites, %d orders, %d unmapped", len(im.Sites), len(im.Orders), len(im.Unmapped))
}
