package cparse

import "sync"

// A Premise is a question about the tree to which what is read in a file owes something,
// besides the contents of .c files.
type Premise struct {
	Kind PremiseKind
	Name string
}

// A PremiseKind says what is asked of a name.
type PremiseKind uint8

const (
	PremiseHeader PremiseKind = iota // what is in a header; that implies PremiseName of its base name
	PremiseName                      // which files of the tree have a base name
	PremiseIndex                     // which files define a name, as Tree.Defining says
	PremiseOption                    // the value of a configuration option
)

// premises are numbered as they come.
type premises struct {
	mu   sync.RWMutex
	ids  map[Premise]int32
	list []Premise
}

func (p *premises) id(of Premise) int32 {
	p.mu.RLock()
	id, ok := p.ids[of]
	p.mu.RUnlock()
	if ok {
		return id
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, ok := p.ids[of]; ok {
		return id
	}
	if p.ids == nil {
		p.ids = map[Premise]int32{}
	}
	id = int32(len(p.list))
	p.ids[of] = id
	p.list = append(p.list, of)
	return id
}

// Premises are those that RestsOn numbers.
func (t *Tree) Premises() []Premise {
	t.premises.mu.RLock()
	defer t.premises.mu.RUnlock()
	return t.premises.list
}

// Defining lists the files that seem to define a name, sorted; records stand under "struct x"
// and "union x", types under "typedef x".
func (t *Tree) Defining(name string) []string { return t.index.files(t, name) }

// Option is the value of a configuration option, false if it is not set.
func (t *Tree) Option(name string) (string, bool) {
	if m := t.data.option(name); m != nil {
		return m.Text, true
	}
	return "", false
}

// notes are the premises that were asked for in a file itself.
type notes struct {
	mu  sync.Mutex
	set bitset
}

func (n *notes) add(t *Tree, kind PremiseKind, name string) {
	id := t.premises.id(Premise{kind, name})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set.add(id)
}

func (n *notes) addTo(to *bitset) {
	n.mu.Lock()
	defer n.mu.Unlock()
	to.union(n.set)
}
