package cparse

import (
	"fmt"
	"slices"
	"testing"
)

// What a file rests on is asked for while others go on reading.
func TestRestsOnWhileReading(t *testing.T) {
	const records = 1000
	files := map[string]string{"user.c": "int user;\n"}
	for i := range records {
		files[fmt.Sprintf("r%d.h", i)] = fmt.Sprintf("#include \"i%d.h\"\nstruct s%d { int x; };\n", i, i)
		files[fmt.Sprintf("i%d.h", i)] = "int i;\n"
	}
	tree := testTree(t, files)
	f, err := tree.File("user.c")
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for i := range records {
			f.findRecord(fmt.Sprintf("struct s%d", i))
		}
	}()
	for reading := true; reading; {
		select {
		case <-read:
			reading = false
		default:
		}
		_, numbers := f.RestsOn()
		if premises := tree.Premises(); len(numbers) > 0 && int(slices.Max(numbers)) >= len(premises) {
			t.Fatalf("RestsOn has premise %d of %d", slices.Max(numbers), len(premises))
		}
	}
	_, numbers := f.RestsOn()
	premises := tree.Premises()
	rests := map[Premise]bool{}
	for _, n := range numbers {
		rests[premises[n]] = true
	}
	for i := range records {
		for _, h := range []string{"r", "i"} {
			if p := (Premise{PremiseHeader, fmt.Sprintf("%s%d.h", h, i)}); !rests[p] {
				t.Fatalf("user.c does not rest on %v", p)
			}
		}
	}
}
