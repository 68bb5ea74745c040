package cparse

import (
	"math"
	"slices"
	"testing"
)

func TestPacked(t *testing.T) {
	text := "spin_lock(&q->lock); if (a /* why */ >= 0x10) { s = \"x\\n\"; }\n#define x"
	toks := lexAll(text, 0, len(text))
	toks = append(toks, token{}, token{text: "made", pos: math.MaxInt32, end: math.MaxInt32, kind: tokIdent, flags: flagMacro | flagSpace})
	toks = append(toks, token{text: "back", pos: 3, end: 1})
	if got := pack(toks).tokens(); !slices.Equal(got, toks) {
		t.Errorf("unpacked\n%v, want\n%v", got, toks)
	}
	if got := pack(nil).tokens(); len(got) != 0 {
		t.Errorf("nothing unpacks to %v", got)
	}
}
