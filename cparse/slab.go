package cparse

import "sync"

// A slab is where an expansion makes the runs of tokens that are gone when it is
// done: most of what lowering a kernel allocates, if each were its own.
type slab struct {
	buf    []token
	used   int
	missed int // tokens that did not fit
}

// The tokens of a slab: at first, and at most. What does not fit is allocated.
const (
	minSlab = 1 << 9
	maxSlab = 1 << 16
)

var slabs = sync.Pool{New: func() any { return &slab{buf: make([]token, minSlab)} }}

// free gives the slab back. None of its tokens may be used any more.
func (s *slab) free() {
	clear(s.buf[:s.used]) // they hold on to the text of files
	if s.missed > 0 && len(s.buf) < maxSlab {
		s.buf = make([]token, min(2*(s.used+s.missed), maxSlab))
	}
	s.used, s.missed = 0, 0
	slabs.Put(s)
}

// make returns an empty run with room for n tokens.
func (s *slab) make(n int) []token {
	if s.used+n > len(s.buf) {
		s.missed += n
		return make([]token, 0, n)
	}
	s.used += n
	return s.buf[s.used-n : s.used-n : s.used]
}

// append is the builtin, with more room from the slab.
func (s *slab) append(to []token, t token) []token {
	if len(to) < cap(to) {
		return append(to, t)
	}
	n := max(len(to), 8)
	if c := cap(to); c > 0 && s.used >= c && &to[:c][c-1] == &s.buf[s.used-1] && s.used+n <= len(s.buf) {
		from := s.used - c // it is the last one, and grows where it is
		s.used += n
		return append(s.buf[from:s.used-n:s.used], t)
	}
	more := s.make(len(to) + n)
	return append(append(more, to...), t)
}
