package rules

import (
	"regexp"
	"strings"
)

// A Sign says which lock is taken first in a chain such as "a < b". Projects
// use both signs, and each for both orders.
type Sign string

const (
	KernelSign   Sign = ""  // a > b: a is taken first; < makes no chain
	LessFirst    Sign = "<" // a < b: a is taken first; a > b: b is
	GreaterFirst Sign = ">" // a > b: a is taken first; a < b: b is
	Unsettled    Sign = "?" // only the words of a comment can tell
	leftFirst    Sign = "left"
	rightFirst   Sign = "right"
)

var (
	greater     = regexp.MustCompile(`\s>\s+|\s>$`)
	lessGreater = regexp.MustCompile(`\s[<>]\s+|\s[<>]$`)

	// "(outermost first)", "innermost to outermost".
	outerToInner = regexp.MustCompile(`(?i)\bouter(most)?( locks?)? first\b|\bfrom outer|\bouter(most)? to inner|\bin (the )?order of (acquisition|acquiring|locking)\b|\b(taken|acquired|locked) from left to right\b`)
	innerToOuter = regexp.MustCompile(`(?i)\binner(most)?( locks?)? first\b|\bfrom inner|\binner(most)? to outer|\b(taken|acquired|locked) from right to left\b`)
	// "< means acquired before".
	signMeans = regexp.MustCompile(`(?i)["'\x60]?([<>])["'\x60]?\s+(?:means|denotes|stands for|reads(?: as)?)\s+[^.;]*?\b(before|after|outside|inside)\b`)
	// "a < b means that a is taken before b".
	pairMeans = regexp.MustCompile(`(?i)([\w.]+)\s+([<>])\s+([\w.]+)["'\x60]?\s+(?:means|says)(?: that)?\s+([\w.]+)\b[^.;]*?\b(before|after|outside|inside)\b(?: of)?(?: the)?\s+([\w.]*\w)`)
)

// separator is what separates the names of a chain without arrows.
func (s Sign) separator() *regexp.Regexp {
	if s == KernelSign {
		return greater
	}
	return lessGreater
}

// settled is the sign for a comment: what its words say, else s.
func (s Sign) settled(lines []textLine) Sign {
	if s == KernelSign {
		return s
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text + " ")
	}
	text := b.String()
	signs := map[Sign]bool{}
	note := func(sign string, first bool) {
		if first == (sign == "<") {
			signs[LessFirst] = true
		} else {
			signs[GreaterFirst] = true
		}
	}
	for _, m := range pairMeans.FindAllStringSubmatch(text, -1) {
		a, sign, b, x, how, y := m[1], m[2], m[3], m[4], m[5], m[6]
		first := how == "before" || how == "outside"
		switch {
		case x == a && y == b:
			note(sign, first)
		case x == b && y == a:
			note(sign, !first)
		}
	}
	if len(signs) == 0 {
		for _, m := range signMeans.FindAllStringSubmatch(text, -1) {
			note(m[1], m[2] == "before" || m[2] == "outside")
		}
	}
	if outerToInner.MatchString(text) {
		signs[leftFirst] = true
	}
	if innerToOuter.MatchString(text) {
		signs[rightFirst] = true
	}
	switch len(signs) {
	case 0:
		return s
	case 1:
		for sign := range signs {
			return sign
		}
	}
	return Unsettled
}

// first reports whether the lock on the left of a chain is taken first; false
// if that is not known, or if the chain has both signs.
func (s Sign) first(lines []textLine) (left, ok bool) {
	less, more := false, false
	for _, l := range lines {
		for _, m := range s.separator().FindAllString(" "+l.text+" ", -1) {
			less = less || strings.Contains(m, "<")
			more = more || strings.Contains(m, ">")
		}
	}
	if less && more {
		return false, false
	}
	switch s {
	case KernelSign, leftFirst:
		return true, true
	case rightFirst:
		return false, true
	case LessFirst:
		return less, true
	case GreaterFirst:
		return more, true
	}
	return false, false
}

// explained reports whether text says what a sign means, and so is no chain itself.
func (s Sign) explained(text string) bool {
	return s != KernelSign && pairMeans.MatchString(text)
}
