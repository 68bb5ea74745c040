package analyzer

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
)

// A whole run is kept as the messages that it has sent, with all that it has asked the
// tree for. It is sent again where the same is asked of a tree that still has the same
// there: what a run comes to follows from that, from its configuration, and from the
// program.

// runKind is the kind of the entries for whole runs.
const runKind = "run"

// maxRun bounds the messages that are kept of a run.
const maxRun = 64 << 20

// A runKey is what a run is kept under; none where it is not kept.
type runKey struct {
	hash cache.Hash
	ok   bool
}

// keyOf says under what a run is kept: by all of its configuration but for what changes
// nothing in its result.
func keyOf(cfg Config, checks []*check.Check) runKey {
	if cfg.Cache == nil || len(cfg.Overlay) > 0 || cfg.extra != nil || cfg.reuse != nil || cfg.everywhere || cfg.nothing {
		return runKey{}
	}
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return runKey{}
	}
	parts := []string{
		cfg.Root, root, cfg.Arch, cfg.RuleSet, cfg.MinConfidence, cfg.Version, fmt.Sprint(cfg.Whole, cfg.All, cfg.Arms),
		fmt.Sprint(isFile(filepath.Join(root, kernelMark))),
	}
	list := func(names ...string) {
		parts = append(parts, fmt.Sprint(len(names)))
		parts = append(parts, names...)
	}
	list(cfg.Paths...)
	list(cfg.RuleFiles...)
	for _, c := range checks {
		list(c.Name)
	}
	files := cfg.RuleFiles
	if kconfig := kconfigName(cfg); kconfig != "" {
		parts = append(parts, kconfig)
		files = append(files[:len(files):len(files)], kconfig)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return runKey{} // it is the run that says so
		}
		parts = append(parts, string(text))
	}
	return runKey{cache.SumStrings(parts...), true}
}

// with is the key of a run on a series.
func (k runKey) with(cfg Config, series *patch.Series, states []*patch.State) runKey {
	if !k.ok {
		return k
	}
	parts := []string{"series", string(k.hash[:]), fmt.Sprint(cfg.Existing)}
	list := func(names []string) {
		parts = append(parts, fmt.Sprint(len(names)))
		parts = append(parts, names...)
	}
	list(series.Notes)
	for _, p := range series.Patches {
		parts = append(parts, p.Title(), p.ID)
		list(p.Names())
	}
	for _, st := range states {
		list(st.Touched)
		names := slices.Sorted(maps.Keys(st.Files))
		list(names)
		for _, name := range names {
			parts = append(parts, fmt.Sprint(st.Files[name] == nil), string(st.Files[name]))
		}
	}
	k.hash = cache.SumStrings(parts...)
	return k
}

// replay sends what a run has sent before; false if that is not known. The error is h's.
func replay(cfg Config, key runKey, h report.Handler) (bool, error) {
	if !key.ok {
		return false, nil
	}
	raw, ok := cfg.Cache.Get(runKind, key.hash)
	if !ok {
		return false, nil
	}
	d := cache.NewDecoder(raw)
	in := cache.DecodeInputs(d)
	messages := d.String()
	if d.End() != nil || report.ReadJSON("", bytes.NewReader([]byte(messages)), ignore{}) != nil {
		cfg.Cache.Damaged(runKind, key.hash)
		return false, nil
	}
	if !cfg.Cache.Tree(cfg.Root).Same(in) {
		return false, nil
	}
	return true, report.ReadJSON("", bytes.NewReader([]byte(messages)), h)
}

// A recorder keeps the messages that it hands on.
type recorder struct {
	report.Handler
	text bytes.Buffer
	json report.Handler
}

// record returns what keeps the messages to h, if key says so.
func record(key runKey, h report.Handler) (report.Handler, *recorder) {
	if !key.ok {
		return h, nil
	}
	r := &recorder{Handler: h}
	r.json = report.NewJSON(&r.text)
	return r, r
}

func (r *recorder) Config(c *report.Config) error {
	r.json.Config(c)
	return r.Handler.Config(c)
}

func (r *recorder) Problem(p *report.Problem) error {
	r.json.Problem(p)
	return r.Handler.Problem(p)
}

func (r *recorder) Violation(v *report.Violation) error {
	r.json.Violation(v)
	return r.Handler.Violation(v)
}

func (r *recorder) Stats(s *report.Stats) error {
	r.json.Stats(s)
	return r.Handler.Stats(s)
}

// keep writes the run into the cache.
func (r *recorder) keep(cfg Config, key runKey) {
	if r == nil || r.text.Len() > maxRun {
		return
	}
	in, ok := cfg.Cache.Tree(cfg.Root).Inputs()
	if !ok {
		return
	}
	var e cache.Encoder
	in.Encode(&e)
	e.String(r.text.String())
	cfg.Cache.Put(runKind, key.hash, e.Bytes())
}

// ignore is a handler that does nothing.
type ignore struct{}

func (ignore) Config(*report.Config) error       { return nil }
func (ignore) Problem(*report.Problem) error     { return nil }
func (ignore) Violation(*report.Violation) error { return nil }
func (ignore) Stats(*report.Stats) error         { return nil }
func (ignore) Close() error                      { return nil }
