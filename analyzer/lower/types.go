package lower

import (
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
)

func known(t *cparse.Type) bool { return t != nil && t.Kind != cparse.Unknown }

func isArray(t *cparse.Type) bool { return t != nil && t.Kind == cparse.Array }

func isPointer(t *cparse.Type) bool {
	return t != nil && (t.Kind == cparse.Pointer || t.Kind == cparse.Array)
}

// pointee is what t points to or holds, nil if it is no pointer.
func pointee(t *cparse.Type) *cparse.Type {
	if isPointer(t) {
		return t.Elem
	}
	return nil
}

func elem(t *cparse.Type) *cparse.Type {
	if isArray(t) {
		return t.Elem
	}
	return nil
}

// recordOf is the tag of the record that t is or leads to, "" if none.
func recordOf(t *cparse.Type) string {
	for isPointer(t) {
		t = t.Elem
	}
	return tagOf(t)
}

func tagOf(t *cparse.Type) string {
	if t != nil && (t.Kind == cparse.Struct || t.Kind == cparse.Union) {
		return t.Tag
	}
	return ""
}

func pointerTo(t *cparse.Type) *cparse.Type {
	if t == nil {
		return nil
	}
	return t.Pointer()
}

// fieldAddr is the address of member f of the record at a.
func (l *lowerer) fieldAddr(a *ir.Expr, f cparse.FieldRef, name string) *ir.Expr {
	if l.rules.SameMember(tagOf(f.Owner), name) {
		return a
	}
	return &ir.Expr{Op: ir.Field, Owner: tagOf(f.Owner), Name: name, X: a}
}

// fieldsOf lists the named members of a record in order, for initialisers
// without designators, and adds the record's tag to ordered.
func fieldsOf(t *cparse.Type, ordered *[]string) []cparse.FieldRef {
	if t == nil || t.Kind != cparse.Struct || t.Record() == nil {
		return nil
	}
	if !slices.Contains(*ordered, t.Tag) {
		*ordered = append(*ordered, t.Tag)
	}
	var out []cparse.FieldRef
	for _, f := range t.Record().Fields {
		r := cparse.FieldRef{Owner: t, Name: f.Name}
		if t.File != nil {
			r.Type = t.File.Type(f.Type)
		}
		out = append(out, r)
	}
	return out
}

// funcResult is what a function, or a pointer to one, returns.
func funcResult(t *cparse.Type) *cparse.Type {
	for isPointer(t) {
		t = t.Elem
	}
	if t == nil || t.Kind != cparse.Function || t.Sig == nil || t.File == nil {
		return nil
	}
	return t.File.Type(t.Sig.Result)
}

// typeName resolves a type as written in the function, where typeof() may
// name locals.
func (l *lowerer) typeName(tn *cparse.TypeName) *cparse.Type {
	return l.file.TypeIn(tn, func(name string) *cparse.Type {
		if v := l.lookup(name); v != nil {
			return v.typ
		}
		return nil
	})
}

func isUnsigned(tn *cparse.TypeName) bool {
	return tn != nil && tn.Ptr == 0 && strings.Contains(tn.Spec, "unsigned")
}

// unsignedCast reports whether e is converted to an unsigned type where it
// stands: comparisons with it are unsigned.
func unsignedCast(e *cparse.Expr) bool {
	return e != nil && e.Op == cparse.Cast && isUnsigned(e.Type)
}
