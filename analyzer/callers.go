package analyzer

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// Callers of what a patch changes. A scan follows calls from the callers to the
// callees, so that a function elsewhere that calls what a patch touches is not
// in it; yet a fault may begin there: it holds a lock that the callee now takes
// the wrong way round. So where the summary of a function differs between the
// ends of a series, its callers are looked up in the text of the tree, by name,
// and read as well; and theirs, if theirs differ.
//
// A new pair that nothing orders makes a cycle if some other path takes its
// classes the other way round. Such a path may go through the touched files: so the
// callers of their functions that take the outer class are read, too. One that
// knows nothing of the touched files is not found without --whole or --path.
//
// The bounds: of functions of the touched files and of callers found before, two
// calls up, those nearest to the edits first, maxAsked names in all and maxNames at a time,
// until there are maxCallers functions, of the nearest directories first, in files that the
// configuration builds. What is beyond them is counted. Calls through ops tables are found
// only where the table is read for another reason.
const (
	maxCallers = 16
	maxNames   = 12
	maxAsked   = 96
)

// extra are functions to read besides those of the configured paths, by file.
type extra struct {
	roots  map[string][]string // with what they call
	leaves map[string][]string // by themselves
}

// add adds a function to one of the sets; false if it is there.
func (x *extra) add(set *map[string][]string, file, name string) bool {
	if slices.Contains(x.roots[file], name) || slices.Contains((*set)[file], name) {
		return false
	}
	if *set == nil {
		*set = map[string][]string{}
	}
	(*set)[file] = append((*set)[file], name)
	return true
}

type callers struct {
	asked   map[string]bool // names whose callers were looked up
	unasked map[string]bool // and those for which there was no room
	files   []string        // where they are looked up: the sources of the last state, but for those of no interest
	read    int
	left    int
}

// settled reports whether the callers of a function were looked up, or will not be: where
// there was no room for them, there is none later.
func (c *callers) settled(name string) bool { return c.asked[name] || c.unasked[name] }

// addCallers adds the callers of functions that do something else to locks than
// before, by any patch; false if there are none.
func (s *seriesRun) addCallers() bool {
	if s.cfg.Whole {
		return false // they are all there
	}
	have := s.have()
	parallel(len(have), func(i int) { have[i].Edges() })
	far := map[string]int{}
	for i := 1; i < len(have); i++ {
		for name, n := range s.changedNames(have[i-1], have[i]) {
			if old, ok := far[name]; !ok || n < old {
				far[name] = n
			}
		}
	}
	c := &s.callers
	if c.asked == nil {
		c.asked, c.unasked = map[string]bool{}, map[string]bool{}
	}
	names := slices.Sorted(maps.Keys(far))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	grown := false
	for len(names) > 0 && c.read < maxCallers && len(c.asked) < maxAsked {
		some := names[:min(maxNames, len(names), maxAsked-len(c.asked))]
		names = names[len(some):]
		for _, name := range some {
			c.asked[name] = true
		}
		grown = s.readCallers(some) || grown
	}
	for _, name := range names {
		c.unasked[name] = true
	}
	return grown
}

// changedNames lists the functions that can be called from elsewhere and whose
// summaries differ, each with how many calls it is from what was edited, but for those that
// are settled.
func (s *seriesRun) changedNames(before, after *Result) map[string]int {
	old := map[string]*summary.Summary{}
	for _, fn := range before.prog.funcs {
		if global(fn) {
			old[fn.Name] = before.sums.Of(fn.ID)
		}
	}
	type pair struct{ was, is *summary.Summary }
	var pairs []pair
	for _, fn := range after.prog.funcs {
		if !s.inPaths(fn.File) && !slices.Contains(s.extra.roots[fn.File], fn.Name) {
			continue
		}
		is := after.sums.Of(fn.ID)
		if was := old[fn.Name]; was != nil && was != is && global(fn) && !s.callers.settled(fn.Name) {
			pairs = append(pairs, pair{was, is})
		}
	}
	differ := make([]bool, len(pairs))
	parallel(len(pairs), func(i int) { differ[i] = !pairs[i].was.Alike(pairs[i].is) })
	changed := s.takers(before, after)
	for i, p := range pairs {
		if differ[i] {
			changed = append(changed, p.is.Func)
		}
	}
	out := map[string]int{}
	if len(changed) > 0 {
		above := s.aboveEdits(before, after)
		for _, fn := range changed {
			n, ok := above[fn.ID]
			if !ok {
				n = len(above) // by an ops table, or another declaration
			}
			out[fn.Name] = n
		}
	}
	return out
}

// aboveEdits is of each function by how many calls it is above one that was edited.
func (s *seriesRun) aboveEdits(before, after *Result) map[string]int {
	above := map[string]int{}
	var edge []string
	for _, fn := range after.prog.funcs {
		if was := before.sums.Graph.Funcs[fn.ID]; was != fn && (was == nil || !s.reuse.memo.SameCode(was, fn)) {
			above[fn.ID] = 0
			edge = append(edge, fn.ID)
		}
	}
	g := after.sums.Graph
	callers := map[string][]string{}
	for _, id := range g.Order {
		for _, callee := range g.Callees[id] {
			callers[callee] = append(callers[callee], id)
		}
	}
	for n := 1; len(edge) > 0; n++ {
		var next []string
		for _, id := range edge {
			for _, c := range callers[id] {
				if _, ok := above[c]; !ok {
					above[c] = n
					next = append(next, c)
				}
			}
		}
		edge = next
	}
	return above
}

// takers lists the functions of the touched files that can be called from
// elsewhere and take the outer class of a new pair, but for those that are settled.
func (s *seriesRun) takers(before, after *Result) []*ir.Func {
	old := map[[2]string]bool{}
	for _, p := range before.Edges() {
		old[[2]string{p.Outer, p.Inner}] = true
	}
	outer := map[string]bool{}
	for _, p := range after.Edges() {
		if p.Verdict == "ok-undeclared" && !old[[2]string{p.Outer, p.Inner}] {
			outer[p.Outer] = true
		}
	}
	if len(outer) == 0 {
		return nil
	}
	var out []*ir.Func
	for _, fn := range after.prog.funcs {
		if !global(fn) || !s.inPaths(fn.File) || s.callers.settled(fn.Name) {
			continue
		}
		for _, e := range after.sums.Of(fn.ID).Events {
			if e.Kind == summary.Acquire && slices.ContainsFunc(e.Classes, func(c rules.Class) bool { return outer[c.String()] }) {
				out = append(out, fn)
				break
			}
		}
	}
	return out
}

// global reports whether other files can call a function by its name.
func global(fn *ir.Func) bool { return !fn.Static || strings.HasSuffix(fn.File, ".h") }

// A callFile is a file in which some of the names are called.
type callFile struct {
	name string
	near int // directories in common with the touched files
	at   []int32
}

// readCallers looks the names up in the sources of the last state, and adds the
// functions that call them; false if there are none.
func (s *seriesRun) readCallers(names []string) bool {
	tree := s.reuse.tree
	arch := cmp.Or(s.cfg.Arch, "x86")
	text := tree.Text()
	mentions := s.mentions(names)
	if s.callers.files == nil {
		s.callers.files = tree.Files(func(dir string) bool { return skipComments(dir, arch) }, ".c", ".h")
	}
	files := s.callers.files
	found := make([]callFile, len(files))
	s.inPaths("") // for all paths, before there are several to ask
	parallel(len(files), func(i int) {
		file := files[i]
		if s.inPaths(file) {
			return // read anyway
		}
		may := mentions.may(file)
		if len(may) == 0 {
			return
		}
		c := callFile{name: file, near: s.nearness(file)}
		err := text.Look(file, func(src []byte) {
			for _, name := range may {
				c.at = append(c.at, calls(src, name)...)
			}
		})
		if err == nil {
			found[i] = c
		}
	})
	found = slices.DeleteFunc(found, func(c callFile) bool { return len(c.at) == 0 })
	slices.SortStableFunc(found, func(a, b callFile) int { return cmp.Compare(b.near, a.near) }) // files are sorted by name
	grown := false
	for _, c := range found {
		if !s.cfg.unbuilt && tree.LeftOut(c.name, ".") {
			continue // nobody calls from there
		}
		if s.callers.read >= maxCallers {
			s.callers.left += len(c.at)
			continue
		}
		f, err := tree.File(c.name)
		if err != nil {
			continue
		}
		for _, off := range c.at {
			fn := around(f, off)
			if fn == nil || slices.Contains(names, fn.Name) {
				continue // a prototype, a comment
			}
			id := c.name + ":" + fn.Name
			if slices.ContainsFunc(s.have(), func(r *Result) bool { return r.sums.Of(id) == nil }) {
				if s.extra.add(&s.extra.roots, c.name, fn.Name) {
					s.callers.read++
					grown = true
				}
			}
		}
	}
	return grown
}

// calls finds the offsets at which a name is followed by "(".
func calls(src []byte, name string) (out []int32) {
	for pos := 0; ; {
		i := bytes.Index(src[pos:], []byte(name))
		if i < 0 {
			return out
		}
		start, end := pos+i, pos+i+len(name)
		pos = end
		if start > 0 && wordByte(src[start-1]) {
			continue
		}
		if rest := bytes.TrimLeft(src[end:min(len(src), end+8)], " \t"); len(rest) > 0 && rest[0] == '(' {
			out = append(out, int32(start))
		}
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// around is the function whose definition an offset is in.
func around(f *cparse.File, off int32) *cparse.Func {
	for _, fn := range f.Funcs {
		if fn.Pos <= off && off < fn.End {
			return fn
		}
	}
	return nil
}

func (s *seriesRun) nearness(file string) int {
	best := 0
	for _, p := range s.paths {
		a, b := strings.Split(path.Dir(p), "/"), strings.Split(path.Dir(file), "/")
		n := 0
		for n < min(len(a), len(b)) && a[n] == b[n] {
			n++
		}
		best = max(best, n)
	}
	return best
}
