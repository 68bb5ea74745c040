package cparse

import "fmt"

// A Problem is trouble with the input: where it is and what. It never stops
// the work on the rest of the tree.
type Problem struct {
	File string // relative to the tree's root
	Pos  int32  // byte offset, 0 where the whole file is meant
	Line int    // 1-based, 0 where the whole file is meant
	Col  int    // in bytes, 1-based
	Msg  string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Msg)
}
