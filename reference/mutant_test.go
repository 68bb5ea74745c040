package reference_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
	"github.com/lockorder/lockorder/reference/mutant"
)

// TestMutants runs each mutant where its fault comes to light and checks that
// it does, by the checker or by an invariant. The sound scheme it was made
// from goes through the same without a sign.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		demo, ok := demonstrations[m.ID]
		if !ok {
			t.Errorf("%s has no demonstration", m.ID)
			continue
		}
		t.Run(m.ID, func(t *testing.T) {
			if m.Kind == "" && m.Invariant == "" {
				t.Fatalf("%s: neither the checker nor an invariant is to catch it", m.What)
			}
			if m.Invariant == "" && !lock.Checking {
				t.Skipf("%s: caught with the build tag lockcheck, as %q", m.What, m.Kind)
			}
			var got []string
			patiently(func(stall time.Duration) bool {
				got = demonstrate(t, demo, m.New(demo.options), stall)
				return len(got) > 0
			})
			noticed(t, m, got)
		})
		for _, scheme := range schemes {
			t.Run(m.ID+"/"+scheme.name, func(t *testing.T) {
				for _, v := range demonstrate(t, demo, scheme.make(demo.options), stall) {
					t.Error(v)
				}
			})
		}
	}
}

// demonstrate runs a demonstration and returns what was found.
func demonstrate(t *testing.T, demo demonstration, s reference.PMDSync, stall time.Duration) []string {
	func() {
		defer ignoreViolation()
		x := patientScene(t, s, stall)
		demo.run(x)
		for _, task := range []*lock.Task{x.p.Task, x.q.Task, x.kernel} {
			task.End()
		}
	}()
	return found(s)
}

// noticed checks that everything that should catch the mutant did.
func noticed(t *testing.T, m mutant.Mutant, got []string) {
	want := []string{m.Invariant}
	if lock.Checking {
		want = append(want, string(m.Kind))
	}
	for _, catcher := range want {
		if catcher == "" {
			continue
		}
		by := find(got, catcher+": ")
		if by == "" {
			t.Errorf("%s: not caught by %q, only by %q", m.What, catcher, got)
			continue
		}
		t.Logf("%s: %s", m.What, by)
	}
}

func find(list []string, prefix string) string {
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			return s
		}
	}
	return ""
}

// A demonstration brings a mutant's fault to light.
type demonstration struct {
	options reference.Options
	run     func(x *scene)
}

var demonstrations = map[string]demonstration{
	"M1":  {reference.Options{Pages: 8}, showMigrate},
	"M2":  {reference.Options{Pages: 8}, showRemap},
	"M3":  {reference.Options{Pages: 32, Tables: 1}, showNoTable},
	"M4":  {reference.Options{Pages: 8}, showPunch},
	"M5":  {reference.Options{Pages: 8}, showMunmap},
	"M6":  {reference.Options{Pages: 32}, showProtectPart},
	"M7":  {reference.Options{Pages: 8}, func(x *scene) { fileGone(x) }},
	"M8":  {reference.Options{Pages: 8}, func(x *scene) { privateWalk(x) }},
	"M9":  {reference.Options{Pages: 8}, showTruncate},
	"M10": {reference.Options{Pages: 8}, func(x *scene) { faultBeyond(x) }},
	"M11": {reference.Options{Pages: 8}, showRemap},
	"M12": {reference.Options{Pages: 8}, showFailure},
	"M13": {reference.Options{Pages: 8}, showProtect},
	"M14": {reference.Options{Pages: 32, Tables: 1}, showNoTableUffd},
	"M15": {reference.Options{Pages: 8}, showProtect},
	"M16": {reference.Options{Pages: 8}, showBackOut},
}

func showMigrate(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 7))
	x.migrate(7)
	x.p.loads(0, 7)
}

func showRemap(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	wait := x.asProcess().at("punch:unmapped", func() { _, _ = x.q.load(0) })
	x.punch()
	wait()
}

func showNoTable(x *scene) {
	x.p.mmap(x.inode, 0, 2*reference.PUDSpan, true)
	x.p.must(x.p.store(0, 1))
	fails(x.t, x.p.store(reference.PUDSpan, 1), reference.ErrNoMemory)
}

func showNoTableUffd(x *scene) {
	x.p.mmap(x.inode, 0, 2*reference.PUDSpan, true)
	x.p.must(x.p.store(0, 1))
	err := x.s.UffdCopy(x.p.Task, x.p.mm, reference.PUDSpan, 1)
	fails(x.t, err, reference.ErrNoMemory)
}

func showPunch(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	x.q.loads(0, 1)
	wait := x.p.at("fault:walked", x.punch)
	_, _ = x.p.load(1)
	wait()
}

func showMunmap(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	x.q.loads(0, 1)
	x.p.must(x.s.Munmap(x.p.Task, x.p.mm, 0))
	x.q.loads(0, 1)
}

func showProtect(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	x.q.loads(0, 1)
	x.p.must(x.s.ChangeProtection(x.p.Task, x.p.mm, 0, 4, false))
	fails(x.t, x.p.store(0, 2), reference.ErrAccess)
	x.q.must(x.q.store(0, 2))
	x.p.loads(0, 2)
}

// showProtectPart changes a range whose first page table cannot be shared, as
// the mapping has only a part of it, while the second is.
func showProtectPart(x *scene) {
	const start = reference.PUDSpan / 2
	for _, p := range []*process{x.p, x.q} {
		_, err := x.s.Mmap(p.Task, p.mm, reference.MapRequest{
			Addr: start, Pgoff: start, Pages: reference.PUDSpan * 3 / 2, Inode: x.inode, Shared: true,
		})
		p.must(err)
	}
	x.p.must(x.p.store(reference.PUDSpan, 1))
	x.q.loads(reference.PUDSpan, 1)
	x.p.must(x.s.ChangeProtection(x.p.Task, x.p.mm, start, 2*reference.PUDSpan, false))
	x.q.must(x.q.store(reference.PUDSpan, 2))
}

func showTruncate(x *scene) {
	x.both(reference.PUDSpan)
	wait := x.asProcess().at("truncate:unmapped", func() { _ = x.p.store(0, 1) })
	x.truncate()
	wait()
}

func showFailure(x *scene) {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 7))
	page := pin(x.t, x.s, x.kernel, 7)
	if err := x.s.MemoryFailure(x.kernel, page); err != nil {
		x.t.Error(err)
	}
	x.s.Common().PutPage(x.kernel, page)
	_, err := x.q.load(0)
	fails(x.t, err, reference.ErrPoison)
}

func showBackOut(x *scene) {
	x.both(4)
	wait := x.p.at("fault:allocated", x.truncate)
	_ = x.p.store(3, 1)
	wait()
}
