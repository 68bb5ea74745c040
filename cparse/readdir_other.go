//go:build !unix

package cparse

import (
	"io/fs"
	"os"
)

// readDir lists an open directory.
func readDir(dir *os.File) ([]fs.DirEntry, error) { return dir.ReadDir(-1) }
