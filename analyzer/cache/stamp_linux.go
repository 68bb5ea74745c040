package cache

import (
	"io/fs"
	"syscall"
)

func stampOf(st fs.FileInfo) stamp {
	s := stamp{size: st.Size(), mtime: st.ModTime().UnixNano()}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		s.ctime, s.inode = sys.Ctim.Nano(), sys.Ino
	}
	return s
}
