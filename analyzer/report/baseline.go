package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// baselineProtocol is the version of the file that a Baseline is kept in.
const baselineProtocol = "lockorder-baseline/1"

// A Baseline is the set of violations that a tree had when it was recorded.
// They are matched by Key, so that an edit that only moves them changes nothing.
type Baseline struct {
	entries map[string]*baselineEntry
}

// A baselineEntry is a line of the file. Key decides; the rest tells a reader
// what it stands for, and a scan whether it has looked at it.
type baselineEntry struct {
	Key     string   `json:"key"`
	Check   string   `json:"check"`
	Message string   `json:"message"`
	Files   []string `json:"files"` // any of them reported on: the entry is too
}

// ReadBaseline reads what Write wrote. An error begins with the name and the
// line.
func ReadBaseline(name string, r io.Reader) (*Baseline, error) {
	b := &Baseline{entries: map[string]*baselineEntry{}}
	in := bufio.NewReader(r)
	begun := false
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		last := err == io.EOF
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if !begun {
				var head struct {
					Baseline string `json:"baseline"`
				}
				if err := json.Unmarshal(line, &head); err != nil || head.Baseline == "" {
					return nil, fmt.Errorf("%s:%d: not a baseline: its first line is not {\"baseline\":%q}", name, n, baselineProtocol)
				}
				if head.Baseline != baselineProtocol {
					return nil, fmt.Errorf("%s:%d: baseline of version %q, but this lockorder reads %q", name, n, head.Baseline, baselineProtocol)
				}
				begun = true
			} else if err := b.parse(line); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n, err)
			}
		}
		if last {
			break
		}
	}
	if !begun {
		return nil, fmt.Errorf("%s: not a baseline: the file is empty", name)
	}
	return b, nil
}

func (b *Baseline) parse(line []byte) error {
	e := &baselineEntry{}
	if err := json.Unmarshal(line, e); err != nil {
		return err
	}
	if e.Key == "" || e.Check == "" {
		return fmt.Errorf("an entry without a key or a check")
	}
	if b.entries[e.Key] != nil {
		return fmt.Errorf("a second entry of the key %q", e.Key)
	}
	b.entries[e.Key] = e
	return nil
}

// Write writes the baseline, a line an entry, sorted, so that a change of it
// reads well as a patch.
func (b *Baseline) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]string{"baseline": baselineProtocol}); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(b.entries)) {
		if err := enc.Encode(b.entries[key]); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Len counts the entries.
func (b *Baseline) Len() int { return len(b.entries) }

// Filter returns a handler that hands on to next what is not in the baseline.
// The stats that it hands on say how many were, and name the entries that match
// nothing any more, of the checks and the paths of the scan.
func (b *Baseline) Filter(next Handler) Handler {
	return &baselineFilter{Handler: next, base: b, seen: map[string]bool{}}
}

// Recorder returns a handler that puts what it is sent into the baseline, and
// hands on the rest of the messages. Entries that the scan did not look at stay;
// those that match nothing any more go.
func (b *Baseline) Recorder(next Handler) Handler {
	return &baselineFilter{Handler: next, base: b, seen: map[string]bool{}, record: true}
}

type baselineFilter struct {
	Handler
	base   *Baseline
	config *Config
	seen   map[string]bool
	record bool
}

func (f *baselineFilter) Config(c *Config) error {
	f.config = c
	return f.Handler.Config(c)
}

func (f *baselineFilter) Violation(v *Violation) error {
	if f.record {
		f.base.put(v)
	}
	if f.base.entries[v.Key] == nil {
		return f.Handler.Violation(v)
	}
	f.seen[v.Key] = true
	return nil
}

func (f *baselineFilter) Stats(s *Stats) error {
	with := *s
	with.Known = len(f.seen)
	with.Violations -= len(f.seen)
	for _, key := range slices.Sorted(maps.Keys(f.base.entries)) {
		if f.seen[key] || !f.looked(f.base.entries[key]) {
			continue
		}
		with.Gone = append(with.Gone, key)
		if f.record {
			delete(f.base.entries, key)
		}
	}
	return f.Handler.Stats(&with)
}

// looked reports whether the scan would have found the entry.
func (f *baselineFilter) looked(e *baselineEntry) bool {
	if f.config == nil {
		return false
	}
	return slices.Contains(f.config.Checks, e.Check) &&
		(len(f.config.Paths) == 0 || slices.ContainsFunc(e.Files, func(file string) bool {
			return slices.ContainsFunc(f.config.Paths, func(p string) bool {
				return p == "." || file == p || strings.HasPrefix(file, p+"/")
			})
		}))
}

// put adds a violation, with the files that make it of interest: the ones in
// which its locks are taken, and where its path begins.
func (b *Baseline) put(v *Violation) {
	e := &baselineEntry{Key: v.Key, Check: v.Check, Message: v.Message, Files: []string{v.Pos.File}}
	if len(v.Paths) > 0 {
		for _, s := range v.Paths[0].Steps {
			if s.Quote || s.Function == v.Root {
				e.Files = append(e.Files, s.Pos.File)
			}
		}
	}
	slices.Sort(e.Files)
	e.Files = slices.Compact(e.Files)
	if b.entries == nil {
		b.entries = map[string]*baselineEntry{}
	}
	b.entries[v.Key] = e
}
