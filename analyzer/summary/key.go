package summary

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A coder writes values of the engine one after the other, as ir.Writer does.
type coder struct {
	ir.Writer
	classes map[rules.Class]int
}

var coders = sync.Pool{New: func() any { return &coder{classes: map[rules.Class]int{}} }}

// newCoder returns a coder, which may be given back.
func newCoder(rs *rules.Set) *coder {
	w := coders.Get().(*coder)
	w.Init(rs)
	w.Sized = true
	return w
}

// done gives w back. What it has written is not to be read any more.
func (w *coder) done() {
	w.Init(nil)
	clear(w.classes)
	coders.Put(w)
}

func (w *coder) class(c rules.Class) {
	ir.Numbered(&w.Writer, w.classes, c, func() { w.Str(c.String()) })
}

// list writes a list.
func list[T any](w *coder, vs []T, each func(T)) {
	w.Uint(uint64(len(vs)))
	for _, v := range vs {
		each(v)
	}
}

// A codeInfo is what a Memo knows of a function by its ir.
type codeInfo struct {
	key   cache.Hash // of all of it
	ok    bool       // it has one
	id    uint64     // stands for its ID
	locks []ir.Pos   // of its lock operations, in the order of the text
}

func infoOf(fn *ir.Func, rs *rules.Set) *codeInfo {
	w := newCoder(rs)
	defer w.done()
	w.Func(fn)
	c := &codeInfo{key: cache.Sum(w.Bytes()), ok: !w.Fail}
	id := cache.SumStrings(fn.ID)
	c.id = binary.LittleEndian.Uint64(id[:])
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			if b.Ops[i].Kind == ir.Lock {
				c.locks = append(c.locks, b.Ops[i].Pos)
			}
		}
	}
	slices.SortFunc(c.locks, compareWhole)
	c.locks = slices.Compact(c.locks)
	return c
}

func compareWhole(a, b ir.Pos) int { return cmp.Or(comparePos(a, b), cmp.Compare(a.EndCol, b.EndCol)) }
