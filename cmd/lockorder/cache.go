package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/spf13/cobra"
)

// cache is the command that shows and empties the cache.
func (p *program) cache() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show or empty what is kept from run to run",
		Long: `What a run has found out of a tree is kept for the next run: in the directory
--cache-dir, else in the one that LOCKORDER_CACHE names, else in the user's
cache directory. With --no-cache or LOCKORDER_CACHE=off there is none.

The output is the same with the cache and without. It holds up to 2 GiB, or as
many MiB as LOCKORDER_CACHE_SIZE says; what was not used for the longest time
goes first. It can be removed at any time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := func(name, short, verb string, do func(dir string) (cache.Info, error)) {
		sub := &cobra.Command{
			Use: name, Short: short, Args: cobra.NoArgs, DisableFlagsInUseLine: true,
			RunE: func(*cobra.Command, []string) error {
				dir := p.cacheDir(dir)
				if dir == "" {
					return fmt.Errorf("there is no cache: neither a directory for it nor one of the user's is known")
				}
				info, err := do(dir)
				if err != nil {
					return err
				}
				for _, k := range info.Kinds {
					fmt.Fprintf(p.stdout, "%-10s %8d %10.1f MiB\n", k.Kind, k.Entries, mebi(k.Bytes))
				}
				_, err = fmt.Fprintf(p.stdout, "%s%d entries, %.1f MiB, in %s\n", verb, info.Entries, mebi(info.Bytes), info.Dir)
				return err
			},
		}
		sub.Flags().StringVar(&dir, "cache-dir", "", "`DIR`ectory of the cache")
		cmd.AddCommand(sub)
	}
	add("info", "Say where the cache is and what it holds", "", cache.Look)
	add("clean", "Remove all that the cache holds", "removed ", cache.Clean)
	return cmd
}

func mebi(n int64) float64 { return float64(n) / (1 << 20) }

// noCache is the value of LOCKORDER_CACHE for none.
const noCache = "off"

// cacheDir is the directory of the cache, "" if there is to be none.
func (p *program) cacheDir(flag string) string {
	if flag != "" {
		return flag
	}
	if dir := p.getenv("LOCKORDER_CACHE"); dir != "" {
		if dir == noCache {
			return ""
		}
		return dir
	}
	if p.getenv("HOME") == "" && p.getenv("XDG_CACHE_HOME") == "" && p.getenv("LocalAppData") == "" {
		return ""
	}
	dir, err := cache.Dir()
	if err != nil {
		return ""
	}
	return dir
}

// openCache opens the cache that the flags ask for, nil if none, and has it written
// when the command is done.
func (p *program) openCache(f *treeFlags) (*cache.Cache, error) {
	dir := p.cacheDir(f.cache)
	if f.noCache && f.cache != "" {
		return nil, misuse("--no-cache and --cache-dir: only one of them")
	}
	if f.noCache || dir == "" {
		return nil, nil
	}
	limit := int64(0)
	if size := p.getenv("LOCKORDER_CACHE_SIZE"); size != "" {
		n, err := strconv.ParseUint(size, 10, 32)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("LOCKORDER_CACHE_SIZE is %q: it is a number of MiB", size)
		}
		limit = int64(n) << 20
	}
	version, err := programHash()
	if err != nil {
		return nil, nil // what is not known to be this program's is not used
	}
	c := cache.Open(dir, version, limit)
	p.cleanup = append(p.cleanup, func() error {
		c.Close()
		for _, note := range c.Notes() {
			fmt.Fprintf(p.stderr, "lockorder: note: cache: %s\n", note)
		}
		return nil
	})
	return c, nil
}

// programHash tells this program from any other version of it, also from one that was
// built of the same commit with changes.
func programHash() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
