package reference_test

import (
	"os/exec"
	"testing"

	"github.com/lockorder/lockorder/reference/lock"
)

// TestLockcheck runs the tests that need the build tag lockcheck with it, so
// that a run without the tag does not pass over them.
func TestLockcheck(t *testing.T) {
	if lock.Checking {
		t.Skip("has the tag")
	}
	if testing.Short() {
		t.Skip("builds the tests anew")
	}
	out, err := exec.Command("go", "test", "-tags", "lockcheck",
		"-run", "TestMutants|TestPosted|TestRaces|TestRules|TestPairs", "./...").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
