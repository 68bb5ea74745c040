package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A program is what was loaded of a tree.
type program struct {
	text     *cparse.Text
	plain    *rules.Set // without what the comments declare
	ruleSet  string
	comments func() (*rules.Set, rules.Import) // nil once readOrders has called it
	rules    *rules.Set                        // with what the comments declare; readOrders sets it
	imported rules.Import                      // readOrders sets it, too
	kconfig  string

	funcs     []*ir.Func       // sorted by ID
	moved     map[*ir.Func]int // by how many lines the text is further down than the ir says
	bindings  []callgraph.Binding
	problems  []report.Problem
	counts    counts
	opened    int            // files that had to be parsed
	beyond    int            // functions behind loadDepth that were not read
	undefined int            // names called that have no definition in the tree
	statics   map[string]int // bare names of globals -> files that define one
	leftOut   []string       // files on the paths that are not built, sorted
}

// load reads the functions of the configured paths, and all that they refer
// to. What the comments of the tree declare is left to readOrders.
func load(ctx context.Context, cfg Config) (*program, error) {
	tree, kconfig, err := openReused(cfg)
	if err != nil {
		return nil, err
	}
	defer tree.Wait()
	p := &program{text: tree.Text(), kconfig: kconfig, moved: map[*ir.Func]int{}}
	if p.plain, p.ruleSet, err = cfg.reuse.loadRules(cfg, tree); err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	paths := cfg.Paths
	if cfg.Whole {
		paths = nil
	}
	var files []string
	if !cfg.nothing {
		if files, err = tree.Walk(paths); err != nil {
			return nil, err
		}
		if !cfg.unbuilt {
			files, p.leftOut = built(tree, files, cfg.Paths)
		}
	}
	if cfg.Whole && len(cfg.Paths) > 0 { // a path that does not exist is an error all the same
		if _, err := tree.Walk(cfg.Paths); err != nil {
			return nil, err
		}
	}
	l := &loader{
		prog: p, ctx: ctx, seen: map[funcRef]bool{}, files: map[fileRef]bool{},
		pending: map[fileRef]int{}, named: map[string]bool{},
		undefined: map[string]bool{}, progress: stage(cfg, "functions"),
	}
	l.cond = sync.NewCond(&l.mu)
	l.extra = cfg.extra
	l.src = &sources{tree: tree, rules: p.plain, reuse: cfg.reuse, open: map[fileRef]*openFile{}}
	if l.src.store, err = openStore(cfg, tree, p.plain, p.ruleSet); err != nil {
		return nil, err
	}
	l.run(files, cfg.Workers)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.src.done()
	p.opened = l.src.opened
	l.finish()
	n := &namer{tree: tree, rules: p.plain, global: p.globalName, near: below(p.files())}
	p.comments = func() (*rules.Set, rules.Import) { return importOrders(cfg, p.plain, p.ruleSet, n) }
	return p, nil
}

// readOrders reads what the comments declare. Summaries ask for no order, and may be made
// meanwhile.
func (p *program) readOrders() {
	p.rules, p.imported = p.comments()
	p.comments = nil
}

// built parts files into those that the configuration builds and those that it does not.
// A path that is a file is wanted in any case; of one that is a directory, what the
// makefiles below it say counts.
func built(tree *cparse.Tree, files, paths []string) (in, out []string) {
	roots := []string{"."}
	if len(paths) > 0 {
		roots = nil
		for _, p := range paths {
			roots = append(roots, path.Clean(filepath.ToSlash(p)))
		}
	}
	for _, f := range files {
		left, named := false, false
		for _, r := range roots {
			if f == r || r == "." || strings.HasPrefix(f, r+"/") {
				named = true
				if left = tree.LeftOut(f, r); !left {
					break
				}
			}
		}
		if !named { // of the whole tree
			left = tree.LeftOut(f, ".")
		}
		if left {
			out = append(out, f)
		} else {
			in = append(in, f)
		}
	}
	return in, out
}

// loadDepth is how many calls away from the named files functions are read:
// what lies behind makes no event that reaches them (see package summary).
const loadDepth = 8

// callerDepth is how many calls away from callers of what a patch touches functions are
// read: the locks that they hold where they call are taken near by.
const callerDepth = 2

// A loader is the worklist of functions to lower.
type loader struct {
	prog     *program
	src      *sources // dropped after the load: the engine needs its memory
	ctx      context.Context
	progress func(done, total int)

	mu        sync.Mutex
	cond      *sync.Cond
	queue     []work // of the current level: so many calls away from what was named
	next      []work
	busy      int
	done      int
	seen      map[funcRef]bool
	files     map[fileRef]bool
	pending   map[fileRef]int // functions that are queued
	named     map[string]bool // files on the configured paths
	undefined map[string]bool
	extra     *extra
}

// work is a file to open or a function to lower.
type work struct {
	path string
	file fileRef
	fn   funcRef
}

func (l *loader) run(files []string, workers int) {
	for _, f := range files {
		l.named[f] = true
		l.queue = append(l.queue, work{path: f})
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for level := 0; ; level++ {
		if l.extra != nil && level == loadDepth-callerDepth {
			l.wantNamed(l.extra.roots)
			l.queue, l.next = append(l.queue, l.next...), nil
		}
		if len(l.queue) == 0 && level >= loadDepth-callerDepth {
			break
		}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(l.work)
		}
		wg.Wait()
		if level == loadDepth {
			l.prog.beyond = len(l.next)
			break
		}
		l.queue, l.next = l.next, nil
	}
	if l.extra != nil {
		l.next = nil
		l.wantNamed(l.extra.leaves)
		l.queue, l.next = append(l.queue, l.next...), nil
		l.work()
		l.next = nil
	}
}

// wantNamed queues functions by their names; those that are not in the tree
// are no matter.
func (l *loader) wantNamed(byFile map[string][]string) {
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		_, fns, err := l.src.funcs(file)
		if err != nil {
			continue
		}
		for _, fn := range fns {
			if slices.Contains(byFile[file], fn.name) {
				l.want([]funcRef{fn})
			}
		}
	}
}

// work does what is in the queue until it is empty and nobody adds to it.
func (l *loader) work() {
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && l.busy > 0 {
			l.cond.Wait()
		}
		if len(l.queue) == 0 || l.ctx.Err() != nil {
			l.cond.Broadcast()
			l.mu.Unlock()
			return
		}
		w := l.queue[len(l.queue)-1]
		l.queue = l.queue[:len(l.queue)-1]
		l.busy++
		l.mu.Unlock()

		switch {
		case w.fn.file != "":
			l.function(w.fn)
		case w.file.name != "":
			l.bindings(w.file)
		default:
			l.file(w.path)
		}

		l.mu.Lock()
		l.busy--
		l.done++
		if l.progress != nil {
			l.progress(l.done, l.done+len(l.queue)+len(l.next))
		}
		l.cond.Broadcast()
		l.mu.Unlock()
	}
}

// file queues every function of a file that was named: to be done before other
// files are opened, so that not all are open at a time.
func (l *loader) file(name string) {
	f, fns, err := l.src.funcs(name)
	if err != nil {
		l.mu.Lock()
		l.prog.problems = append(l.prog.problems, report.Problem{
			Kind: "read", Pos: report.Position{File: name}, Message: err.Error(),
		})
		l.mu.Unlock()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fn := range fns {
		if !l.seen[fn] {
			l.seen[fn] = true
			l.pending[f]++
			l.queue = append(l.queue, work{fn: fn})
		}
	}
	l.touch(f)
	l.cond.Broadcast()
}

// want queues the functions that have not been for the next level. Those of
// named files come with their file.
func (l *loader) want(fns []funcRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fn := range fns {
		if !l.seen[fn] && (!l.named[fn.file] || fn.included()) {
			l.seen[fn] = true
			l.pending[fn.in()]++
			l.next = append(l.next, work{fn: fn})
			l.touch(fn.in())
		}
	}
	l.cond.Broadcast()
}

// touch queues the initialisers of a file of which something was loaded: its
// ops tables.
func (l *loader) touch(f fileRef) {
	if !l.files[f] {
		l.files[f] = true
		l.pending[f]++
		l.queue = append(l.queue, work{file: f})
	}
}

// finished notes that one thing of a file was done. When it was the last for
// now, the memory of the file can go: all of it, if nobody will ask again.
func (l *loader) finished(f fileRef) {
	l.mu.Lock()
	l.pending[f]--
	idle := l.pending[f] == 0
	if idle {
		delete(l.pending, f)
	}
	l.mu.Unlock()
	if idle {
		l.src.idle(f, l.named[f.name] && l.src.reuse == nil)
	}
}

func (l *loader) function(fn funcRef) {
	out := l.src.function(fn)
	l.mu.Lock()
	l.prog.funcs = append(l.prog.funcs, out.fn)
	if out.lines != 0 {
		l.prog.moved[out.fn] = out.lines
	}
	l.prog.counts.function(out)
	for _, pr := range out.problems {
		l.prog.problems = append(l.prog.problems, report.Problem{
			Kind: "parse", Pos: report.Position{File: pr.File, Line: pr.Line, Col: pr.Col}, Function: fn.name, Warning: true,
			Message: pr.Msg + "; the clean statements of the function are used",
		})
	}
	for _, b := range out.fn.Blocks {
		for i := range b.Ops {
			if c := &b.Ops[i].Callee; c.Name != "" && len(c.Targets) == 0 {
				l.undefined[c.Name] = true
			}
		}
	}
	l.mu.Unlock()
	l.want(out.refs)
	l.finished(fn.in())
}

// bindings reads the ops tables of a file. What they point to is loaded where
// the file was named; elsewhere it is known if something else loads it.
func (l *loader) bindings(f fileRef) {
	out := l.src.bindings(f)
	l.mu.Lock()
	l.prog.bindings = append(l.prog.bindings, out.list...)
	l.prog.counts.file(f.name, out)
	for _, pr := range out.problems {
		l.prog.problems = append(l.prog.problems, report.Problem{
			Kind: "parse", Pos: report.Position{File: pr.File, Line: pr.Line, Col: pr.Col}, Message: pr.Msg, Warning: true,
		})
	}
	l.mu.Unlock()
	if l.named[f.name] {
		l.want(out.refs)
	}
	l.finished(f)
}

// finish puts everything into an order that does not depend on the workers.
func (l *loader) finish() {
	p := l.prog
	slices.SortFunc(p.funcs, func(a, b *ir.Func) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(p.line(a, a.Pos), p.line(b, b.Pos)), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	// A file may define a name twice, in arms that the configuration does
	// not tell apart.
	first := ""
	for i, f := range p.funcs {
		if f.ID == first {
			own := *f // other loads may have it, too
			own.ID = fmt.Sprintf("%s:%d", f.ID, p.line(f, f.Pos))
			p.funcs[i] = &own
			if n, ok := p.moved[f]; ok {
				p.moved[&own] = n
			}
		} else {
			first = f.ID
		}
	}
	slices.SortFunc(p.funcs, func(a, b *ir.Func) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.bindings, func(a, b callgraph.Binding) int {
		return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Field, b.Field), strings.Compare(a.Func, b.Func),
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	slices.SortFunc(p.problems, func(a, b report.Problem) int {
		return cmp.Or(a.Pos.Compare(b.Pos), strings.Compare(a.Message, b.Message), strings.Compare(a.Function, b.Function))
	})
	p.undefined = len(l.undefined)
	p.statics = map[string]int{}
	seen := map[string]bool{}
	for _, f := range p.funcs {
		for _, b := range f.Blocks {
			for i := range b.Ops {
				if op := &b.Ops[i]; op.Kind == ir.Lock {
					globals(op.Lock, func(name string) {
						if !seen[name] {
							seen[name] = true
							p.statics[bareGlobal(name)]++
						}
					})
				}
			}
		}
	}
}

// line is the line of a place in a function; 0 if it has none.
func (p *program) line(fn *ir.Func, pos ir.Pos) int {
	if pos.Line == 0 {
		return 0
	}
	return int(pos.Line) + p.moved[fn]
}

// files lists the files of the functions that were loaded.
func (p *program) files() []string {
	var out []string
	for _, f := range p.funcs {
		out = append(out, f.File)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// globals calls fn for the globals that e mentions.
func globals(e *ir.Expr, fn func(string)) {
	for ; e != nil; e = e.X {
		if e.Op == ir.Global {
			fn(e.Name)
		}
		globals(e.Y, fn)
	}
}

// bareGlobal strips the file from the name of a static variable.
func bareGlobal(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// globalName is the class name of a global lock: its name, with the file
// where several files have a lock of that name.
func (p *program) globalName(name string) string {
	if bare := bareGlobal(name); p.statics[bare] <= 1 {
		return bare
	}
	return name
}
