// Package testdata embeds the C models of the patch series, so that the program
// has a sample to scan where the user names no tree. It is no test; it lives
// beside the files because go:embed reaches no further.
package testdata

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

//go:embed series/before series/posted series/after series/stubs
var series embed.FS

// WriteSeries writes one state of the series, "before", "posted" or "after", into
// the directory, as a source tree with the headers that the states share.
func WriteSeries(state, dir string) error {
	states := []string{"before", "posted", "after"}
	if !slices.Contains(states, state) {
		return fmt.Errorf("no state %q of the series: there are %s", state, strings.Join(states, ", "))
	}
	for _, part := range []string{state, "stubs"} {
		files, err := fs.Sub(series, "series/"+part)
		if err != nil {
			return err
		}
		if err := os.CopyFS(dir, files); err != nil {
			return err
		}
	}
	return nil
}
