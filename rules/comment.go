package rules

import (
	"bytes"
	"go/token"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// An Import is what the comments of a tree declare.
type Import struct {
	Orders   []Order    // by place
	Unmapped []Unmapped // by place
	Sites    []Site     // by place
}

// Add adds what else was read.
func (i *Import) Add(j Import) {
	i.Orders = append(i.Orders, j.Orders...)
	i.Unmapped = append(i.Unmapped, j.Unmapped...)
	i.Sites = append(i.Sites, j.Sites...)
}

// Join is what was read of several files, by place.
func Join(parts ...Import) Import {
	var out Import
	for _, p := range parts {
		out.Add(p)
	}
	slices.SortStableFunc(out.Orders, compareOrder)
	slices.SortStableFunc(out.Unmapped, func(a, b Unmapped) int { return comparePos(a.Pos, b.Pos) })
	slices.SortStableFunc(out.Sites, func(a, b Site) int { return comparePos(a.Pos, b.Pos) })
	return out
}

// ByFile parts what was read by the names of the files that declare something, or try to.
func (i *Import) ByFile() map[string]Import {
	parts := map[string]*Import{}
	of := func(pos token.Position) *Import {
		p := parts[pos.Filename]
		if p == nil {
			p = &Import{}
			parts[pos.Filename] = p
		}
		return p
	}
	for _, o := range i.Orders {
		p := of(o.Pos)
		p.Orders = append(p.Orders, o)
	}
	for _, m := range i.Unmapped {
		p := of(m.Pos)
		p.Unmapped = append(p.Unmapped, m)
	}
	for _, s := range i.Sites {
		p := of(s.Pos)
		p.Sites = append(p.Sites, s)
	}
	out := make(map[string]Import, len(parts))
	for name, p := range parts {
		out[name] = *p
	}
	return out
}

// An Unmapped is a piece of a declaration that gave no order, and why.
type Unmapped struct {
	Pos    token.Position
	Text   string
	Reason string
}

// A Site is one place that declares an order.
type Site struct {
	Pos    token.Position
	Title  string // the heading or sentence, as written
	Form   string // tree, arrows, chain, numbered, flat, list, prose
	Qual   string // the qualifier that it speaks of, or ""
	Orders int    // how many orders it gave
}

// ImportOptions are what only the caller of ImportComments can know.
type ImportOptions struct {
	// Names maps a name in a comment of file to a class of the tree, where no
	// rule does. It gets a path with dots (perf_event.mmap_mutex,
	// ip.i_lock) or a bare name, and must answer only if it is sure: a wrong
	// class makes a wrong order. It is called from several goroutines.
	Names func(name, file string) (Class, bool)
	// Sign is how chains with < or > are read.
	Sign Sign
	// Signs overrides Sign for a file, if it answers; nil: for none.
	Signs func(file string) (Sign, bool)
}

// mayDeclare is a quick look for the words that every declaration has.
func mayDeclare(text []byte) bool {
	for _, w := range [...]string{"rder", "ierarch", "nest", "RDER", "taken before", "cquired before", "taken after", "cquired after"} {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}

// ImportComments reads the orders that the comments of a tree's files declare.
// File names are paths from the root of the tree. See "Orders in comments" in
// the package documentation.
func ImportComments(files []Source, s *Set, opts ...ImportOptions) Import {
	return importAll(len(files), func(i int, _ *[]byte) Source { return files[i] }, s, opts...)
}

// ImportFiles is ImportComments for files that are read one after the other,
// since a tree may be larger than memory: read returns the text of a file, in
// buf if it fits, and may be called concurrently. A file that cannot be read
// declares nothing.
func ImportFiles(names []string, read func(name string, buf []byte) ([]byte, error), s *Set, opts ...ImportOptions) Import {
	return importAll(len(names), func(i int, buf *[]byte) Source {
		text, err := read(names[i], *buf)
		if err != nil {
			return Source{}
		}
		*buf = text
		return Source{Name: names[i], Text: text}
	}, s, opts...)
}

// importAll reads n files. A worker is done with one, and keeps nothing of
// its text, before it gets the next.
func importAll(n int, get func(i int, buf *[]byte) Source, s *Set, opts ...ImportOptions) Import {
	var opt ImportOptions
	if len(opts) > 0 {
		opt = opts[0]
	}
	parts := make([]Import, n)
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			var buf []byte
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if f := get(i, &buf); mayDeclare(f.Text) {
					parts[i] = importFile(f, s, opt)
				}
			}
		})
	}
	wg.Wait()
	return Join(parts...)
}

func importFile(f Source, s *Set, opt ImportOptions) Import {
	im := newImporter(f.Name, s, opt)
	for _, lines := range comments(f) {
		im.sign = im.fileSign.settled(lines)
		im.comment(lines)
	}
	return im.out
}

func newImporter(file string, s *Set, opt ImportOptions) *importer {
	im := &importer{set: s, hook: opt.Names, file: file, scope: s.scopeOf(file), fileSign: opt.Sign}
	if opt.Signs != nil {
		if sign, ok := opt.Signs(file); ok {
			im.fileSign = sign
		}
	}
	im.sign = im.fileSign
	return im
}

// ImportChains reads the orders of a text in which every chain declares one,
// whether it has a heading or not.
func ImportChains(f Source, s *Set, opt ImportOptions) Import {
	im := newImporter(f.Name, s, opt)
	lines := textLines(f, 0, len(f.Text), false)
	im.sign = im.fileSign.settled(lines)
	for i := 0; i < len(lines); {
		if !im.hasChain(lines[i].text) {
			i++
			continue
		}
		im.open(lines[i].pos, trimTitle(lines[i].text))
		end := i
		for end < len(lines) && !lines[end].blank() {
			end++
		}
		i += im.chains(lines[i:end], "")
		im.close()
	}
	im.prose(lines)
	return im.out
}

// scopeOf is the part of the tree that an order declared in file binds: all of
// it for the shared parts, else the file's own directory.
func (s *Set) scopeOf(file string) string {
	if len(s.shared) == 0 {
		return ""
	}
	for _, glob := range s.shared {
		if matchPath(glob, file) {
			return ""
		}
	}
	dir := path.Dir(file)
	if dir == "." {
		return ""
	}
	return dir + "/**"
}

// An importer gathers what one file declares.
type importer struct {
	set   *Set
	hook  func(name, file string) (Class, bool)
	file  string
	scope string
	out   Import

	fileSign Sign
	sign     Sign // of the comment being read

	site *Site // the declaration being read; nil before the first heading
}

func (im *importer) namer() namer {
	n := namer{set: im.set, hook: im.hook, file: im.file}
	if im.site != nil {
		n.under = im.site.Qual
	}
	return n
}

func (im *importer) unmapped(pos token.Position, text, reason string) {
	im.out.Unmapped = append(im.out.Unmapped, Unmapped{pos, strings.TrimSpace(text), reason})
}

// order declares before < after, unless it is one class twice.
func (im *importer) order(before, after Class, pos token.Position, note string) {
	if before.IsZero() || after.IsZero() || before == after {
		return
	}
	o := Order{Before: before, After: after, Pos: pos, Note: note, Scope: im.scope, From: FromComment}
	if im.site != nil {
		o.Source = im.site.Title
		im.site.Orders++
	}
	for i := len(im.out.Orders) - 1; i >= 0 && im.out.Orders[i].Pos == pos; i-- {
		if p := im.out.Orders[i]; p.Before == before && p.After == after {
			return
		}
	}
	im.out.Orders = append(im.out.Orders, o)
}

// open begins a site; close keeps it, if it turned out to be one.
func (im *importer) open(pos token.Position, title string) {
	im.close()
	im.site = &Site{Pos: pos, Title: title, Qual: im.set.qualOf(title)}
}

func (im *importer) close() {
	if im.site != nil && im.site.Form != "" {
		im.out.Sites = append(im.out.Sites, *im.site)
	}
	im.site = nil
}
