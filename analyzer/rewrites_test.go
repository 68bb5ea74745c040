package analyzer

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/cparse"
)

// quiet are the edits that change nothing.
var quiet = []editKind{
	{"inline way out", inlineWayOut, 17}, {"comment", comment, 17}, {"reformat", reformat, 17},
	{"rename function", renameFunction, 17}, {"rename local", renameLocal, 17}, {"move function", moveFunction, 17},
}

// deeper are those that add a call on the way to a lock: it may be put down to
// another function, or brought to where it is not followed any more.
var deeper = []editKind{{"wrap lock", wrapLock, 16}}

// comment puts a comment between two statements.
func comment(r *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	ls := strings.Split(body, "\n")
	for i, l := range ls {
		if i > 0 && regexp.MustCompile(`^\t+\w+\(.*\);$`).MatchString(l) && strings.HasSuffix(ls[i-1], ";") {
			now := slices.Insert(slices.Clone(ls), i, fmt.Sprintf("\t/* spin_lock(%d)\n\t * and no more */", r.IntN(100)))
			out = append(out, edit{now: strings.Join(now, "\n")})
		}
	}
	return out
}

var statement = regexp.MustCompile(`^(\t+)(\w+)\((.*)\);$`)

// reformat parts lines after commas.
func reformat(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) []edit {
	ls := strings.Split(body, "\n")
	changed := false
	for i, l := range ls {
		if statement.MatchString(l) && strings.Contains(l, ", ") && !strings.Contains(l, `"`) {
			ls[i] = strings.ReplaceAll(l, ", ", ",\n\t\t\t\t")
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return []edit{{now: strings.Join(ls, "\n")}}
}

// renameFunction renames a function that only its file knows.
func renameFunction(_ *rand.Rand, f *cparse.File, fn *cparse.Func, body string) []edit {
	if !fn.Static || len(fn.Name) < 8 || strings.Contains(string(f.Src), fn.Name+"_too") {
		return nil
	}
	return []edit{{now: fn.Name + "_too"}}
}

// renameLocal renames a variable of a function.
func renameLocal(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	for _, name := range []string{"page", "vma", "mapping", "ptl", "ret", "hash", "idx", "si", "p", "err", "error", "inode", "ci"} {
		if !regexp.MustCompile(`(?m)^\t(?:struct )?\w+ \*?`+name+`(?: =.*)?;$`).MatchString(body) || strings.Contains(body, "struct "+name+" ") && name != "page" {
			continue
		}
		// Not a member, a tag or a designator.
		re := regexp.MustCompile(`(->|\.|struct |\w)?\b` + name + `\b`)
		now := re.ReplaceAllStringFunc(body, func(m string) string {
			if m != name {
				return m
			}
			return name + "_too"
		})
		if now != body {
			out = append(out, edit{what: name, now: now})
		}
	}
	return out
}

// moveFunction moves a function to the end of its file.
func moveFunction(_ *rand.Rand, f *cparse.File, fn *cparse.Func, body string) []edit {
	src := string(f.Src)
	if fn.Pos < 2 || src[fn.Pos-1] != '\n' || strings.Contains(body, "\n#") || strings.Count(src[:fn.Pos], "\n#if") != strings.Count(src[:fn.Pos], "\n#endif") {
		return nil
	}
	return []edit{{}}
}

var label = regexp.MustCompile(`(?m)^(\w+):\n((?:\t\w[^\n{}]*;\n){1,4})\}`)

// inlineWayOut replaces a jump to the last lines of a function by those lines.
func inlineWayOut(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	m := label.FindStringSubmatch(body)
	if m == nil || !strings.Contains(m[2], "unlock") && !strings.Contains(m[2], "up_") {
		return nil
	}
	tail := m[2]
	if !strings.Contains(tail, "\treturn") {
		tail += "\treturn;\n"
	}
	ls := strings.Split(body, "\n")
	for i, l := range ls {
		if strings.TrimSpace(l) == "goto "+m[1]+";" {
			now := slices.Clone(ls)
			now[i] = "{\n" + tail + "}"
			out = append(out, edit{what: m[1], now: strings.Join(now, "\n")})
		}
	}
	return out
}

// wrapLock takes a lock by a function made for it.
func wrapLock(_ *rand.Rand, _ *cparse.File, fn *cparse.Func, body string) (out []edit) {
	takes := map[string]string{
		"spin_lock": "spinlock_t *", "mutex_lock": "struct mutex *", "lock_page": "struct page *", "i_mmap_lock_write": "struct address_space *",
		"i_mmap_lock_read": "struct address_space *", "anon_vma_lock_write": "struct anon_vma *", "mmap_read_lock": "struct mm_struct *",
	}
	ls := strings.Split(body, "\n")
	for i, l := range ls {
		a, back := taking(l)
		if back == "" || takes[a.fn] == "" || a.result != "" {
			continue
		}
		now := slices.Clone(ls)
		name := "lockorder_" + fn.Name
		now[i] = a.tabs + name + "(" + a.arg + ");"
		head := "static void " + name + "(" + takes[a.fn] + "x)\n{\n\t" + a.fn + "(x);\n}\n\n"
		out = append(out, edit{what: strings.TrimSpace(l), now: head + strings.Join(now, "\n")})
	}
	return out
}
