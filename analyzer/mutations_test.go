package analyzer

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/cparse"
)

// breaking are the edits that break the locking.
var breaking = []editKind{
	{"swap locks", swapLocks, 10}, {"drop required", dropRequired, 8}, {"drop unlock", dropUnlock, 16},
	{"call under lock", callUnderLock, 12},
}

// lockPairs are functions of the kernel that take and give back.
var lockPairs = map[string]string{
	"spin_lock": "spin_unlock", "spin_lock_irq": "spin_unlock_irq", "mutex_lock": "mutex_unlock", "lock_page": "unlock_page",
	"i_mmap_lock_write": "i_mmap_unlock_write", "i_mmap_lock_read": "i_mmap_unlock_read", "mmap_read_lock": "mmap_read_unlock",
	"mmap_write_lock": "mmap_write_unlock", "down_read": "up_read", "down_write": "up_write", "anon_vma_lock_write": "anon_vma_unlock_write",
	"anon_vma_lock_read": "anon_vma_unlock_read", "read_lock": "read_unlock", "inode_lock": "inode_unlock", "lock_cluster": "unlock_cluster",
	"page_lock_anon_vma_read": "page_unlock_anon_vma_read",
}

// A lockLine is a line that takes a lock, or gives one back.
type lockLine struct {
	tabs, fn, arg string
	result        string // what the result goes to
}

var lockStatement = regexp.MustCompile(`^(\t+)(?:(\w+) = )?(\w+)\((.*)\);$`)

// taking reads a line that takes a lock, and one that gives it back.
func taking(line string) (l lockLine, back string) {
	m := lockStatement.FindStringSubmatch(line)
	if m == nil || lockPairs[m[3]] == "" {
		return l, ""
	}
	l = lockLine{m[1], m[3], m[4], m[2]}
	arg := l.arg
	if l.result != "" {
		arg = l.result
	}
	return l, lockPairs[l.fn] + "(" + arg + ");"
}

// loose reports whether a line hangs on the one before it: it is all that an
// if or an else without braces does.
func loose(lines []string, i int) bool {
	before := ""
	if i > 0 {
		before = strings.TrimSpace(lines[i-1])
	}
	return strings.HasSuffix(before, ")") || strings.HasSuffix(before, "else") || strings.HasSuffix(before, ",")
}

// swapLocks exchanges two acquisitions that follow each other, or have a blank line or
// an assignment of another variable between them.
func swapLocks(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	ls := strings.Split(body, "\n")
	for i := range ls {
		a, back := taking(ls[i])
		if back == "" || loose(ls, i) {
			continue
		}
		for j := i + 1; j < min(i+4, len(ls)); j++ {
			b, back := taking(ls[j])
			if back == "" {
				if strings.Contains(ls[j], "lock") || !strings.HasSuffix(ls[j], ";") && ls[j] != "" {
					break
				}
				continue
			}
			if a.tabs == b.tabs && a.result == "" {
				now := slices.Clone(ls)
				now[i], now[j] = ls[j], ls[i]
				out = append(out, edit{what: strings.TrimSpace(ls[i] + ls[j]), now: strings.Join(now, "\n")})
			}
			break
		}
	}
	return out
}

// dropUnlock drops a release before a way out: a return, or a jump to a label
// behind which the lock is not given back.
func dropUnlock(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	ls := strings.Split(body, "\n")
	gives := map[string]bool{}
	for _, l := range ls {
		if _, back := taking(l); back != "" {
			gives[back] = true
		}
	}
	for i := 0; i+1 < len(ls); i++ {
		l := strings.TrimSpace(ls[i])
		if !gives[l] || loose(ls, i) {
			continue
		}
		next := strings.TrimSpace(ls[i+1])
		if !strings.HasPrefix(next, "return") {
			label, ok := strings.CutPrefix(next, "goto ")
			if !ok {
				continue
			}
			_, rest, found := strings.Cut(strings.Join(ls[i+1:], "\n"), "\n"+strings.TrimSuffix(label, ";")+":\n")
			if !found || strings.Contains(rest, l) || strings.Contains(rest, "goto ") { // behind it, or a round
				continue
			}
		}
		out = append(out, edit{what: l + " " + next, now: strings.Join(slices.Delete(slices.Clone(ls), i, i+1), "\n")})
	}
	return out
}

// required are functions that state which lock their callers hold, by
// an assertion, __must_hold or VM_BUG_ON, and what takes it.
var required = map[string][]string{
	"huge_pmd_unshare":                  {"i_mmap_lock_write"},
	"huge_pte_alloc":                    {"i_mmap_lock_read"}, // by huge_pmd_share
	"gather_surplus_pages":              {"spin_lock"},
	"allocate_file_region_entries":      {"spin_lock"},
	"hugetlb_cgroup_uncharge_page":      {"spin_lock"},
	"hugetlb_cgroup_uncharge_page_rsvd": {"spin_lock"},
	"walk_page_range":                   {"mmap_read_lock"},
	"walk_page_vma":                     {"mmap_read_lock"},
}

// dropRequired drops a lock, and what gives it back, in functions whose callees
// state that it is held.
func dropRequired(_ *rand.Rand, _ *cparse.File, _ *cparse.Func, body string) (out []edit) {
	ls := strings.Split(body, "\n")
	for i, l := range ls {
		a, back := taking(l)
		if back == "" {
			continue
		}
		callee := ""
		for _, l := range ls[i+1:] {
			if strings.TrimSpace(l) == back {
				break
			}
			for name, takes := range required {
				if slices.Contains(takes, a.fn) && regexp.MustCompile(`\b`+name+`\(`).MatchString(l) && (callee == "" || name < callee) {
					callee = name
				}
			}
		}
		if callee == "" {
			continue
		}
		now := slices.Clone(ls)
		for i, m := range ls {
			if m := strings.TrimSpace(m); m == strings.TrimSpace(l) || m == back {
				now[i] = "\t\t;"
			}
		}
		out = append(out, edit{what: a.fn + " for " + callee, about: callee, now: strings.Join(now, "\n")})
	}
	return out
}

// callUnderLock calls what takes the mmap_lock, the outermost lock of mm, under
// another lock of mm: one that is declared to be inside of it, or a spinlock that
// paths with the mmap_lock take.
func callUnderLock(_ *rand.Rand, _ *cparse.File, fn *cparse.Func, body string) (out []edit) {
	ls := strings.Split(body, "\n")
	name := "lockorder_" + fn.Name
	head := "static void " + name + "(struct mm_struct *mm)\n{\n\tmmap_write_lock(mm);\n\tmmap_write_unlock(mm);\n}\n\n"
	for i, l := range ls {
		a := mmLock.FindStringSubmatch(l)
		if a == nil || loose(ls, i) {
			continue
		}
		now := slices.Insert(slices.Clone(ls), i+1, a[1]+name+"(NULL);")
		out = append(out, edit{what: strings.TrimSpace(l), about: strings.TrimSpace(l), now: head + strings.Join(now, "\n")})
	}
	return out
}

var mmLock = regexp.MustCompile(`^(\t+)(?:(?:lock_page|i_mmap_lock_write|i_mmap_lock_read|anon_vma_lock_write|anon_vma_lock_read)\(.*\)|` +
	`spin_lock\((?:vmf->)?ptl\)|spin_lock\(&(?:hugetlb_lock|swap_lock|si->lock|resv->lock)\)|(?:vmf->)?ptl = (?:huge_pte_lock|pmd_lock)\(.*\));$`)
