package cparse

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Config says how #if groups are evaluated and what lies over the tree.
type Config struct {
	// Arch names the directory arch/<Arch> whose headers are used; "" is x86.
	Arch string
	// Defined gives the value of a configuration option ("y", "m", a number,
	// a quoted string) and whether it is set. Nil stands for the built-in
	// default: a 64-bit SMP machine with every feature on.
	Defined func(name string) (value string, ok bool)
	// Overlay holds files that replace the tree's, by name; a nil value
	// removes the file.
	Overlay map[string][]byte
	// Memory keeps what is found in files from one run to the next; nil: none.
	Memory Memory
}

// A Memory keeps what the text of single files says, and learns what is asked of a
// tree. Files of the overlay are none of its business: what lies under them is. Its
// methods are called concurrently.
type Memory interface {
	// Names returns what SetNames was given for the file, if that has not changed
	// since; the empty string may be an answer.
	Names(file string) (names string, ok bool)
	SetNames(file, names string)
	// Read is told the outcome of each reading of a file; st is from before it.
	Read(file string, st fs.FileInfo, text []byte, err error)
	// Listed is told what is in a directory; nil where it cannot be listed.
	Listed(dir string, ents []fs.DirEntry)
}

// LoadConfig reads a kernel .config, plain or compressed with gzip. An option
// that is not set has no entry.
func LoadConfig(r io.Reader) (map[string]string, error) {
	br := bufio.NewReader(r)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return parseConfig(z)
	}
	return parseConfig(br)
}

func parseConfig(r io.Reader) (map[string]string, error) {
	m := map[string]string{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || !strings.HasPrefix(name, "CONFIG_") {
			return nil, fmt.Errorf("line %d: not of the form CONFIG_NAME=value: %.60q", n, line)
		}
		if value == "n" {
			continue
		}
		m[name] = value
	}
	return m, sc.Err()
}

//go:embed defaults.txt
var defaultsText string

// settings is what defaults.txt says, with the architecture filled in.
type settings struct {
	forced      []string
	includeDirs []string
	wrappers    []wrapper
	rank        []string // directories whose macros win, first first
	indexStages [][]string
	typeOfArg   map[string]int // compiler builtins: the argument whose type is the result's
	predef      map[string]*Macro
	exact       map[string]string
	globs       []optionGlob
	types       map[string]bool // names of types though no typedef is seen
	perCPU      string          // part of the name of the section of per-CPU variables
	defined     func(string) (string, bool)

	mu      sync.Mutex
	options map[string]*Macro // configuration options as macros
	kOnce   sync.Once
	kconfig *kconfig // guarded by mu
	// loadKconfig reads the tree's Kconfig files.
	loadKconfig func() *kconfig
}

// A wrapper maps includes of absent generated headers: <asm/x.h>.
type wrapper struct{ prefix, dir string }

// An optionGlob is a pattern of names: plain is what they all begin with.
type optionGlob struct{ plain, pattern, value string }

const optionPrefix = "CONFIG_"

func newSettings(cfg Config) *settings {
	s := &settings{types: map[string]bool{}, typeOfArg: map[string]int{}, predef: map[string]*Macro{}, exact: map[string]string{}, defined: cfg.Defined, options: map[string]*Macro{}}
	text := strings.ReplaceAll(defaultsText, "$ARCH", cfg.Arch)
	active := true
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			arch := strings.Trim(line, "[]")
			active = arch == "all" || arch == cfg.Arch
			continue
		}
		if active {
			s.line(line)
		}
	}
	return s
}

func (s *settings) line(line string) {
	if rest, ok := strings.CutPrefix(line, "#define "); ok {
		m := parseDefine(rest, 0, len(rest))
		s.predef[m.Name] = m
		return
	}
	if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, optionPrefix) {
		if i := strings.IndexAny(name, "*?["); i >= 0 {
			s.globs = append(s.globs, optionGlob{name[:i], name, value})
		} else {
			s.exact[name] = value
		}
		return
	}
	word, rest, _ := strings.Cut(line, " ")
	fields := strings.Fields(rest)
	switch word {
	case "forced-include":
		s.forced = append(s.forced, fields...)
	case "include-dir":
		s.includeDirs = append(s.includeDirs, fields...)
	case "wrapper":
		s.wrappers = append(s.wrappers, wrapper{fields[0], fields[1]})
	case "rank":
		s.rank = append(s.rank, fields...)
	case "type":
		for _, name := range fields {
			s.types[name] = true
		}
	case "per-cpu-section":
		s.perCPU = rest
	case "type-of-argument":
		n, err := strconv.Atoi(fields[0])
		if err != nil {
			panic("cparse: defaults.txt: " + line)
		}
		for _, name := range fields[1:] {
			s.typeOfArg[name] = n
		}
	case "index":
		s.indexStages = append(s.indexStages, fields)
	default:
		panic("cparse: defaults.txt: " + line)
	}
}

// option returns a configuration option as the macro that the build would
// define, nil if it is not set.
func (s *settings) option(name string) *Macro {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.options[name]; ok {
		return m
	}
	m := s.makeOption(name)
	s.options[name] = m
	return m
}

func (s *settings) makeOption(name string) *Macro {
	if base, ok := strings.CutSuffix(name, "_MODULE"); ok {
		if v, ok := s.value(base); ok && v == "m" {
			return &Macro{Name: name, Text: "1"}
		}
		if s.defined == nil && s.kconfig == nil {
			return nil
		}
	}
	v, ok := s.value(name)
	if !ok || v == "n" || v == "m" {
		return nil
	}
	if v == "y" {
		v = "1"
	}
	return &Macro{Name: name, Text: v}
}

// value is an option's value without a .config: the data file's word first,
// then what the tree's Kconfig makes of it, else y.
func (s *settings) value(name string) (string, bool) {
	if s.defined != nil {
		return s.defined(name)
	}
	if v, ok := s.forcedValue(name); ok {
		return v, true
	}
	s.kOnce.Do(func() { s.kconfig = s.loadKconfig() })
	if s.kconfig != nil {
		return s.kconfig.valueOf(strings.TrimPrefix(name, optionPrefix)), true
	}
	return "y", true
}

// forcedValue is what the data file says of an option.
func (s *settings) forcedValue(name string) (string, bool) {
	if v, ok := s.exact[name]; ok {
		return v, true
	}
	for _, g := range s.globs {
		if !strings.HasPrefix(name, g.plain) {
			continue
		}
		if ok, _ := path.Match(g.pattern, name); ok {
			return g.value, true
		}
	}
	return "", false
}
