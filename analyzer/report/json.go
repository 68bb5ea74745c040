package report

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

//go:embed schema.txt
var schema string

// Schema returns the description of the JSON output, for people.
func Schema() string { return schema }

// A Message is one line of the JSON output. Exactly one field is set.
type Message struct {
	Config    *Config    `json:"config,omitempty"`
	Problem   *Problem   `json:"problem,omitempty"`
	Violation *Violation `json:"violation,omitempty"`
	Stats     *Stats     `json:"stats,omitempty"`
}

// NewJSON returns a handler that writes JSON Lines to w: a Message a line. It
// buffers at most one message.
func NewJSON(w io.Writer) Handler {
	h := &jsonLines{w: bufio.NewWriter(w)}
	h.enc = json.NewEncoder(h.w)
	h.enc.SetEscapeHTML(false) // "<" and ">" are lock order, not markup
	return h
}

type jsonLines struct {
	w   *bufio.Writer // keeps its first error
	enc *json.Encoder
}

func (h *jsonLines) Config(c *Config) error       { return h.send(&Message{Config: c}) }
func (h *jsonLines) Problem(p *Problem) error     { return h.send(&Message{Problem: p}) }
func (h *jsonLines) Violation(v *Violation) error { return h.send(&Message{Violation: v}) }
func (h *jsonLines) Stats(s *Stats) error         { return h.send(&Message{Stats: s}) }
func (h *jsonLines) Close() error                 { return h.w.Flush() }

func (h *jsonLines) send(m *Message) error {
	if err := h.enc.Encode(m); err != nil {
		return err
	}
	return h.w.Flush()
}

// ReadJSON sends the messages that r holds, as NewJSON wrote them, to the
// handler. It does not close the handler. An error begins with the name and the
// line, or is one that the handler returned; the messages before it have been
// sent. A stream that does not begin with a Config of this Protocol, or that ends
// before its Stats, is an error.
func ReadJSON(name string, r io.Reader, h Handler) error {
	in := bufio.NewReader(r)
	begun, ended := false, false
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		last := err == io.EOF
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var m Message
			if err := json.Unmarshal(line, &m); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
			switch {
			case ended:
				return fmt.Errorf("%s:%d: a message after the stats, which come last", name, n)
			case !begun && m.Config == nil:
				return fmt.Errorf("%s:%d: not the JSON output of lockorder: no config comes first", name, n)
			case m.Config != nil && m.Config.Protocol != Protocol:
				return fmt.Errorf("%s:%d: protocol %q, but this lockorder reads %q", name, n, m.Config.Protocol, Protocol)
			}
			begun = true
			ended = m.Stats != nil
			if err := m.check(); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
			if err := m.send(h); err != nil {
				return err
			}
		}
		if last {
			break
		}
	}
	switch {
	case !begun:
		return fmt.Errorf("%s: no messages: the input is empty", name)
	case !ended:
		return fmt.Errorf("%s: the input ends before the stats: the scan that wrote it did not finish", name)
	}
	return nil
}

// check reports what a handler could not make sense of.
func (m *Message) check() error {
	kinds := 0
	for _, set := range []bool{m.Config != nil, m.Problem != nil, m.Violation != nil, m.Stats != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("not exactly one of config, problem, violation, stats")
	}
	if m.Violation == nil || m.Violation.Scenario == nil {
		return nil
	}
	cpus := len(m.Violation.Scenario.CPUs)
	if cpus < 1 || cpus > 2 {
		return fmt.Errorf("a scenario with %d CPUs: there may be 1 or 2", cpus)
	}
	for _, e := range m.Violation.Scenario.Events {
		if e.CPU < 0 || e.CPU >= cpus {
			return fmt.Errorf("an event on CPU %d of %d", e.CPU, cpus)
		}
	}
	return nil
}

// send hands the message to the method of h for it.
func (m *Message) send(h Handler) error {
	switch {
	case m.Config != nil:
		return h.Config(m.Config)
	case m.Problem != nil:
		return h.Problem(m.Problem)
	case m.Violation != nil:
		return h.Violation(m.Violation)
	default:
		return h.Stats(m.Stats)
	}
}
