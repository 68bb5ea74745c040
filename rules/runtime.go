package rules

// A runtimeName says what the name of a lock class at run time stands for.
type runtimeName struct {
	glob  string
	class Class  // zero: no lock of the analysis
	why   string // then the reason
}

// RuntimeClass returns what the rules say of the name that lockdep gives a lock
// class, without version and subclass. ok is false where they say nothing, so
// that the initialisers of the tree decide. A zero class is no lock of the
// analysis, for the reason given.
func (s *Set) RuntimeClass(name string) (c Class, why string, ok bool) {
	for _, r := range s.runtime {
		if matchName(r.glob, name) {
			return s.canonicalClass(r.class), r.why, true
		}
	}
	return Class{}, "", false
}

// lockdep CLASS as "name", "name"... | lockdep nothing as "name"... because "...".
func (p *parser) lockdepDecl() *Error {
	var r runtimeName
	nothing := p.accept("nothing")
	if !nothing {
		var err *Error
		if r.class, err = p.class("a lock class, or nothing"); err != nil {
			return err
		}
	}
	if err := p.expect("as"); err != nil {
		return err
	}
	var rows []runtimeName
	for {
		t, err := p.text("a name in quotes")
		if err != nil {
			return err
		}
		r.glob = t.text
		rows = append(rows, r)
		if !p.accept(",") {
			break
		}
	}
	if nothing {
		why, err := p.because()
		if err != nil {
			return err
		}
		for i := range rows {
			rows[i].why = why
		}
	}
	if err := p.end(); err != nil {
		return err
	}
	// Later files override earlier ones.
	p.set.runtime = append(rows, p.set.runtime...)
	return nil
}
