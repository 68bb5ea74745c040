package analyzer

import (
	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/summary"
)

// Summaries are kept from run to run by the code of their functions and by what was
// asked of others (see summary.Memo), so that neither a header nor the configuration
// concerns them but by what it makes of the code. An entry of the cache has those of
// the functions of one file.

const summaryKind = "summaries"

// memo returns what is known of the summaries of the program; nil if nothing is kept.
func (p *program) memo(cfg Config) (*summary.Memo, error) {
	u := cfg.reuse
	if u == nil && cfg.Cache == nil {
		return nil, nil
	}
	sources, err := ruleSources(cfg, p.ruleSet)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, src := range sources {
		parts = append(parts, src.Name, string(src.Text))
	}
	base := cache.SumStrings(parts...)
	var store summary.Store
	if cfg.Cache != nil {
		store = summaryStore{cfg.Cache, base}
	}
	if u == nil {
		return summary.NewMemo(p.plain, store), nil
	}
	switch {
	case u.memo == nil || u.memoBase != base:
		u.memo, u.memoBase = summary.NewMemo(p.plain, store), base
	case u.memoRules != p.plain:
		u.memo.Reset(p.plain)
	}
	u.memoRules = p.plain
	u.memo.Keep(len(cfg.Overlay) == 0) // the tree as it is; what patches make of it is seldom seen again
	u.memo.Pass(!u.keeps())
	return u.memo, nil
}

// A summaryStore keeps summaries in a cache.
type summaryStore struct {
	cache *cache.Cache
	base  cache.Hash
}

func (s summaryStore) key(file string) cache.Hash { return cache.Sum(s.base[:], []byte(file)) }

func (s summaryStore) Get(file string) (string, bool) {
	data, ok := s.cache.Get(summaryKind, s.key(file))
	return cache.Text(data), ok
}

func (s summaryStore) Put(file string, data []byte) { s.cache.Put(summaryKind, s.key(file), data) }

func (s summaryStore) Damaged(file string) { s.cache.Damaged(summaryKind, s.key(file)) }
