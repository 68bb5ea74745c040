package cparse

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A beneath opens what lies below a directory by one call of the system each. An os.Root
// does the same by several calls for each directory on the way, and a run lists thousands
// of them.
type beneath struct{ dir *os.File } // nil: it cannot

func newBeneath(root *os.Root) beneath {
	dir, err := root.Open(".")
	if err != nil {
		return beneath{}
	}
	return beneath{dir}
}

// open opens a file of a clean name to read, without waiting for who writes to a pipe.
// known: the error is that of an os.Root; else that has to be asked.
func (b beneath) open(name string) (f *os.File, known bool, err error) {
	return b.openAs(name, unix.O_NONBLOCK)
}

// openDir is open for a directory.
func (b beneath) openDir(name string) (f *os.File, known bool, err error) {
	return b.openAs(name, unix.O_DIRECTORY)
}

func (b beneath) openAs(name string, flags uint64) (f *os.File, known bool, err error) {
	if b.dir == nil {
		return nil, false, unix.ENOSYS
	}
	conn, err := b.dir.SyscallConn()
	if err != nil {
		return nil, false, err
	}
	fd := -1
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC | flags, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	if e := conn.Control(func(dir uintptr) { fd, err = unix.Openat2(int(dir), name, &how) }); e != nil {
		return nil, false, e
	}
	if err != nil {
		return nil, err == unix.ENOENT, &fs.PathError{Op: "openat", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), filepath.Join(b.dir.Name(), name)), true, nil
}
