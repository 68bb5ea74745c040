package report

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// SARIFOptions are what SARIF has to say that no message says.
type SARIFOptions struct {
	// Rules describe the checks, which are the rules of SARIF: those that ran
	// are listed, by the names in Config.Checks.
	Rules []CheckDoc
}

// A CheckDoc is the documentation of a check: a line that says what is wrong,
// and after an empty line the rest.
type CheckDoc struct {
	Name string
	Doc  string
}

// NewSARIF returns a handler that writes a SARIF 2.1.0 log to w: one run, with a
// result for each violation. The package documentation says what goes where. The
// log is one JSON value, and is written when the handler is closed.
func NewSARIF(w io.Writer, opts SARIFOptions) Handler {
	return &sarifLog{w: w, opts: opts, run: sarif.NewRun(), invocation: sarif.NewInvocation().WithExecutionSuccessful(true)}
}

// fingerprint names the way in which Violation.Key becomes a fingerprint. A
// change of the key's form is another version.
const fingerprint = "lockorderKey/v1"

// srcRoot stands for the directory that a SARIF log's paths are relative to.
const srcRoot = "%SRCROOT%"

type sarifLog struct {
	w          io.Writer
	opts       SARIFOptions
	run        *sarif.Run
	invocation *sarif.Invocation
}

func (h *sarifLog) Config(c *Config) error {
	driver := sarif.NewToolComponent().WithName("lockorder").WithInformationURI("https://github.com/lockorder/lockorder")
	if c.Version != "" {
		driver.WithVersion(c.Version)
	}
	for _, name := range c.Checks {
		rule := sarif.NewReportingDescriptor().WithID(name)
		if i := slices.IndexFunc(h.opts.Rules, func(d CheckDoc) bool { return d.Name == name }); i >= 0 {
			title, rest, _ := strings.Cut(strings.TrimSpace(h.opts.Rules[i].Doc), "\n")
			rule.WithShortDescription(multiformat(title))
			if rest = strings.TrimSpace(rest); rest != "" {
				rule.WithFullDescription(multiformat(rest)).WithHelp(multiformat(rest))
			}
		}
		driver.AddRule(rule)
	}
	h.run.WithTool(sarif.NewTool().WithDriver(driver)).WithColumnKind("unicodeCodePoints")
	return nil
}

func (h *sarifLog) Problem(q *Problem) error {
	n := sarif.NewNotification().WithMessage(message(q.Message))
	n.WithDescriptor(sarif.NewReportingDescriptorReference().WithID(q.Kind))
	n.WithLevel("note")
	if !q.Warning {
		n.WithLevel("error")
		h.invocation.WithExecutionSuccessful(false)
	}
	if q.Pos.File != "" {
		n.AddLocation(location(q.Pos, q.Function))
	}
	h.invocation.AddToolExecutionNotification(n)
	return nil
}

// Violation adds a result. Of a patch series those that it adds are results; the
// rest is no news to whoever reads the log.
func (h *sarifLog) Violation(v *Violation) error {
	if !v.Fault() {
		return nil
	}
	r := sarif.NewResult().WithRuleID(v.Check).WithLevel("error").WithRank(float64(min(max(v.Score, 0), 100)))
	if v.Confidence == Low {
		r.WithLevel("warning")
	}
	if v.Change == Added {
		r.WithBaselineState("new")
	}
	if h.run.Tool != nil {
		r.WithRuleIndex(h.run.GetRuleIndex(v.Check))
	}
	r.WithMessage(message(v.sentence()))
	r.AddLocation(location(v.Pos, v.Function))
	r.WithPartialFingerprints(map[string]string{fingerprint: v.digest()})
	for i := range v.Rule {
		d := &v.Rule[i]
		at := location(d.Pos, "").WithID(i).WithMessage(message(d.sentence()))
		r.AddRelatedLocation(at)
	}
	// The paths belong together: they run at the same time.
	flow := sarif.NewCodeFlow()
	for i := range v.Paths {
		if t := threadFlow(&v.Paths[i]); t != nil {
			flow.AddThreadFlow(t)
		}
	}
	if len(flow.ThreadFlows) > 0 {
		r.AddCodeFlow(flow)
	}
	r.WithProperties(v.properties())
	h.run.AddResult(r)
	return nil
}

func (h *sarifLog) Stats(s *Stats) error {
	bare := *s
	bare.Dirs = nil
	h.run.WithProperties(sarif.NewPropertyBag().Add("stats", &bare))
	return nil
}

func (h *sarifLog) Close() error {
	if h.run.Tool == nil {
		return nil // no scan has begun
	}
	h.run.AddInvocation(h.invocation)
	return sarif.NewReport().AddRun(h.run).PrettyWrite(h.w)
}

// sentence is what is wrong and, where there is, the order that it breaks and
// what to do.
func (v *Violation) sentence() string {
	s := v.Message
	if n := len(v.Rule); n > 0 {
		s += ", against the declared order " + v.Rule[0].Before + " < " + v.Rule[n-1].After
	}
	if v.Help != "" {
		s += "; " + v.Help
	}
	return s
}

func (d *Declared) sentence() string {
	s := "declares " + d.Before + " < " + d.After
	if d.Source != "" {
		s += ", from " + d.Source
	}
	if d.Note != "" {
		s += " (" + d.Note + ")"
	}
	return s
}

// digest is the Key at a fixed length.
func (v *Violation) digest() string {
	sum := sha256.Sum256([]byte(v.Key))
	return hex.EncodeToString(sum[:16])
}

func (v *Violation) properties() *sarif.PropertyBag {
	p := sarif.NewPropertyBag().Add("confidence", string(v.Confidence)).Add("key", v.Key)
	for name, text := range map[string]string{"outer": v.Outer, "inner": v.Inner, "root": v.Root} {
		if text != "" {
			p.Add(name, text)
		}
	}
	if len(v.Reasons) > 0 {
		p.Add("reasons", v.Reasons)
	}
	if len(v.Notes) > 0 {
		p.Add("notes", v.Notes)
	}
	if len(v.Arms) > 0 {
		var arms []string
		for _, a := range v.Arms {
			arms = append(arms, a.String())
		}
		p.Add("arms", arms)
	}
	if v.Callers > 0 {
		p.Add("callers", v.Callers)
	}
	if v.Patch > 0 {
		p.Add("patch", v.Patch)
	}
	return p
}

// threadFlow is a path, nil if it has no steps.
func threadFlow(path *Trace) *sarif.ThreadFlow {
	t := sarif.NewThreadFlow()
	if path.Title != "" {
		t.WithMessage(message(path.Title))
	}
	var stack []string // functions that have not returned
	for i := range path.Steps {
		s := &path.Steps[i]
		if n := slices.Index(stack, s.Function); n >= 0 {
			stack = stack[:n]
		}
		l := sarif.NewThreadFlowLocation().WithNestingLevel(len(stack)).WithExecutionOrder(i + 1)
		stack = append(stack, s.Function)
		l.WithImportance("important")
		if kinds := kindsOf[s.Verb]; kinds != nil {
			l.WithKinds(kinds)
		}
		at := location(s.Pos, s.Function).WithMessage(message(s.sentence()))
		if s.Quote {
			l.WithImportance("essential")
			s.region(at)
		}
		l.WithLocation(at)
		if len(s.Held) > 0 {
			l.WithState(map[string]sarif.MultiformatMessageString{"held": *multiformat(strings.Join(s.Held, ", "))})
		}
		t.AddLocation(l)
	}
	if len(t.Locations) == 0 {
		return nil
	}
	return t
}

// kindsOf has SARIF's words for the verbs (section 3.38.8).
var kindsOf = map[Verb][]string{
	Takes: {"acquire", "lock"}, Tries: {"acquire", "lock"}, Releases: {"release", "lock"}, Drops: {"release", "lock"},
	Requires: {"enter", "lock"}, Asserts: {"lock"}, Waits: {"lock"}, Calls: {"call", "function"},
	Returns: {"return", "function"}, Enters: {"enter", "function"}, Assumes: {"branch"}, Passes: {"branch"},
}

func (s *Step) sentence() string {
	text := s.Function + " " + string(s.Verb)
	if s.Target != "" {
		text += " " + s.Target
	}
	if s.Mode != Exclusive {
		text += " (" + string(s.Mode) + ")"
	}
	if s.Via != "" {
		text += " (" + s.Via + ")"
	}
	return text
}

// region adds to the place of a step the text that is quoted there. SARIF counts
// characters, and a column one past the last.
func (s *Step) region(at *sarif.Location) {
	if at.PhysicalLocation == nil || at.PhysicalLocation.Region == nil || s.Source == "" || !utf8.ValidString(s.Source) {
		return
	}
	from, to := s.Caret[0], s.Caret[1]
	if from < 0 || from >= to || to > len(s.Source) {
		return
	}
	r := at.PhysicalLocation.Region
	r.WithStartColumn(utf8.RuneCountInString(s.Source[:from]) + 1)
	r.WithEndColumn(utf8.RuneCountInString(s.Source[:to]) + 1)
	r.WithSnippet(sarif.NewArtifactContent().WithText(s.Source[from:to]))
}

// location is a place, in a function if it is of one.
func location(p Position, function string) *sarif.Location {
	l := sarif.NewLocation()
	if p.File != "" {
		file := sarif.NewArtifactLocation().WithURI(fileURI(p.File))
		if !strings.HasSuffix(p.File, ".lockorder") && !path.IsAbs(p.File) { // a rules file need not be of the tree
			file.WithURIBaseID(srcRoot)
		}
		at := sarif.NewPhysicalLocation().WithArtifactLocation(file)
		if p.Line > 0 {
			r := sarif.NewRegion().WithStartLine(p.Line)
			if p.Col > 0 {
				r.WithStartColumn(p.Col)
			}
			at.WithRegion(r)
		}
		l.WithPhysicalLocation(at)
	}
	if function != "" {
		l.AddLogicalLocation(sarif.NewLogicalLocation().WithName(function).WithFullyQualifiedName(function).WithKind("function"))
	}
	return l
}

// fileURI is a file name as a relative reference: a colon in its first part is
// no scheme.
func fileURI(name string) string { return (&url.URL{Path: strings.ToValidUTF8(name, "?")}).String() }

func message(text string) *sarif.Message {
	return sarif.NewMessage().WithText(placeholders.Replace(strings.ToValidUTF8(text, "?")))
}

// placeholders escapes what a message would otherwise fill in (section 3.11.5).
var placeholders = strings.NewReplacer("{", "{{", "}", "}}")

func multiformat(text string) *sarif.MultiformatMessageString {
	return sarif.NewMultiformatMessageString().WithText(placeholders.Replace(strings.ToValidUTF8(text, "?")))
}
