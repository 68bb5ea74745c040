package rules

import (
	"embed"
	"fmt"
	"path"
	"slices"
)

//go:embed linux/*.lockorder posix/*.lockorder go/*.lockorder
var embedded embed.FS

// A Source is one text with its name, which positions carry.
type Source struct {
	Name string
	Text []byte
}

// Embedded returns the rules files that come with the program: "linux",
// "posix" or "go", sorted by name.
func Embedded(name string) ([]Source, error) {
	if !slices.Contains([]string{"linux", "posix", "go"}, name) {
		return nil, fmt.Errorf("rules: %s", unknown("rule set", name, []string{"linux", "posix", "go"}))
	}
	entries, err := embedded.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var out []Source
	for _, e := range entries {
		file := path.Join(name, e.Name())
		text, err := embedded.ReadFile(file)
		if err != nil {
			return nil, err
		}
		out = append(out, Source{"rules/" + file, text})
	}
	return out, nil
}
