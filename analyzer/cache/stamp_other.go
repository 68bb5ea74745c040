//go:build !linux

package cache

import "io/fs"

func stampOf(st fs.FileInfo) stamp {
	return stamp{size: st.Size(), mtime: st.ModTime().UnixNano()}
}
