// Package both imports what takes two locks in one order, and in the other.
package both // unit "cycle: base.First and base.Second are taken in both orders"

import (
	"example.test/locks/joined/left"
	"example.test/locks/joined/right"
)

func Both() int {
	right.Right()
	return left.Left()
}
