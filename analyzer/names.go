package analyzer

import (
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A namer finds the classes that comments name by the declarations of the
// tree: a.b is a lock if a record with the tag a has a member b whose type is a
// lock's, and a bare name if it is a variable of such a type. Everything else
// is left alone: a variable's name, as in q->lock, says nothing of its type.
type namer struct {
	tree   *cparse.Tree
	rules  *rules.Set
	global func(name string) string // as program.globalName
	near   func(file string) bool   // whether declarations of file concern what is analysed; nil: all do
}

func (n *namer) class(name, file string) (rules.Class, bool) {
	if ext := path.Ext(file); ext != ".c" && ext != ".h" || n.near != nil && !n.near(file) {
		return rules.Class{}, false
	}
	f, err := n.tree.File(file)
	if err != nil {
		return rules.Class{}, false
	}
	parts := strings.Split(strings.TrimSuffix(name, "[]"), ".")
	natural := ""
	if len(parts) == 1 {
		natural = n.variable(f, parts[0])
	} else {
		natural = n.member(f, parts)
	}
	if natural == "" {
		return rules.Class{}, false
	}
	return rules.MakeClass(natural, "", 0), true
}

// member names the lock parts[1:] of the record with the tag parts[0].
func (n *namer) member(f *cparse.File, parts []string) string {
	var last cparse.FieldRef
	t := f.Type(&cparse.TypeName{Spec: "struct " + parts[0]})
	for _, p := range parts[1:] {
		var ok bool
		if last, ok = f.Field(t, p); !ok {
			return ""
		}
		t = last.Type
	}
	if last.Owner == nil || last.Owner.Tag == "" || n.rules.Container(last.Owner.Tag) {
		return ""
	}
	return n.lock(last.Owner.Tag+"."+last.Name, t)
}

// variable names the lock that is a variable of file scope.
func (n *namer) variable(f *cparse.File, name string) string {
	v, ok := f.Global(name)
	if !ok {
		return ""
	}
	id := v.Name
	if v.Static {
		id = v.File.Name + ":" + v.Name
	}
	return n.lock(n.global(id), v.Type())
}

// lock is the class name of a lock, or of an array of them; "" if t is no
// lock's type.
func (n *namer) lock(name string, t *cparse.Type) string {
	for t != nil && (t.Kind == cparse.Array || t.Kind == cparse.Pointer) {
		if t.Kind == cparse.Array {
			name = strings.TrimSuffix(name, "[]") + "[]"
		}
		t = t.Elem
	}
	if t == nil || !n.rules.LockType(t.Tag) {
		return ""
	}
	return name
}

// below tells whether a file of the list lies in the directory of a file, or
// deeper: what is declared in a file concerns those.
func below(files []string) func(file string) bool {
	slices.Sort(files)
	return func(file string) bool {
		dir := path.Dir(file) + "/"
		if dir == "./" {
			return true
		}
		i, _ := slices.BinarySearch(files, dir)
		return i < len(files) && strings.HasPrefix(files[i], dir)
	}
}
