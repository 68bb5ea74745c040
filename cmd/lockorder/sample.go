package main

import (
	"os"

	"github.com/lockorder/lockorder/testdata"
)

// sampleState is the state of the embedded series that the sample shows: the
// one with faults in a lock that its authors were still to get right.
const sampleState = "posted"

// sample writes the embedded sample into a directory, which is removed when the
// program is done.
func (p *program) sample() (dir string, err error) {
	dir, err = os.MkdirTemp("", "lockorder-sample-")
	if err != nil {
		return "", err
	}
	p.cleanup = append(p.cleanup, func() error { return os.RemoveAll(dir) })
	return dir, testdata.WriteSeries(sampleState, dir)
}
