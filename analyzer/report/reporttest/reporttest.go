// Package reporttest has what tests of reports share.
package reporttest

import "github.com/lockorder/lockorder/analyzer/report"

// A Collector is a report.Handler that keeps what it is sent.
type Collector struct {
	Violations []*report.Violation
	Problems   []*report.Problem
	Statistics *report.Stats
}

func (c *Collector) Config(*report.Config) error { return nil }

func (c *Collector) Problem(p *report.Problem) error {
	c.Problems = append(c.Problems, p)
	return nil
}

func (c *Collector) Violation(v *report.Violation) error {
	c.Violations = append(c.Violations, v)
	return nil
}

func (c *Collector) Stats(s *report.Stats) error {
	c.Statistics = s
	return nil
}

func (c *Collector) Close() error { return nil }
