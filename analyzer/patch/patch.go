package patch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// A Series is a list of patches, in the order in which they apply.
type Series struct {
	Patches []*Patch

	// Base has the files of the tree before the first patch, where they are
	// not those on the disk: nil for a file that is not there.
	Base map[string][]byte

	Notes []string // what was passed over, and why
}

// A Patch is what one mail or one commit changes.
type Patch struct {
	Source  string // where it was read: "series.mbox, message 3"
	Subject string // without "[PATCH 2/4]"
	Tag     string // "[PATCH v2 2/4]", "" if there is none
	ID      string // of the message, or of the commit; may be ""
	Author  string // as the mail or the commit has it
	Files   []*gitdiff.File

	version, number, total int // of the tag; 0 if it does not say
	reply                  bool
	cover                  bool
}

// Title names a patch as its author does.
func (p *Patch) Title() string {
	switch {
	case p.Subject == "":
		return p.Source
	case p.Tag == "":
		return p.Subject
	}
	return p.Tag + " " + p.Subject
}

// Names lists the files that the patch touches, before and after, sorted.
func (p *Patch) Names() []string {
	var out []string
	for _, f := range p.Files {
		for _, n := range []string{f.OldName, f.NewName} {
			if n != "" {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// add appends the patches of another input.
func (s *Series) add(t *Series) {
	s.Patches = append(s.Patches, t.Patches...)
	s.Notes = append(s.Notes, t.Notes...)
}

func (s *Series) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// sort drops what is no part of the series, and puts the rest in order.
func (s *Series) sort() error {
	s.dropCopies()
	numbered := slices.ContainsFunc(s.Patches, func(p *Patch) bool { return p.number > 0 && !p.reply })
	if numbered {
		s.keep(func(p *Patch) bool { return !p.reply }, "a reply")
	}
	if !slices.ContainsFunc(s.Patches, func(p *Patch) bool { return p.number == 0 }) && len(s.Patches) > 0 {
		if err := s.renumber(); err != nil {
			return err
		}
	}
	if len(s.Patches) == 0 {
		return fmt.Errorf("no patch in the input%s", notes(s.Notes))
	}
	return nil
}

func notes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return ": " + strings.Join(list, "; ")
}

func (s *Series) keep(want func(*Patch) bool, why string) {
	s.Patches = slices.DeleteFunc(s.Patches, func(p *Patch) bool {
		if want(p) {
			return false
		}
		s.note("passed over %s: %s", p.Title(), why)
		return true
	})
}

// dropCopies drops mails that came twice, by way of two lists.
func (s *Series) dropCopies() {
	seen := map[string]bool{}
	s.keep(func(p *Patch) bool {
		again := p.ID != "" && seen[p.ID]
		seen[p.ID] = true
		return !again
	}, "it is there twice")
}

// renumber takes of each number the last version, and sorts by number.
func (s *Series) renumber() error {
	last, total := 0, 0
	for _, p := range s.Patches {
		last = max(last, p.version)
	}
	for _, p := range s.Patches {
		if p.version == last {
			if total != 0 && p.total != total {
				return nil // several series, one after the other
			}
			total = p.total
		}
	}
	best := map[int]*Patch{}
	for _, p := range s.Patches {
		if p.total != total {
			continue
		}
		if b := best[p.number]; b == nil || b.version < p.version {
			best[p.number] = p
		} else if b.version == p.version {
			return nil // as above
		}
	}
	s.keep(func(p *Patch) bool { return best[p.number] == p }, "there is a later version")
	slices.SortStableFunc(s.Patches, func(a, b *Patch) int { return cmp.Compare(a.number, b.number) })
	first := s.Patches[0].number
	for i, p := range s.Patches {
		if p.number != first+i {
			return fmt.Errorf("patch %d/%d of the series is missing", first+i, total)
		}
	}
	if n := len(s.Patches); n < total {
		s.note("only patches %d to %d of %d are there", first, first+n-1, total)
	}
	return nil
}
