package analyzer

import (
	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// The form in which lowered functions are kept, with what comes with them: that of package
// ir, with one table of strings for a file. Functions are compared by value, so that lists
// which are none and those which are empty stay apart.

// A writer writes functions of a file.
type writer struct{ ir.Writer }

func newWriter(strings *ir.Table, rs *rules.Set) *writer {
	w := &writer{}
	w.Init(rs)
	w.Table = strings
	return w
}

func (w *writer) function(l lowered) {
	w.Int(int64(l.fn.Pos.Line))
	w.Func(l.fn)
	w.refs(l.refs)
	ir.WriteList(&w.Writer, l.ordered, w.Str)
	w.problems(l.problems)
}

func (w *writer) refs(refs []funcRef) {
	ir.WriteList(&w.Writer, refs, func(r funcRef) {
		w.Str(r.file)
		w.Str(r.whole)
		w.Str(r.name)
		w.Int(int64(r.pos))
		w.Bool(r.header)
	})
}

func (w *writer) problems(ps []cparse.Problem) {
	ir.WriteList(&w.Writer, ps, func(p cparse.Problem) {
		w.Str(p.File)
		w.Int(int64(p.Pos))
		w.Int(int64(p.Line))
		w.Int(int64(p.Col))
		w.Str(p.Msg)
	})
}

func (w *writer) bindings(b bindings) {
	ir.WriteList(&w.Writer, b.list, func(x callgraph.Binding) {
		w.Str(x.Owner)
		w.Str(x.Field)
		w.Str(x.Func)
		w.Str(x.File)
		w.Int(int64(x.Line))
		w.Str(x.Via)
		w.Str(x.Table)
		w.Bool(x.Const)
	})
	w.refs(b.refs)
	ir.WriteList(&w.Writer, b.ordered, w.Str)
	w.problems(b.problems)
	w.Int(b.bytes)
	w.Int(int64(b.inactive))
}

// A reader reads what a writer has written.
type reader struct{ ir.Reader }

func newReader(data string, strings []string, rs *rules.Set) *reader {
	if strings == nil {
		strings = []string{}
	}
	return &reader{ir.Reader{Decoder: cache.DecoderOf(data), Table: strings, Rules: rs}}
}

func (r *reader) function() lowered {
	r.Line = r.Int32()
	return lowered{fn: r.Func(), refs: r.refs(), ordered: r.strings(), problems: r.problems()}
}

func (r *reader) refs() []funcRef {
	return ir.ReadList(&r.Reader, func() funcRef {
		return funcRef{file: r.Str(), whole: r.Str(), name: r.Str(), pos: r.Int32(), header: r.Bool()}
	})
}

func (r *reader) strings() []string { return ir.ReadList(&r.Reader, r.Str) }

func (r *reader) problems() []cparse.Problem {
	return ir.ReadList(&r.Reader, func() cparse.Problem {
		return cparse.Problem{File: r.Str(), Pos: r.Int32(), Line: int(r.Int32()), Col: int(r.Int32()), Msg: r.Str()}
	})
}

func (r *reader) bindings() bindings {
	list := ir.ReadList(&r.Reader, func() callgraph.Binding {
		return callgraph.Binding{Owner: r.Str(), Field: r.Str(), Func: r.Str(), File: r.Str(), Line: r.Int32(), Via: r.Str(), Table: r.Str(), Const: r.Bool()}
	})
	return bindings{list: list, refs: r.refs(), ordered: r.strings(), problems: r.problems(), bytes: r.Int(), inactive: int(r.Int32())}
}
