package vet

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// Comments says which orders are read that are declared in the words of the
// project: see "Orders in comments" of package rules. Names are those of Go: a
// variable, Type.field, recv.field with the receiver of a method, with the name
// of a package in front or without. A type alone stands for its lock, and a field
// alone for that of the only type that has one.
type Comments struct {
	Read   bool       // those in comments
	Chains []string   // files of text with a chain a line
	Sign   rules.Sign // what "a < b" means; "" is rules.Unsettled
}

func (c *Comments) sign() rules.Sign { return cmp.Or(c.Sign, rules.Unsettled) }

// A lockNames knows what comments may call locks.
type lockNames struct {
	*program
	pkgs  []*types.Package            // whose comments are read
	dirs  map[string][]*types.Package // those of a directory
	recvs map[*types.Package]map[string]*types.Named
	only  map[*types.Package]map[string]string // classes of the fields that one type has; "" for several
}

func newLockNames(p *program) *lockNames {
	return &lockNames{
		program: p, dirs: map[string][]*types.Package{},
		recvs: map[*types.Package]map[string]*types.Named{}, only: map[*types.Package]map[string]string{},
	}
}

// add adds a package whose comments are read.
func (n *lockNames) add(pkg *types.Package, files []*ast.File) {
	n.pkgs = append(n.pkgs, pkg)
	for _, f := range files {
		dir := path.Dir(n.file(n.fset.Position(f.FileStart).Filename))
		if !slices.Contains(n.dirs[dir], pkg) {
			n.dirs[dir] = append(n.dirs[dir], pkg)
		}
	}
	recvs, only := map[string]*types.Named{}, map[string]string{}
	n.recvs[pkg], n.only[pkg] = recvs, only
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		o, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || o.IsAlias() {
			continue
		}
		t, ok := o.Type().(*types.Named)
		if !ok {
			continue
		}
		for m := range t.Methods() {
			r := m.Signature().Recv().Name()
			if old, ok := recvs[r]; ok && old != t {
				recvs[r] = nil
			} else {
				recvs[r] = t
			}
		}
		if s, ok := t.Underlying().(*types.Struct); ok {
			for f := range s.Fields() {
				if !f.Embedded() && n.locks(f.Type()) {
					if _, ok := only[f.Name()]; ok {
						only[f.Name()] = ""
					} else {
						only[f.Name()] = ownerName(t) + "." + f.Name() + n.embedded(f.Type())
					}
				}
			}
		}
	}
}

// locks reports whether a value of type t is a lock, or wraps one.
func (n *lockNames) locks(t types.Type) bool {
	t = deref(types.Unalias(t))
	if n.rules.LockType(ownerName(t)) || n.wrapper(t) {
		return true
	}
	if s, ok := t.(*types.Struct); ok { // without a name
		for f := range s.Fields() {
			if f.Embedded() && n.locks(f.Type()) {
				return true
			}
		}
	}
	return false
}

// embedded is what follows the name of a variable of type t in that of its class:
// a struct without a name does not lend its own.
func (n *lockNames) embedded(t types.Type) string {
	s, ok := deref(types.Unalias(t)).(*types.Struct)
	if !ok {
		return ""
	}
	for f := range s.Fields() {
		if f.Embedded() && n.locks(f.Type()) {
			return "." + f.Name() + n.embedded(f.Type())
		}
	}
	return ""
}

// class is the class that a comment of file calls name, if there is one that it
// must be.
func (n *lockNames) class(name, file string) (rules.Class, bool) {
	near := n.dirs[path.Dir(file)]
	for _, pkgs := range [][]*types.Package{near, n.pkgs} {
		found := map[string]bool{}
		for _, p := range pkgs {
			if c := n.in(p, strings.Split(name, ".")); c != "" {
				found[c] = true
			}
		}
		if len(found) == 1 {
			for c := range found {
				return rules.MakeClass(c, "", 0), true
			}
		}
		if len(found) > 1 {
			break
		}
	}
	return rules.Class{}, false
}

// in is the class that parts name in a package, "" if there is none.
func (n *lockNames) in(pkg *types.Package, parts []string) string {
	scope := pkg.Scope()
	switch o := scope.Lookup(parts[0]).(type) {
	case *types.Var:
		return n.walk(pkg, o.Type(), pkg.Path()+"."+o.Name(), parts[1:])
	case *types.TypeName:
		return n.walk(pkg, o.Type(), "", parts[1:])
	}
	if t := n.recvs[pkg][parts[0]]; t != nil && len(parts) > 1 {
		return n.walk(pkg, t, "", parts[1:])
	}
	if len(parts) == 1 {
		return n.only[pkg][parts[0]]
	}
	if parts[0] == pkg.Name() {
		return n.in(pkg, parts[1:])
	}
	for _, p := range pkg.Imports() {
		if p.Name() == parts[0] {
			return n.in(p, parts[1:])
		}
	}
	return ""
}

// walk follows the fields from a value of type t, whose class is name if it is a
// lock. A type that is not a lock stands for the one in it.
func (n *lockNames) walk(pkg *types.Package, t types.Type, name string, parts []string) string {
	if len(parts) > 0 && (parts[0] == "Lock" || parts[0] == "RLock") {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		if n.locks(t) {
			return name + n.embedded(t)
		}
		f := n.main(t)
		if f == nil {
			return ""
		}
		return ownerName(deref(t)) + "." + f.Name() + n.embedded(f.Type())
	}
	obj, index, _ := types.LookupFieldOrMethod(t, true, pkg, parts[0])
	v, ok := obj.(*types.Var)
	if !ok {
		return ""
	}
	for _, i := range index {
		s, ok := deref(t).Underlying().(*types.Struct)
		if !ok {
			return ""
		}
		if owner := ownerName(deref(t)); owner != "" {
			name = owner + "." + s.Field(i).Name()
		} else {
			name += "." + s.Field(i).Name()
		}
		t = s.Field(i).Type()
	}
	return n.walk(pkg, v.Type(), name, parts[1:])
}

// main is the lock of a type that is named alone: the one that it embeds, the
// only one, or the one that is called mu. nil: none of these.
func (n *lockNames) main(t types.Type) *types.Var {
	s, ok := deref(t).Underlying().(*types.Struct)
	if !ok || ownerName(deref(t)) == "" {
		return nil
	}
	var all []*types.Var
	for f := range s.Fields() {
		switch {
		case !n.locks(f.Type()):
		case f.Embedded():
			return f
		default:
			all = append(all, f)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	if i := slices.IndexFunc(all, func(f *types.Var) bool { return f.Name() == "mu" }); i >= 0 {
		return all[i]
	}
	return nil
}

// imported reads the orders in files and in the texts of chains.
func (n *lockNames) imported(c *Comments, rs *rules.Set, files []string, read func(name string) ([]byte, error)) (rules.Import, error) {
	opt := rules.ImportOptions{Names: n.class, Sign: c.sign(), Signs: func(file string) (rules.Sign, bool) {
		s, ok := n.signs[file]
		return s, ok
	}}
	var out rules.Import
	if c.Read {
		// The classes are looked up one at a time: types are completed lazily.
		for _, f := range files {
			text, err := read(f)
			if err != nil {
				return out, err
			}
			out.Add(rules.ImportComments([]rules.Source{{Name: f, Text: text}}, rs, opt))
		}
	}
	for _, f := range c.Chains {
		text, err := os.ReadFile(f)
		if err != nil {
			return out, err
		}
		out.Add(rules.ImportChains(rules.Source{Name: f, Text: text}, rs, opt))
	}
	for _, u := range out.Unmapped {
		n.problems = append(n.problems, report.Problem{
			Kind: "rules", Pos: report.Position{File: u.Pos.Filename, Line: u.Pos.Line, Col: u.Pos.Column},
			Message: fmt.Sprintf("not read as an order: %q: %s", u.Text, u.Reason), Warning: true,
		})
	}
	return out, nil
}

// signDirective reads //lockorder:comments, which says for its file what a < b means.
func (d *directiveFile) signDirective(text string, pos token.Pos) {
	switch s := rules.Sign(text); s {
	case rules.LessFirst, rules.GreaterFirst:
		file, _ := d.place(pos)
		d.signs[file] = s
	default:
		d.problem(pos, `//lockorder:comments wants < if "a < b" means that a is taken first, > if "a > b" does`)
	}
}
