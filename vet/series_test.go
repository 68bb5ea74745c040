package vet_test

import (
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/reference/mutant"
	"github.com/lockorder/lockorder/vet"
)

// scheme is the configuration for packages of the reference implementation
// under the order of one state of the series.
func scheme(order string, packages ...string) vet.Config {
	cfg := vet.Config{Dir: "..", RuleFiles: []string{filepath.Join("..", "rules", "series", order+".lockorder")}}
	for _, p := range packages {
		cfg.Patterns = append(cfg.Patterns, "./reference/"+p)
	}
	return cfg
}

// TestSchemes checks the schemes: the sound ones keep to their order.
func TestSchemes(t *testing.T) {
	for _, state := range []string{"before", "after"} {
		t.Run(state, func(t *testing.T) {
			c := run(t, scheme(state, state, "lock", "."))
			for _, v := range c.Violations {
				t.Errorf("%s: %s: %s", v.Pos, v.Check, v.Message)
			}
			if c.Statistics.Pairs < 50 {
				t.Errorf("only %d pairs of locks were seen", c.Statistics.Pairs)
			}
		})
	}
}

// TestPosted checks that each fault of locks that the series was posted with
// is found where it is, and nothing else.
func TestPosted(t *testing.T) {
	want := map[string]string{
		"posted.Scheme.move order":          "D1",
		"posted.Scheme.MemoryFailure order": "D1",
		"posted.Scheme.removeIndex order":   "D2",
		"posted.Scheme.faultOnce imbalance": "D3",
		"posted.Scheme.PunchHole unheld":    "D4",
	}
	for _, v := range run(t, scheme("posted", "posted", ".")).Violations {
		key := v.Function + " " + v.Check
		if want[key] == "" {
			t.Errorf("%s: not wanted: %s: %s", v.Pos, v.Check, v.Message)
		}
		delete(want, key)
	}
	for key, id := range want {
		t.Errorf("%s: no report %s", id, key)
	}
}

// TestMutants checks that each mutant with a fault of locks is reported in the
// function that has it.
func TestMutants(t *testing.T) {
	found := map[string]map[string]bool{}
	for order, from := range map[string]string{"after": "posted", "before": ""} {
		found[order] = map[string]bool{}
		cfg := scheme(order, "mutant")
		if from != "" {
			cfg.Patterns = append(cfg.Patterns, "./reference/"+from)
		}
		cfg.All = true
		for _, v := range run(t, cfg).Violations {
			found[order][v.Function] = true
			found[order][v.Root] = true
			t.Logf("%s: %s: %s: %s: %s (%s)", order, v.Pos, v.Function, v.Check, v.Message, v.Confidence)
		}
	}
	for _, m := range mutant.All {
		order := "after"
		if m.ID == "M11" || m.ID == "M12" { // made from the scheme before
			order = "before"
		}
		if m.Vet != "" && !found[order][m.Vet] {
			t.Errorf("%s: %s: not found in %s", m.ID, m.What, m.Vet)
		}
	}
}
