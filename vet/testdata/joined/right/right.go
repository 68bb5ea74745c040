// Package right takes the second lock first.
package right

import "example.test/locks/joined/base"

func Right() {
	base.Second.Lock()
	base.With(func() {})
	base.Second.Unlock()
}
