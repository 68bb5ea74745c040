package cache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// An Info says what a cache holds.
type Info struct {
	Dir     string
	Entries int
	Bytes   int64
	Kinds   []KindInfo // by name
}

// A KindInfo says what a cache holds of one kind.
type KindInfo struct {
	Kind    string
	Entries int
	Bytes   int64
}

// ownName is the form of the names below the directory of a cache: what has another
// one was not written by this package.
var ownName = regexp.MustCompile(`^(?:(tmp)/[a-z]+-\d+|([a-z]+)/[0-9a-f]{2}/[0-9a-f]{32})$`)

// ownFile is the kind of the entry whose file has this name, "" for a file that is none
// of ours.
func ownFile(rel string) string {
	m := ownName.FindStringSubmatch(rel)
	if m == nil {
		return ""
	}
	return cmp.Or(m[1], m[2])
}

// Look lists what the cache in a directory holds, entries of all versions.
func Look(dir string) (Info, error) {
	list, err := items(dir)
	info := Info{Dir: dir}
	for _, e := range list {
		i, ok := slices.BinarySearchFunc(info.Kinds, e.kind, func(k KindInfo, name string) int { return cmp.Compare(k.Kind, name) })
		if !ok {
			info.Kinds = slices.Insert(info.Kinds, i, KindInfo{Kind: e.kind})
		}
		info.Kinds[i].Entries++
		info.Kinds[i].Bytes += e.size
		info.Entries++
		info.Bytes += e.size
	}
	return info, err
}

// Clean removes all that a cache holds, of all versions, and nothing else that may lie
// in its directory. It says what it has removed.
func Clean(dir string) (Info, error) {
	info, err := Look(dir)
	if err != nil {
		return info, err
	}
	list, err := items(dir)
	dirs := map[string]bool{filepath.Join(dir, temporary): true}
	for _, e := range list {
		if rerr := os.Remove(e.name); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
		for d := filepath.Dir(e.name); len(d) > len(dir); d = filepath.Dir(d) {
			dirs[d] = true
		}
	}
	var deepest []string
	for d := range dirs {
		deepest = append(deepest, d)
	}
	slices.SortFunc(deepest, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	for _, d := range deepest {
		os.Remove(d) // fails where something else is in it
	}
	os.Remove(dir)
	return info, err
}
