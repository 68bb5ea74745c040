// Package slab makes slices that are all gone at once: those of one macro expansion, of one
// function's summary. There are millions of them, which the garbage collector never sees.
package slab

// A Slab makes slices of T. Use New.
type Slab[T any] struct {
	buf    []T
	used   int
	missed int // elements that did not fit
	most   int
}

// New returns a slab of some elements, that grows to at most so many. What does not fit is
// allocated.
func New[T any](least, most int) *Slab[T] { return &Slab[T]{buf: make([]T, least), most: most} }

// Reset takes all slices back: none of them may be used any more. What they held is let go.
func (s *Slab[T]) Reset() {
	clear(s.buf[:s.used])
	if s.missed > 0 && len(s.buf) < s.most {
		s.buf = make([]T, min(2*(s.used+s.missed), s.most))
	}
	s.used, s.missed = 0, 0
}

// Make returns an empty slice with room for n elements.
func (s *Slab[T]) Make(n int) []T {
	if s.used+n > len(s.buf) {
		s.missed += n
		return make([]T, 0, n)
	}
	s.used += n
	return s.buf[s.used-n : s.used-n : s.used]
}

// Append is the builtin, with more room from the slab.
func (s *Slab[T]) Append(to []T, v T) []T {
	if len(to) < cap(to) {
		return append(to, v)
	}
	n := max(len(to), 8)
	if c := cap(to); c > 0 && s.used >= c && &to[:c][c-1] == &s.buf[s.used-1] && s.used+n <= len(s.buf) {
		from := s.used - c // it is the last one, and grows where it is
		s.used += n
		return append(s.buf[from:s.used-n:s.used], v)
	}
	return append(append(s.Make(len(to)+n), to...), v)
}
