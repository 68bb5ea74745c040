package rules

import "testing"

func TestClassRoundTrip(t *testing.T) {
	for _, c := range []Class{
		{},
		MakeClass("tasklist_lock", "", 0),
		MakeClass("inode.i_rwsem", "", 1),
		MakeClass("folio.PG_locked", "hugetlb", 1),
		MakeClass("hugetlb_fault_mutex_table[]", "", 0),
		MakeClass("hugetlb_fault_mutex_table[]", "hugetlb", 12),
		MakeClass("lock@fs/foo.c/3", "", 0),
		MakeClass("odd[name]", "q]/%", 2),
		MakeClass("%41", "", 0),
	} {
		text, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Class
		if err := back.UnmarshalText(text); err != nil || back != c {
			t.Errorf("%q reads back as %q (%v)", text, back, err)
		}
		bin, err := c.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := back.UnmarshalBinary(bin); err != nil || back != c {
			t.Errorf("%q: binary reads back as %q (%v)", text, back, err)
		}
	}
}

func TestClassParts(t *testing.T) {
	c := MakeClass("folio.PG_locked", "hugetlb", 1)
	if got := c.String(); got != "folio.PG_locked[hugetlb]/1" {
		t.Errorf("String: %s", got)
	}
	if c.Name() != "folio.PG_locked" || c.Qual() != "hugetlb" || c.Sub() != 1 {
		t.Errorf("parts: %s %s %d", c.Name(), c.Qual(), c.Sub())
	}
	if got := c.Base().String(); got != "folio.PG_locked" {
		t.Errorf("Base: %s", got)
	}
	if got := c.WithQual("").WithSub(2).String(); got != "folio.PG_locked/2" {
		t.Errorf("WithQual, WithSub: %s", got)
	}
	if !MakeClass("", "q", 1).IsZero() || c.IsZero() {
		t.Error("IsZero")
	}
	if again := MakeClass("a", "q", 3); again != MakeClass("a", "q", 3) {
		t.Error("not interned")
	}
}

func FuzzClass(f *testing.F) {
	f.Add("folio.PG_locked", "hugetlb", 1)
	f.Add("a[]/2", "%5", 0)
	f.Fuzz(func(t *testing.T, name, qual string, sub int) {
		c := MakeClass(name, qual, sub%(1<<20))
		text, _ := c.MarshalText()
		var back Class
		if err := back.UnmarshalText(text); err != nil || back != c {
			t.Fatalf("%q %q %d: %q reads back as %q (%v)", name, qual, sub, text, back, err)
		}
		bin, _ := c.MarshalBinary()
		if err := back.UnmarshalBinary(bin); err != nil || back != c {
			t.Fatalf("%q: binary reads back as %q (%v)", text, back, err)
		}
		back.UnmarshalText([]byte(name))
		back.UnmarshalBinary([]byte(name))
	})
}
