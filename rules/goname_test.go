package rules

import "testing"

// TestForGo finds the locks of a Go program by what a rules file calls them.
func TestForGo(t *testing.T) {
	s, err := Load(Source{"a.lockorder", []byte(`
alias inode = go:reference.Inode.IRwsem
store.Store.mu < Bucket.mu < example.test/m/log.Log.mu
leaf stats.Stats.mu
`)})
	if err != nil {
		t.Fatal(err)
	}
	s = s.ForGo("example.test/m", []string{"example.test/m/own.Mutex"})
	for natural, want := range map[string]string{
		"example.test/m/store.Store.mu":   "store.Store.mu",
		"example.test/m/restore.Store.mu": "example.test/m/restore.Store.mu", // not a whole element
		"example.test/m/cache.Bucket.mu":  "Bucket.mu",
		"other.test/m/cache.Bucket.mu":    "other.test/m/cache.Bucket.mu", // not of the module
		"example.test/m/log.Log.mu":       "example.test/m/log.Log.mu",
		"x/y/reference.Inode.IRwsem":      "inode",
		"example.test/m/stats.Stats.mu":   "stats.Stats.mu",
	} {
		if got := s.Canonical(natural); got != want {
			t.Errorf("%s is called %s, want %s", natural, got, want)
		}
	}
	if !s.Container("example.test/m/own.Mutex") {
		t.Error("the container is not known")
	}
}

// TestNatural puts the names of a program into orders and leaves.
func TestNatural(t *testing.T) {
	s, err := Load(Source{"a.lockorder", []byte("store.Store.mu < Bucket.mu\nleaf stats.Stats.mu\n")})
	if err != nil {
		t.Fatal(err)
	}
	store, bucket, stats := "m/store.Store.mu", "m/cache.Bucket.mu", "m/stats.Stats.mu"
	s = s.Natural("m", []string{store, bucket, stats})
	class := func(name string) Class { return MakeClass(name, "", 0) }
	if len(s.Why(class(store), class(bucket))) != 1 || len(s.Why(class(bucket), class(store))) != 0 {
		t.Errorf("the order is lost: %v", s.Orders())
	}
	if len(s.Why(class(store), class(stats))) != 1 || len(s.Why(class(stats), class(store))) != 0 {
		t.Error("the leaf is lost")
	}
}
