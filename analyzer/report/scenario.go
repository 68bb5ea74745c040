package report

// MakeScenario derives the interleaving on which the paths of a violation wait
// for each other, from the Outer and Inner of each Trace. It returns nil where
// the paths do not show a deadlock: a broken order without a path that follows
// it, or a fault that is not about waiting.
//
// One path that takes what it holds waits for itself. Paths that form a loop,
// each taking what the next one holds, are shown with two CPUs as lockdep does
// (print_circular_lock_scenario in kernel/locking/lockdep.c): the first path, and
// the last, which holds what closes the loop; what lies between is the Chain.
func MakeScenario(paths []Trace) *Scenario {
	if len(paths) == 0 || !closed(paths) {
		return nil
	}
	first, last := &paths[0], &paths[len(paths)-1]
	if len(paths) == 1 {
		return &Scenario{
			CPUs: []string{first.root()},
			Events: []Event{
				{CPU: 0, Lock: first.Outer, Mode: first.mode(first.Outer, false)},
				{CPU: 0, Lock: first.Inner, Mode: first.mode(first.Inner, true), Waits: true},
			},
		}
	}
	s := &Scenario{
		CPUs: []string{first.root(), last.root()},
		Events: []Event{
			{CPU: 0, Lock: first.Outer, Mode: first.mode(first.Outer, false)},
			{CPU: 1, Lock: last.Outer, Mode: last.mode(last.Outer, false)},
			{CPU: 1, Lock: last.Inner, Mode: last.mode(last.Inner, true), Waits: true},
			{CPU: 0, Lock: first.Inner, Mode: first.mode(first.Inner, true), Waits: true},
		},
	}
	if len(paths) > 2 {
		for i := 1; i < len(paths); i++ {
			s.Chain = append(s.Chain, paths[i].Outer)
		}
	}
	return s
}

// closed reports whether the paths form a loop of classes.
func closed(paths []Trace) bool {
	for i := range paths {
		next := &paths[(i+1)%len(paths)]
		if paths[i].Inner == "" || paths[i].Inner != next.Outer {
			return false
		}
	}
	return true
}

// root returns the function that the path begins in.
func (t *Trace) root() string {
	if len(t.Steps) == 0 {
		return ""
	}
	return t.Steps[0].Function
}

// mode returns the mode in which the path takes the class, for the last time or
// for the first.
func (t *Trace) mode(class string, last bool) Mode {
	var m Mode
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Target != class || s.Verb != Takes && s.Verb != Tries {
			continue
		}
		m = s.Mode
		if !last {
			break
		}
	}
	return m
}
