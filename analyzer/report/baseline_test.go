package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
)

// FuzzBaseline: what is read as a baseline is written and read as the same one.
func FuzzBaseline(f *testing.F) {
	var base bytes.Buffer
	b := &report.Baseline{}
	scan(f, b.Recorder(report.NewText(io.Discard, report.TextOptions{})), all()...)
	if err := b.Write(&base); err != nil {
		f.Fatal(err)
	}
	f.Add(base.String())
	f.Add(`{"baseline":"lockorder-baseline/1"}` + "\n" + `{"key":"k","check":"\ud800"}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := report.ReadBaseline("fuzz", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		var once, twice bytes.Buffer
		if err := b.Write(&once); err != nil {
			t.Fatal(err)
		}
		again, err := report.ReadBaseline("again", bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Write(&twice); err != nil {
			t.Fatal(err)
		}
		if once.String() != twice.String() {
			t.Errorf("%q, read again %q", &once, &twice)
		}
	})
}
