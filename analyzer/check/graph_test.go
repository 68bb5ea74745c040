package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/rules"
)

// Loops come shortest first, and no edge is in two of them.
func TestCycles(t *testing.T) {
	for _, c := range []struct{ edges, want string }{
		{"ab bc", ""},
		{"ab bc ca", "abc"},
		{"ab bc cd da bd", "abd"}, // abcd would use ab and da again
		{"ab bc ca xy yz zx cx", "abc xyz"},
		{"ab bc ca cd de ec", "abc cde"},
		{"ab bc cd de ef fa", ""}, // too long
	} {
		g := graph{}
		class := func(r byte) rules.Class { return rules.MakeClass(string(r), "", 0) }
		for _, e := range strings.Fields(c.edges) {
			g.add(edge{class(e[0]), class(e[1])})
		}
		var got []string
		for _, loop := range g.cycles() {
			var names []string
			for _, e := range loop {
				names = append(names, e.outer.String())
			}
			i := slices.Index(names, slices.Min(names))
			got = append(got, strings.Join(slices.Concat(names[i:], names[:i]), ""))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got loops %q, want %q", c.edges, s, c.want)
		}
	}
}
