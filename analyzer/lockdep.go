package analyzer

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/lockdep"
	"github.com/lockorder/lockorder/rules"
)

// Lockdep holds what lockdep recorded on a running kernel against the
// lock-order graph of its source. The scope is the files, as globs or
// directories, whose locks count for the figure of merit. Without paths in cfg,
// what is analysed is the directories in the scope that initialise a lock of
// the record.
func Lockdep(ctx context.Context, cfg Config, rec *lockdep.Record, scope []string) (*lockdep.Comparison, error) {
	meanings, err := runtimeNames(ctx, cfg, rec.Names())
	if err != nil {
		return nil, fmt.Errorf("finding the locks' initialisers: %w", err)
	}
	if len(cfg.Paths) == 0 && !cfg.Whole {
		if cfg.Paths, err = touched(cfg.Root, meanings, scope); err != nil {
			return nil, err
		}
	}
	r, err := Analyze(ctx, cfg)
	if err != nil {
		return nil, err
	}
	for _, m := range meanings {
		for i := range m.Origins {
			o := &m.Origins[i]
			o.Class = r.prog.rename(o.Class)
		}
	}
	g := lockdep.Graph{Edges: r.Graph(), Taken: r.Taken(), Witness: r.Witness}
	handlers := map[rules.Class][]string{}
	for _, h := range lockdep.Handlers(r.prog.funcs, r.prog.rules, r.prog.globalName) {
		handlers[h.Class] = append(handlers[h.Class], h.Func)
		g.Edges = append(g.Edges, r.Handled(h.Func, h.Class)...)
		g.Taken[h.Class] = true
	}
	g.Reach = func(outer rules.Class) *check.Reach { return r.Reach(outer, handlers[outer.Base()]) }
	return lockdep.Compare(rec, g, meanings, scope), nil
}

// runtimeNames finds what the names of a record stand for. Static variables
// keep the file in their names.
func runtimeNames(ctx context.Context, cfg Config, names []string) (map[string]*lockdep.Meaning, error) {
	t, kconfig, err := openTree(cfg)
	if err != nil {
		return nil, err
	}
	set, _, err := loadRules(cfg, t)
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	s := lockdep.Source{Tree: t, Rules: set, Arch: cfg.Arch, Global: func(name string) string { return name }}
	if kconfig != "" {
		options, err := readConfig(kconfig)
		if err != nil {
			return nil, err
		}
		s.Option = func(name string) (string, bool) { v, ok := options[name]; return v, ok }
	}
	return s.Meanings(ctx, names)
}

// rename gives a class the name that it has in the program.
func (p *program) rename(c rules.Class) rules.Class {
	name := c.Name()
	if !strings.Contains(name, ":") {
		return c
	}
	plain, array := strings.CutSuffix(name, "[]")
	plain = p.globalName(plain)
	if array {
		plain += "[]"
	}
	n, err := rules.ParseClass(p.rules.Canonical(plain))
	if err != nil {
		return c
	}
	return n.WithSub(c.Sub())
}

// touched lists the files of the directories in the scope that initialise one of
// the locks, without what is below those.
func touched(root string, meanings map[string]*lockdep.Meaning, scope []string) ([]string, error) {
	var dirs, out []string
	for _, m := range meanings {
		for _, o := range m.Origins {
			if o.File != "" && path.Ext(o.File) == ".c" && lockdep.Within(o.File, scope) {
				dirs = append(dirs, path.Dir(o.File))
			}
		}
	}
	slices.Sort(dirs)
	for _, d := range slices.Compact(dirs) {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(d)))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && path.Ext(e.Name()) == ".c" {
				out = append(out, path.Join(d, e.Name()))
			}
		}
	}
	return out, nil
}
