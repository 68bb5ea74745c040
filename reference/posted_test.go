package reference_test

import (
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
	"github.com/lockorder/lockorder/reference/posted"
)

// TestPosted checks that the checker finds the faults of the scheme as posted,
// and that nothing else is wrong with it: one operation at a time, it works.
func TestPosted(t *testing.T) {
	tests := []struct {
		name    string
		kind    lock.Kind // "" for none
		fatal   bool      // ends the program without the checker
		options reference.Options
		run     func(x *scene)
	}{
		{"share", "", false, small, showShare},
		{"D1 migrate", lock.Order, false, small, showMigrate},
		{"D1 failure", lock.Order, false, small, showFailure},
		{"D2", lock.Order, false, small, showRemap},
		{"D3", lock.Unheld, true, reference.Options{Pages: 32, Tables: 1}, showNoTable},
		{"D4", lock.Required, false, small, func(x *scene) {
			showShare(x)
			x.punch()
			x.p.loads(0, 0)
		}},
		{"D6", lock.Required, false, small, showProtectPart},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.fatal && !lock.Checking {
				t.Skip("needs the build tag lockcheck")
			}
			var got []string
			patiently(func(stall time.Duration) bool {
				got = demonstrate(t, demonstration{test.options, test.run}, posted.New(test.options), stall)
				return len(got) > 0 || test.kind == "" || !lock.Checking
			})
			switch {
			case test.kind == "" || !lock.Checking:
				for _, v := range got {
					t.Error(v)
				}
			case find(got, string(test.kind)+": ") == "":
				t.Errorf("found %q, want a violation of kind %q", got, test.kind)
			}
		})
	}
}

func showShare(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	x.q.loads(0, 1)
	child := x.p.fork("child")
	child.loads(0, 1)
	reference.Exit(child.Task, x.s, child.mm)
}
