package rules

import "strings"

// normalise spells a name of a comment in one way.
func normalise(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
