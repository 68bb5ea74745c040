package report

import (
	"encoding/json"
	"io"
)

// NewCodeQuality returns a handler that writes GitLab's code quality report: a
// JSON array with an issue for each violation, of a series for those that it adds.
// It is written when the handler is closed. Trouble with the input has no place in
// it.
func NewCodeQuality(w io.Writer) Handler { return &codeQuality{w: w, issues: []qualityIssue{}} }

type codeQuality struct {
	w      io.Writer
	issues []qualityIssue
}

type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

func (h *codeQuality) Config(*Config) error   { return nil }
func (h *codeQuality) Problem(*Problem) error { return nil }
func (h *codeQuality) Stats(*Stats) error     { return nil }

func (h *codeQuality) Violation(v *Violation) error {
	if !v.Fault() {
		return nil
	}
	q := qualityIssue{
		Description: v.Message + ", in " + v.Function, CheckName: v.Check, Fingerprint: v.digest(),
		Severity: map[Confidence]string{High: "critical", Medium: "major", Low: "minor"}[v.Confidence],
	}
	q.Location.Path = v.Pos.File
	q.Location.Lines.Begin = max(v.Pos.Line, 1)
	h.issues = append(h.issues, q)
	return nil
}

func (h *codeQuality) Close() error {
	e := json.NewEncoder(h.w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(h.issues)
}
