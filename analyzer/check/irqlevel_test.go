package check

import (
	"strings"
	"testing"

	"github.com/lockorder/lockorder/rules"
)

// after runs operations from the entry of a function: words of rules, a word with a
// "?" for one that may fail, and "|" for a second way from the entry.
func after(t *testing.T, ops string) irqState {
	t.Helper()
	effects := map[string]rules.IRQEffect{}
	for e := rules.IRQNone; e <= rules.PreemptOn; e++ {
		effects[e.String()] = e
	}
	var out *irqState
	for way := range strings.SplitSeq(ops, "|") {
		st := irqState{}
		for _, w := range strings.Fields(way) {
			name, try := strings.CutSuffix(w, "?")
			e, ok := effects[name]
			if !ok {
				t.Fatalf("no effect %q", name)
			}
			p := &rules.Primitive{IRQ: e}
			if try {
				p.Success = rules.NonZero
			}
			st = st.primitive(p)
		}
		if out == nil {
			out = &st
		} else {
			*out = out.join(st)
		}
	}
	return *out
}

func TestIRQState(t *testing.T) {
	for _, c := range []struct {
		ops  string
		hard level
		bh   int8
		lost bool
	}{
		{"", asEntered, 0, false},
		{"irqoff", irqsOff, 0, false},
		{"irqoff irqon", irqsOn, 0, false},
		{"irqsave irqrestore", asEntered, 0, false},
		{"irqoff irqsave irqrestore", irqsOff, 0, false},
		{"irqsave irqsave irqrestore", irqsOff, 0, false},
		{"irqsave irqon irqrestore", asEntered, 0, false},
		{"irqrestore", restored, 0, false},
		{"irqsave irqsave irqsave irqsave irqsave irqrestore", unclear, 0, false}, // too deep
		{"irqsave irqrestore | ", asEntered, 0, false},
		{"irqsave | irqoff", irqsOff, 0, false},
		{"irqsave | ", unclear, 0, false},
		{"irqsave?", unclear, 0, false},
		{"bhoff", asEntered, 1, false},
		{"bhoff bhoff bhon", asEntered, 1, false},
		{"bhoff bhon", asEntered, 0, false},
		{"bhon", asEntered, -1, false},
		{"bhoff | ", asEntered, 0, true},
		{"bhoff?", asEntered, 0, true},
		{"preemptoff", asEntered, 0, false},
	} {
		st := after(t, c.ops)
		if st.hard != c.hard || st.bh != c.bh || st.lost != c.lost {
			t.Errorf("%q: %+v, want %+v", c.ops, st, c)
		}
	}
}

// A call does to its caller what its function does to its entry.
func TestIRQStateUnder(t *testing.T) {
	for _, c := range []struct{ before, callee, behind string }{
		{"", "", ""},
		{"irqoff", "", ""},
		{"", "irqsave", "irqrestore"},
		{"irqoff", "irqsave", "irqrestore"},
		{"irqsave", "irqrestore", ""},
		{"irqsave", "irqrestore irqsave", "irqrestore"},
		{"irqoff", "irqon", ""},
		{"irqsave", "irqon irqoff", "irqrestore"},
		{"irqoff", "irqsave irqsave", "irqrestore irqrestore"},
		{"", "bhoff", "bhon"},
		{"bhoff", "bhon", ""},
		{"bhoff", "bhoff bhoff", "bhon"},
		{"", "irqsave bhoff", "bhon irqrestore"},
	} {
		whole := after(t, strings.Join([]string{c.before, c.callee, c.behind}, " "))
		st := after(t, c.before).under(after(t, c.callee))
		for _, w := range strings.Fields(c.behind) {
			st = irqState.under(st, after(t, w))
		}
		if st != whole {
			t.Errorf("%q, a call that does %q, %q: %+v, want %+v", c.before, c.callee, c.behind, st, whole)
		}
	}
}
