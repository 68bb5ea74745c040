// Package left takes the first lock first.
package left

import "example.test/locks/joined/base"

func Left() int {
	base.First.Lock()
	defer base.First.Unlock()
	return base.Sum()
}
