//go:build unix

package cparse

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// readDir lists an open directory. A file that was opened in an os.Root asks the system for
// each entry that it lists, by one call each; what the kind of an entry is, which is all that
// is asked here, the list itself tells.
func readDir(dir *os.File) ([]fs.DirEntry, error) {
	conn, err := dir.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var dupErr error
	if err := conn.Control(func(f uintptr) { fd, dupErr = unix.FcntlInt(f, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, &fs.PathError{Op: "dup", Path: dir.Name(), Err: dupErr}
	}
	plain := os.NewFile(uintptr(fd), dir.Name())
	defer plain.Close()
	return plain.ReadDir(-1)
}
