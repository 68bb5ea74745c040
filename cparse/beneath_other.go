//go:build !linux

package cparse

import (
	"errors"
	"os"
)

// A beneath is a way to open files that this system does not have.
type beneath struct{}

func newBeneath(*os.Root) beneath { return beneath{} }

func (beneath) open(string) (*os.File, bool, error) { return nil, false, errors.ErrUnsupported }

func (beneath) openDir(string) (*os.File, bool, error) { return nil, false, errors.ErrUnsupported }
