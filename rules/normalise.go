package rules

import "strings"

// normalise spells a lock's name of a comment in one way: one blank between
// words, a dot for ->, :: and ., no & or @ or struct, no call parentheses and no
// punctuation around it.
func normalise(text string) string {
	text = strings.NewReplacer("->", ".", "::", ".", "&", "", "@", "", "`", "", "()", "").Replace(text)
	text = strings.Join(strings.Fields(text), " ")
	text = strings.TrimPrefix(text, "struct ")
	text = strings.TrimPrefix(text, "the ")
	return strings.Trim(text, " .;:,!-*\"'")
}
