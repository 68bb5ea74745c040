package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/vet"
	"golang.org/x/tools/go/analysis/unitchecker"
)

// vetTool reports whether the go command runs lockorder as its vet tool: to ask
// for its version, for its flags, or to check a package.
func vetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return args[0] == "-V=full" || args[0] == "-flags" || strings.HasSuffix(args[len(args)-1], ".cfg")
}

// runVetTool answers the go command. It does not return where it checks a package.
func runVetTool(args []string, stdout, stderr io.Writer) int {
	if args[0] != "-V=full" {
		tuneGC(context.Background(), os.Getenv, unitHeap)
		unitchecker.Main(vet.Analyzer)
		return exitTrouble // not reached
	}
	id, err := toolID()
	if err != nil {
		fmt.Fprintf(stderr, "lockorder: %v\n", err)
		return exitTrouble
	}
	fmt.Fprintf(stdout, "lockorder version devel comments-go-here buildID=%s\n", id)
	return exitClean
}

// toolID names what a result of the vet tool depends on beside the package: the
// program, and the rules files of the module. The go command keeps results by
// it, and does not know that rules files are read.
func toolID() (string, error) {
	h := sha256.New()
	exe, err := os.Executable()
	if err != nil {
		return "", err
	}
	if err := hashFile(h, exe); err != nil {
		return "", err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	files, err := vet.RulesFiles(dir)
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	for _, f := range files {
		fmt.Fprintf(h, "\n%s\n", filepath.ToSlash(f))
		if err := hashFile(h, f); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashFile(h io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return err
}
