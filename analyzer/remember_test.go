package analyzer

import (
	"fmt"
	"slices"
	"testing"
)

func TestCalled(t *testing.T) {
	src := []byte("int f(void)\n{\n\tg (1);\n\th\t(2);\n\treturn g(3) + x * (4) + k;\n}\n(")
	var want []bloomKey
	for _, name := range []string{"f", "g", "h"} {
		want = append(want, bloomKeyOf(name))
	}
	got := called(src)
	if len(got) != len(want) {
		t.Errorf("%d names are called, want %d", len(got), len(want))
	}
	for i, k := range want {
		if !slices.Contains(got, k) {
			t.Errorf("name %d of f, g and h is not called", i)
		}
	}
}

// TestBloom: what is in the filter is found, and little else.
func TestBloom(t *testing.T) {
	for _, n := range []int{0, 1, 7, 300} {
		var in []bloomKey
		for i := range n {
			in = append(in, bloomKeyOf(fmt.Sprintf("in_%d", i)))
		}
		b := newBloom(in)
		for i, k := range in {
			if !b.has(k) {
				t.Errorf("of %d names, %d is not found", n, i)
			}
		}
		wrong := 0
		for i := range 10000 {
			if b.has(bloomKeyOf(fmt.Sprintf("out_%d", i))) {
				wrong++
			}
		}
		if n != 1 && n != 7 && wrong > 100 {
			t.Errorf("of %d names, %d of 10000 others are found", n, wrong)
		}
	}
}
