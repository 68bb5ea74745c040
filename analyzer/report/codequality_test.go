package report

import (
	"bytes"
	"encoding/json"
	"testing"
)

// An issue is what GitLab asks for, and only new violations are one; none is an
// empty list.
func TestCodeQuality(t *testing.T) {
	at := Position{File: "b.c", Line: 15, Col: 2}
	for _, test := range []struct {
		vs   []*Violation
		want string
	}{
		{nil, `[]`},
		{
			[]*Violation{
				{Check: "cycle", Pos: at, Message: "a and b", Function: "f", Key: "k", Confidence: High, Change: Added},
				{Check: "order", Pos: at, Message: "x", Function: "g", Key: "l", Confidence: Low},
				{Check: "order", Pos: at, Message: "y", Function: "g", Key: "m", Confidence: High, Change: Fixed},
			},
			`[{"description":"a and b, in f","check_name":"cycle","fingerprint":"` + (&Violation{Key: "k"}).digest() +
				`","severity":"critical","location":{"path":"b.c","lines":{"begin":15}}},` +
				`{"description":"x, in g","check_name":"order","fingerprint":"` + (&Violation{Key: "l"}).digest() +
				`","severity":"minor","location":{"path":"b.c","lines":{"begin":15}}}]`,
		},
	} {
		var out, got bytes.Buffer
		h := NewCodeQuality(&out)
		for _, v := range test.vs {
			if err := h.Violation(v); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&got, out.Bytes()); err != nil {
			t.Fatal(err)
		}
		if got.String() != test.want {
			t.Errorf("got  %s\nwant %s", &got, test.want)
		}
	}
}
