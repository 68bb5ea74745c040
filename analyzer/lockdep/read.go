package lockdep

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Bounds on the input.
const (
	maxLine = 1 << 20 // bytes; names that macros made have a few thousand
	maxFile = 1 << 30 // bytes, uncompressed
)

// ReadFiles reads files of any of the known sorts into one record. The error
// is about a file as a whole: lines that do not read are in Record.Problems.
func ReadFiles(names []string) (*Record, error) {
	r := &Record{}
	for _, name := range names {
		if err := r.readFile(name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Record) readFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.Read(name, f)
}

// Read adds a file, plain or compressed with gzip. Which of the sorts it is
// shows in its text.
func (r *Record) Read(name string, in io.Reader) error {
	b := bufio.NewReader(in)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b = bufio.NewReader(z)
	}
	limited := &io.LimitedReader{R: b, N: maxFile}
	l := &lines{record: r, file: name, scan: bufio.NewScanner(limited)}
	l.scan.Buffer(make([]byte, 0, 64<<10), maxLine)
	sort := l.sort()
	if sort == nil {
		if err := l.scan.Err(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return fmt.Errorf("%s: neither lockdep's lists (/proc/lockdep, lockdep_chains, lockdep_stats) nor a kernel log with a report of lockdep", name)
	}
	r.Files = append(r.Files, name)
	sort(l)
	if err := l.scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		l.problem("line of more than %d bytes; the rest of the file is not read", maxLine)
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if limited.N == 0 {
		l.problem("file of more than %d bytes; the rest is not read", maxFile)
	}
	return nil
}

// lines reads a file line by line.
type lines struct {
	record *Record
	file   string
	scan   *bufio.Scanner
	n      int
	back   []string // lines to read again
}

func (l *lines) next() (string, bool) {
	if len(l.back) > 0 {
		s := l.back[0]
		l.back = l.back[1:]
		l.n++
		return s, true
	}
	if !l.scan.Scan() {
		return "", false
	}
	l.n++
	return strings.TrimSuffix(l.scan.Text(), "\r"), true
}

func (l *lines) problem(format string, args ...any) {
	l.record.Problems = append(l.record.Problems, Problem{l.file, l.n, fmt.Sprintf(format, args...)})
}

// maxHead is how many lines may stand before what tells the sort of a file.
const maxHead = 1 << 20

// sort looks for the line that tells what the file is, and returns its reader;
// nil if there is none.
func (l *lines) sort() func(*lines) {
	var seen []string
	for len(seen) < maxHead {
		s, ok := l.next()
		if !ok {
			return nil
		}
		seen = append(seen, s)
		text := strings.TrimSpace(s)
		switch {
		case text == "all lock classes:":
			return (*lines).classes
		case strings.HasSuffix(text, "all lock chains:"):
			return (*lines).chains
		case strings.HasPrefix(text, "lock-classes:"):
			l.reread(seen)
			return (*lines).stats
		case titleOf(s) != "":
			l.reread(seen)
			return (*lines).log
		}
	}
	return nil
}

func (l *lines) reread(s []string) { l.back, l.n = append(s, l.back...), l.n-len(s) }

var (
	classLine = regexp.MustCompile(`^([0-9a-f]+)(?: OPS: *([0-9]+))?(?: FD: *[0-9]+)?(?: BD: *[0-9]+)?(?: ([-.+?]+))?: (.+)$`)
	afterLine = regexp.MustCompile(`^ -> \[([0-9a-f]+)\] (.+)$`)
	chainLine = regexp.MustCompile(`^\[([0-9a-f]+)\] (.+)$`)
	statLine  = regexp.MustCompile(`^ *([^:]+): +([0-9]+)(?: \[max: [0-9]+\])?$`)
)

// classes reads /proc/lockdep: a class a paragraph, with a line for each class
// that was taken directly under it (kernel/locking/lockdep_proc.c, l_show).
func (l *lines) classes() {
	var outer *Class
	for {
		s, ok := l.next()
		if !ok {
			return
		}
		if s == "" {
			outer = nil
			continue
		}
		if m := afterLine.FindStringSubmatch(s); m != nil {
			if outer == nil {
				l.problem("a dependency of no class")
				continue
			}
			l.record.depend(outer, l.record.intern(m[1], m[2]))
			continue
		}
		m := classLine.FindStringSubmatch(s)
		if m == nil {
			l.problem("neither a class nor a dependency: %s", quote(s))
			outer = nil
			continue
		}
		outer = l.record.intern(m[1], m[4])
		outer.Usage = m[3]
		if n, err := strconv.ParseInt(m[2], 10, 64); err == nil {
			outer.Ops = n
		}
	}
}

// chains reads /proc/lockdep_chains: a stack a paragraph (lc_show).
func (l *lines) chains() {
	var c *Chain
	flush := func() {
		if c != nil && len(c.Locks) > 0 {
			l.record.Chains = append(l.record.Chains, *c)
		}
		c = nil
	}
	for {
		s, ok := l.next()
		if !ok {
			flush()
			return
		}
		if context, ok := strings.CutPrefix(s, "irq_context: "); ok {
			flush()
			c = &Chain{Context: context}
			continue
		}
		if s == "" {
			flush()
			continue
		}
		m := chainLine.FindStringSubmatch(s)
		if m == nil || c == nil {
			l.problem("no lock of a chain: %s", quote(s))
			continue
		}
		c.Locks = append(c.Locks, l.record.intern(m[1], m[2]))
	}
}

// stats reads /proc/lockdep_stats: a figure a line, with its bound.
func (l *lines) stats() {
	if l.record.Stats == nil {
		l.record.Stats = map[string]uint64{}
	}
	for {
		s, ok := l.next()
		if !ok {
			return
		}
		if strings.TrimSpace(s) == "" {
			continue
		}
		m := statLine.FindStringSubmatch(s)
		if m == nil {
			l.problem("no figure: %s", quote(s))
			continue
		}
		n, err := strconv.ParseUint(m[2], 10, 64)
		if err != nil {
			l.problem("no figure: %s", quote(s))
			continue
		}
		l.record.Stats[m[1]] = n
	}
}

// quote shortens a line of the input for a message.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
