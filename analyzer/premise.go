package analyzer

import (
	"cmp"
	"encoding/binary"
	"path"
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/cparse"
)

// A premiseTable numbers the premises of kept functions (see store), and has the answers to
// them that hold for the load. Each run that keeps something writes one for all its entries.
type premiseTable struct {
	hash cache.Hash
	list []cparse.Premise // sorted
	sums []cache.Hash     // of the premises with their answers
	ok   []bool           // there is one
}

const premiseKind = "premises"

func comparePremises(a, b cparse.Premise) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// number is that of a premise that is in the table.
func (t *premiseTable) number(p cparse.Premise) int {
	i, _ := slices.BinarySearchFunc(t.list, p, comparePremises)
	return i
}

// sum is a hash of some premises with their answers; false if one has none. Files have
// thousands each, most of them the same: what is hashed once is added up.
func (t *premiseTable) sum(numbers []int32) (sum cache.Hash, ok bool) {
	var lo, hi uint64
	for _, i := range numbers {
		if int(uint32(i)) >= len(t.list) || !t.ok[i] {
			return cache.Hash{}, false
		}
		lo += binary.LittleEndian.Uint64(t.sums[i][:8])
		hi += binary.LittleEndian.Uint64(t.sums[i][8:])
	}
	binary.LittleEndian.PutUint64(sum[:8], lo)
	binary.LittleEndian.PutUint64(sum[8:], hi)
	return sum, true
}

// answer finds the answers.
func (t *premiseTable) answer(s *store) {
	t.sums, t.ok = make([]cache.Hash, len(t.list)), make([]bool, len(t.list))
	parallel(len(t.list), func(i int) {
		p := t.list[i]
		var answer cache.Hash
		answer, t.ok[i] = s.answer(p)
		t.sums[i] = cache.Sum([]byte{byte(p.Kind)}, []byte(p.Name), answer[:])
	})
}

// answer is what the tree says to a premise, as a hash; false if it says nothing, which
// it does of a header that cannot be read.
func (s *store) answer(p cparse.Premise) (cache.Hash, bool) {
	switch p.Kind {
	case cparse.PremiseHeader:
		h, ok := s.hash(p.Name)
		named := s.answerName(path.Base(p.Name))
		return cache.Sum(h[:], named[:]), ok
	case cparse.PremiseName:
		return s.answerName(p.Name), true
	case cparse.PremiseIndex:
		return cache.SumStrings(s.tree.Defining(p.Name)...), true
	case cparse.PremiseOption:
		if v, set := s.tree.Option(p.Name); set {
			return cache.SumStrings("set", v), true
		}
		return cache.SumStrings("unset"), true
	}
	return cache.Hash{}, false
}

func (s *store) answerName(base string) cache.Hash { return cache.SumStrings(s.named()[base]...) }

// table reads a table that entries have; one that is not there, or makes no sense, is empty,
// so that they do not hold.
func (s *store) table(hash cache.Hash) *premiseTable {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tables[hash]; t != nil {
		return t
	}
	t := &premiseTable{hash: hash}
	s.tables[hash] = t
	raw, ok := s.cache.Get(premiseKind, hash)
	if !ok {
		return t
	}
	list, ok := decodePremises(raw)
	if !ok || cache.Sum(raw) != hash {
		s.cache.Damaged(premiseKind, hash)
		return t
	}
	t.list = list
	t.answer(s)
	return t
}

// newTable makes the table for what some files have come to rest on, and writes it. number has
// its numbers by those of the tree.
func (s *store) newTable(files []*storeFile) (t *premiseTable, number []int) {
	known := s.tree.Premises()
	used := make([]bool, len(known))
	all := map[cparse.Premise]bool{}
	for _, f := range files {
		for _, i := range f.newPremises {
			used[i] = true
		}
		if f.found {
			for _, i := range f.premises {
				all[f.table.list[i]] = true
			}
		}
	}
	for i, p := range known {
		if used[i] {
			all[p] = true
		}
	}
	t = &premiseTable{}
	for p := range all {
		t.list = append(t.list, p)
	}
	slices.SortFunc(t.list, comparePremises)
	number = make([]int, len(known))
	for i, p := range known {
		if used[i] {
			number[i] = t.number(p)
		}
	}
	raw := encodePremises(t.list)
	t.hash = cache.Sum(raw)
	s.cache.Put(premiseKind, t.hash, raw)
	t.answer(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[t.hash] = t
	return t, number
}

func encodePremises(list []cparse.Premise) []byte {
	var e cache.Encoder
	for kind := cparse.PremiseHeader; kind <= cparse.PremiseOption; kind++ {
		var names []string
		for _, p := range list {
			if p.Kind == kind {
				names = append(names, p.Name)
			}
		}
		e.Names(names)
	}
	return e.Bytes()
}

func decodePremises(raw []byte) (list []cparse.Premise, ok bool) {
	d := cache.NewDecoder(raw)
	for kind := cparse.PremiseHeader; kind <= cparse.PremiseOption; kind++ {
		for _, name := range d.Names() {
			list = append(list, cparse.Premise{Kind: kind, Name: name})
		}
	}
	return list, d.End() == nil
}

// reached adds the headers that the kept files may see, of those that the run has used.
func (s *store) reached(to map[string]bool) {
	in := map[*premiseTable][]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if !f.found {
			continue
		}
		if in[f.table] == nil {
			in[f.table] = make([]bool, len(f.table.list))
		}
		for _, i := range f.premises {
			in[f.table][i] = true
		}
	}
	for t, used := range in {
		for i, yes := range used {
			if p := t.list[i]; yes && p.Kind == cparse.PremiseHeader {
				to[p.Name] = true
			}
		}
	}
}
