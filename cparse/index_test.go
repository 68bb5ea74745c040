package cparse

import (
	"slices"
	"testing"
)

func TestQuickDefs(t *testing.T) {
	const src = `
static inline void nothing(struct rq *rq) { }
#ifdef CONFIG_X
static inline void
neither(struct rq *rq) { }
#endif
/* Don't { stop here. */
void lock_rq(struct rq *rq, int sub)
{
	if (sub) {
		go(rq);
	}
}
struct one { int x; };
struct two {
	int y;
};
int get(void) { return 1; }
void unlock_rq(struct rq *rq)
{
}
extern void declared(struct rq *rq);
`
	var got []string
	quickDefs(src, false, func(name string) { got = append(got, name) })
	want := []string{"lock_rq", "struct one", "struct two", "get", "unlock_rq"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
