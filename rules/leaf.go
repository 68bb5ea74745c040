package rules

// leaf CLASS, CLASS [because]: no lock is taken while one of those is held.
func (p *parser) leafDecl() *Error {
	o := Order{From: FromRules, Pos: p.here()}
	var classes []Class
	for {
		c, err := p.class("a lock class")
		if err != nil {
			return err
		}
		classes = append(classes, c)
		if !p.accept(",") {
			break
		}
	}
	if p.peek() == "because" {
		why, err := p.because()
		if err != nil {
			return err
		}
		o.Note = why
	}
	for _, c := range classes {
		o.After = c
		if o.Note == "" {
			o.Note = "a leaf: nothing is taken under it"
		}
		p.set.leaves[c] = o
	}
	return p.end()
}

// why is graph.why, with what the leaves add: whatever is none comes before
// them, unless an order says otherwise.
func (s *Set) why(before, after Class, file string) []Order {
	if chain := s.graph.why(before, after, file); chain != nil || len(s.leaves) == 0 {
		return chain
	}
	o, ok := s.leaves[after.Base()]
	if _, both := s.leaves[before.Base()]; !ok || both || before.Base() == after.Base() || s.graph.why(after, before, file) != nil {
		return nil
	}
	o.Before = before
	return []Order{o}
}
