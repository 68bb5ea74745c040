package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/lockorder/lockorder/rules"
)

// directives turns the //lockorder: comments of a package into rules:
//
//	//lockorder:order Store.mu < Bucket.mu
//	//lockorder:class store_lock = Store.mu
//	//lockorder:except cycle Store.mu < Bucket.mu "the bucket is private"
//	//lockorder:comments <
//
// Names are those of the package; with a package that the file imports in front
// they are that one's. An exception in the comment of a function concerns that
// function. Each directive becomes a rule at its own place.
func (p *program) directives(pkg *types.Package, files []*ast.File) []rules.Source {
	var out []rules.Source
	for _, f := range files {
		d := &directiveFile{program: p, pkg: pkg, imports: map[string]string{}}
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			name := path[strings.LastIndexByte(path, '/')+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			d.imports[name] = path
		}
		docs := map[*ast.CommentGroup]string{}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Doc != nil {
				if o, ok := pkg.Scope().Lookup(fn.Name.Name).(*types.Func); ok && fn.Recv == nil {
					docs[fn.Doc] = shortName(methodName(o))
				} else if fn.Recv != nil && len(fn.Recv.List) > 0 {
					docs[fn.Doc] = pkg.Name() + "." + recvName(fn.Recv.List[0].Type) + "." + fn.Name.Name
				}
			}
		}
		for _, g := range f.Comments {
			for _, c := range g.List {
				if rest, ok := strings.CutPrefix(c.Text, "//lockorder:"); ok {
					d.directive(rest, c.Pos(), docs[g])
				}
			}
		}
		if d.text.Len() > 0 {
			out = append(out, rules.Source{Name: p.file(p.fset.Position(f.Pos()).Filename), Text: []byte(d.text.String())})
		}
	}
	return out
}

func recvName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return recvName(e.X)
	case *ast.IndexExpr:
		return recvName(e.X)
	case *ast.IndexListExpr:
		return recvName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// A directiveFile is the rules text that the comments of one file make: its
// lines are where the directives are.
type directiveFile struct {
	*program
	pkg     *types.Package
	imports map[string]string
	text    strings.Builder
	lines   int
}

func (d *directiveFile) directive(text string, pos token.Pos, fn string) {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	var line string
	switch word {
	case "order":
		line = d.names(rest)
	case "class":
		to, from, ok := strings.Cut(rest, "=")
		if !ok {
			d.problem(pos, "//lockorder:class wants NAME = Type.field")
			return
		}
		line = "alias " + strings.TrimSpace(to) + " = " + d.names(strings.TrimSpace(from))
	case "leaf":
		line = "leaf " + d.names(rest)
	case "except":
		check, rest, _ := strings.Cut(rest, " ")
		what, why, ok := strings.Cut(rest, `"`)
		why, _, closed := strings.Cut(why, `"`)
		if !ok || !closed || strings.TrimSpace(why) == "" {
			d.problem(pos, `//lockorder:except wants a check and a reason in quotes`)
			return
		}
		if what = d.names(strings.TrimSpace(what)); what == "" {
			what = "*"
		}
		line = "except " + check + " " + what
		if fn != "" {
			line += " in " + fn
		}
		line += fmt.Sprintf(" because %q", why)
	case "requires": // read with the function
		return
	case "comments":
		d.signDirective(rest, pos)
		return
	default:
		d.problem(pos, fmt.Sprintf("no directive //lockorder:%s: there are order, class, leaf, requires, except and comments", word))
		return
	}
	for at := d.fset.Position(pos).Line; d.lines < at-1; d.lines++ {
		d.text.WriteByte('\n')
	}
	d.text.WriteString(line + "\n")
	d.lines++
}

// names puts the import path before the names of locks.
func (d *directiveFile) names(text string) string {
	f := strings.Fields(text)
	for i, w := range f {
		name := strings.Trim(w, "()|,")
		first, _, _ := strings.Cut(strings.TrimSuffix(name, "[]"), ".")
		if path, ok := d.imports[first]; ok {
			f[i] = strings.Replace(w, name, path+name[len(first):], 1)
		} else if o := d.pkg.Scope().Lookup(first); o != nil {
			f[i] = strings.Replace(w, name, d.pkg.Path()+"."+name, 1)
		}
	}
	return strings.Join(f, " ")
}
