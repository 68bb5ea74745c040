package cparse

import (
	"sort"
	"strings"
	"unsafe"
)

// An includeGraph knows which headers may include which, whatever the
// conditions, and so which ones form circles (Tarjan's components). It reads
// a header's text once and keeps it until the header is scanned.
type includeGraph struct {
	nodes map[string]*includeNode
	angle map[string]string // <name> -> file, "" for none
	count int
}

type includeNode struct {
	name   string
	src    []byte
	err    error
	to     []string
	index  int
	low    int
	onPath bool
	circle []string // sorted; nil until it is known
}

func (g *includeGraph) node(t *Tree, name string) *includeNode {
	if g.nodes == nil {
		g.nodes = map[string]*includeNode{}
		g.angle = map[string]string{}
	}
	n := g.nodes[name]
	if n == nil {
		n = &includeNode{name: name}
		g.nodes[name] = n
		if n.src, n.err = t.disk.read(name); n.err == nil {
			n.to = includeNames(t, name, unsafe.String(unsafe.SliceData(n.src), len(n.src)))
		}
	}
	return n
}

// source hands out the text that was read for the graph.
func (g *includeGraph) source(t *Tree, name string) ([]byte, error) {
	n := g.node(t, name)
	src := n.src
	n.src = nil
	if src == nil && n.err == nil {
		return t.disk.read(name)
	}
	return src, n.err
}

// circle returns the headers that may include each other together with
// name, sorted; name alone for most.
func (g *includeGraph) circle(t *Tree, name string) []string {
	if n := g.node(t, name); n.circle != nil {
		return n.circle
	}
	g.tarjan(t, name)
	return g.nodes[name].circle
}

// tarjan finds the components reachable from name. It keeps its own stack:
// chains of headers are as long as their author likes.
func (g *includeGraph) tarjan(t *Tree, name string) {
	type visit struct {
		n    *includeNode
		next int
	}
	var work []visit
	var path []*includeNode
	enter := func(n *includeNode) {
		g.count++
		n.index, n.low, n.onPath = g.count, g.count, true
		path = append(path, n)
		work = append(work, visit{n: n})
	}
	enter(g.node(t, name))
	for len(work) > 0 {
		v := &work[len(work)-1]
		if v.next < len(v.n.to) {
			m := g.node(t, v.n.to[v.next])
			v.next++
			switch {
			case m.index == 0:
				enter(m)
			case m.onPath:
				v.n.low = min(v.n.low, m.index)
			}
			continue
		}
		n := v.n
		work = work[:len(work)-1]
		if len(work) > 0 {
			up := work[len(work)-1].n
			up.low = min(up.low, n.low)
		}
		if n.low != n.index {
			continue
		}
		var members []string
		i := len(path)
		for {
			i--
			members = append(members, path[i].name)
			if path[i] == n {
				break
			}
		}
		sort.Strings(members)
		for _, m := range path[i:] {
			m.onPath, m.circle = false, members
		}
		path = path[:i]
	}
}

// includeNames lists the files that the #include lines of a header name,
// active or not.
func includeNames(t *Tree, from, s string) []string {
	var out []string
	for pos := 0; pos < len(s); {
		i := strings.Index(s[pos:], "include")
		if i < 0 {
			break
		}
		pos += i
		j := pos - 1
		for j >= 0 && (s[j] == ' ' || s[j] == '\t') {
			j--
		}
		start := j
		for j--; j >= 0 && (s[j] == ' ' || s[j] == '\t'); j-- {
		}
		pos += len("include")
		if start < 0 || s[start] != '#' || j >= 0 && s[j] != '\n' {
			continue
		}
		line := s[pos:]
		if k := strings.IndexByte(line, '\n'); k >= 0 {
			line = line[:k]
		}
		next := strings.HasPrefix(line, "_next")
		line = strings.TrimSpace(strings.TrimPrefix(line, "_next"))
		if len(line) < 3 || line[0] != '"' && line[0] != '<' {
			continue
		}
		end := strings.IndexAny(line[1:], `">`)
		if end < 0 {
			continue
		}
		if full := t.findInclude(from, line[1:1+end], line[0] == '"', next); full != "" && full != from {
			out = append(out, full)
		}
	}
	return out
}
