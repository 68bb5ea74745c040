package analyzer

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// openTree opens the tree with the kernel configuration that applies; the
// second result names its file, "" for the built-in default.
func openTree(cfg Config) (*cparse.Tree, string, error) {
	c := cparse.Config{Arch: cfg.Arch, Overlay: cfg.Overlay}
	if cfg.Cache != nil {
		c.Memory = newMemory(cfg)
	}
	name := kconfigName(cfg)
	if name != "" {
		options, err := readConfig(name)
		if err != nil {
			return nil, "", fmt.Errorf("kernel configuration: %w", err)
		}
		c.Defined = func(name string) (string, bool) {
			v, ok := options[name]
			return v, ok
		}
	}
	t, err := cparse.Open(cfg.Root, c)
	if err != nil {
		return nil, "", err
	}
	return t, name, nil
}

// kconfigName is the file of the kernel configuration that applies, "" for the
// built-in default.
func kconfigName(cfg Config) string {
	if auto := filepath.Join(cfg.Root, ".config"); cfg.KConfig == "" && isFile(auto) {
		return auto
	}
	return cfg.KConfig
}

func isFile(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode().IsRegular()
}

// onDisk reports whether the tree at root has a file or directory.
func onDisk(root, name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

func readConfig(name string) (map[string]string, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	options, err := cparse.LoadConfig(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return options, nil
}

// loadRules loads the embedded rule set and the user's files.
func loadRules(cfg Config, t *cparse.Tree) (*rules.Set, string, error) {
	name := cfg.RuleSet
	if name == "" {
		name = detect(t, cfg.Paths)
	}
	sources, err := ruleSources(cfg, name)
	if err != nil {
		return nil, "", err
	}
	set, err := rules.Load(sources...)
	if err != nil {
		return nil, "", err
	}
	return set, name, nil
}

// ruleSources reads the rule set of that name and the user's files.
func ruleSources(cfg Config, name string) ([]rules.Source, error) {
	sources, err := rules.Embedded(name)
	if err != nil {
		return nil, err
	}
	for _, f := range cfg.RuleFiles {
		text, err := readRules(cfg, f)
		if err != nil {
			return nil, err
		}
		sources = append(sources, rules.Source{Name: f, Text: text})
	}
	return sources, nil
}

// readRules reads a rules file, which may be one of the tree.
func readRules(cfg Config, name string) ([]byte, error) {
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if rel, err := filepath.Rel(root, abs); err == nil {
		if text, ok := cfg.Overlay[filepath.ToSlash(rel)]; ok {
			if text == nil {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return text, nil
		}
	}
	return os.ReadFile(name)
}

// kernelMark is a file that the source of a kernel has.
const kernelMark = "include/linux/spinlock.h"

// detect chooses the rule set by what the sources include: a kernel has its
// spinlocks, any other C program <pthread.h> or <threads.h>.
func detect(t *cparse.Tree, paths []string) string {
	if isFile(filepath.Join(t.Root(), kernelMark)) {
		return "linux"
	}
	files, err := t.Walk(paths)
	if err != nil {
		return "linux"
	}
	for _, name := range files {
		f, err := t.File(name)
		if err != nil {
			continue
		}
		if bytes.Contains([]byte(f.Src), []byte("<pthread.h>")) || bytes.Contains([]byte(f.Src), []byte("<threads.h>")) {
			return "posix"
		}
	}
	return "linux"
}

// pathFilter tells whether a file lies below one of the paths.
func pathFilter(paths []string) func(string) bool {
	if len(paths) == 0 {
		return func(string) bool { return true }
	}
	clean := make([]string, len(paths))
	for i, p := range paths {
		clean[i] = filepath.ToSlash(filepath.Clean(p))
	}
	return func(file string) bool {
		for _, p := range clean {
			if p == "." || file == p || strings.HasPrefix(file, p+"/") {
				return true
			}
		}
		return false
	}
}
