package analyzer

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// What is kept from run to run of single files of the tree, by their contents: the names
// that a file defines, whether its comments are silent about locks, and what it may call.
// Files of an overlay are looked at each time.

// A memory gives cparse what the cache knows of the tree.
type memory struct {
	*cache.Tree
	sources, headers *cache.Facts // headers have more that counts
	calls            *cache.Facts
}

func newMemory(cfg Config) cparse.Memory {
	t := cfg.Cache.Tree(cfg.Root)
	return memory{t, t.Facts("names of sources"), t.Facts("names of headers"), t.Facts(callFacts)}
}

// Read also looks for what the file calls, while its text is at hand.
func (m memory) Read(file string, st fs.FileInfo, text []byte, err error) {
	m.Tree.Read(file, st, text, err)
	if ext := path.Ext(file); err != nil || ext != ".c" && ext != ".h" {
		return
	}
	if _, ok := m.calls.Of(file); !ok {
		m.calls.Set(file, string(newBloom(called(text))))
	}
}

func (m memory) names(file string) *cache.Facts {
	if strings.HasSuffix(file, ".h") {
		return m.headers
	}
	return m.sources
}

func (m memory) Names(file string) (string, bool) { return m.names(file).Of(file) }

func (m memory) SetNames(file, names string) { m.names(file).Set(file, names) }

// A silence knows the files whose comments declare nothing and do not try to, without
// a question about the tree. It may be nil.
type silence struct {
	cfg   Config
	facts *cache.Facts

	mu    sync.Mutex
	read  []string
	asked map[string]bool
}

func silentFiles(cfg Config, ruleSet string) *silence {
	if cfg.Cache == nil {
		return nil
	}
	sources, err := ruleSources(cfg, ruleSet)
	if err != nil { // they were read a moment ago
		return nil
	}
	var parts []string
	for _, s := range sources {
		parts = append(parts, s.Name, string(s.Text))
	}
	key := cache.SumStrings(parts...)
	facts := cfg.Cache.Tree(cfg.Root).NamedFacts("silent comments " + string(key[:]))
	return &silence{cfg: cfg, facts: facts, asked: map[string]bool{}}
}

// skip leaves out the files that are silent.
func (s *silence) skip(names []string) []string {
	if s == nil {
		return names
	}
	for _, name := range names {
		if _, over := s.cfg.Overlay[name]; !over {
			if _, silent := s.facts.Of(name); silent {
				continue
			}
		}
		s.read = append(s.read, name)
	}
	return s.read
}

// watch notes which files ask for a name.
func (s *silence) watch(class func(name, file string) (rules.Class, bool)) func(name, file string) (rules.Class, bool) {
	if s == nil {
		return class
	}
	return func(name, file string) (rules.Class, bool) {
		s.mu.Lock()
		s.asked[file] = true
		s.mu.Unlock()
		return class(name, file)
	}
}

// learn notes the files that were silent.
func (s *silence) learn(imp rules.Import) {
	if s == nil {
		return
	}
	speak := imp.ByFile()
	for _, name := range s.read {
		_, over := s.cfg.Overlay[name]
		if _, speaks := speak[name]; !over && !speaks && !s.asked[name] {
			s.facts.Set(name, "")
		}
	}
}

// A mentions knows which of some functions a file cannot call: of each file the names
// before a "(" are kept, in a Bloom filter.
type mentions struct {
	names   []string
	keys    []bloomKey // of the names
	overlay map[string][]byte
	facts   *cache.Facts // nil: nothing is known
}

const callFacts = "calls"

func (s *seriesRun) mentions(names []string) *mentions {
	m := &mentions{names: names, overlay: s.states[len(s.states)-1].Files}
	for _, name := range names {
		m.keys = append(m.keys, bloomKeyOf(name))
	}
	if s.cfg.Cache != nil {
		m.facts = s.cfg.Cache.Tree(s.cfg.Root).Facts(callFacts)
	}
	return m
}

// may lists which of the functions a file may call.
func (m *mentions) may(file string) (names []string) {
	if _, over := m.overlay[file]; over || m.facts == nil {
		return m.names
	}
	f, ok := m.facts.Of(file)
	if !ok {
		return m.names
	}
	for i, k := range m.keys {
		if bloom(f).has(k) {
			names = append(names, m.names[i])
		}
	}
	return names
}

// called lists the words of a text that a "(" follows, as calls finds them, each once.
func called(src []byte) []bloomKey {
	set := keySet{table: make([]bloomKey, 512)}
	for pos := 0; ; pos++ {
		i := bytes.IndexByte(src[pos:], '(')
		if i < 0 {
			break
		}
		pos += i
		end := pos
		for end > 0 && (src[end-1] == ' ' || src[end-1] == '\t') {
			end--
		}
		if k := bloomKeyOf(src[:end]); k != emptyKey {
			set.add(k)
		}
	}
	return set.list
}

// A keySet is a set of keys, by open addressing. It may have the key 0 twice.
type keySet struct {
	table []bloomKey // of 2^n, at most half of them in use; 0: free
	list  []bloomKey
}

func (s *keySet) add(k bloomKey) {
	mask := bloomKey(len(s.table) - 1)
	i := k & mask
	for ; s.table[i] != 0; i = (i + 1) & mask {
		if s.table[i] == k {
			return
		}
	}
	s.table[i] = k
	s.list = append(s.list, k)
	if 2*len(s.list) < len(s.table) {
		return
	}
	s.table = make([]bloomKey, 2*len(s.table))
	mask = bloomKey(len(s.table) - 1)
	for _, k := range s.list {
		i := k & mask
		for s.table[i] != 0 {
			i = (i + 1) & mask
		}
		s.table[i] = k
	}
}

// A bloom is a Bloom filter: a set of names that may seem to have others, too (about one
// in 2000).
type bloom string

const (
	bloomBits   = 16 // for each name
	bloomHashes = 11
)

// A bloomKey is what a filter knows of a name.
type bloomKey uint64

// steps are the first bit to look at, and how far it is to the next.
func (k bloomKey) steps() (first, step uint32) { return uint32(k), uint32(k>>32) | 1 }

// emptyKey is that of a text that does not end in a word.
const emptyKey bloomKey = 14695981039346656037

// bloomKeyOf is FNV-1a, of the word at the end of a text, backwards.
func bloomKeyOf[T string | []byte](text T) bloomKey {
	h := emptyKey
	for i := len(text) - 1; i >= 0 && wordBytes[text[i]]; i-- {
		h = (h ^ bloomKey(text[i])) * 1099511628211
	}
	return h
}

// wordBytes is wordByte.
var wordBytes = func() (is [256]bool) {
	for c := range is {
		is[c] = wordByte(byte(c))
	}
	return is
}()

func newBloom(names []bloomKey) bloom {
	bits := make([]byte, (len(names)*bloomBits+7)/8)
	for _, k := range names {
		first, step := k.steps()
		for range bloomHashes {
			i := first % uint32(len(bits)*8)
			bits[i/8] |= 1 << (i % 8)
			first += step
		}
	}
	return bloom(bits)
}

func (b bloom) has(k bloomKey) bool {
	first, step := k.steps()
	for range bloomHashes {
		if len(b) == 0 {
			return false
		}
		i := first % uint32(len(b)*8)
		if b[i/8]&(1<<(i%8)) == 0 {
			return false
		}
		first += step
	}
	return true
}
