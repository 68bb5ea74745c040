package rules

import "go/token"

// An Import is what the comments of a tree declare.
type Import struct {
	Orders   []Order
	Unmapped []Unmapped
	Sites    []Site
}

// An Unmapped is a piece of a declaration that gave no order, and why.
type Unmapped struct {
	Pos    token.Position
	Text   string
	Reason string
}

// A Site is one place that declares an order.
type Site struct {
	Pos    token.Position
	Title  string // the heading, as written
	Form   string // tree, arrows, chain, greater, numbered, flat, list, prose
	Orders int    // how many orders it gave
}

// ImportComments reads the orders that comments of a tree's files declare.
func ImportComments(files []Source, s *Set) Import { return Import{} }
