package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// hookMark is in every hook that is ours.
const hookMark = "# Written by lockorder hook install."

//go:embed hook-pre-push.sh
var prePush string

//go:embed hook-pre-commit.sh
var preCommit string

// hook is the command that makes git ask lockorder.
func (p *program) hook() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "hook",
		GroupID: "scan",
		Short:   "Check commits before git pushes or makes them",
		Long: `Hook manages a hook of a git repository that runs "lockorder patch" on what is
about to be pushed or committed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.hookInstall())
	return cmd
}

func (p *program) hookInstall() *cobra.Command {
	var dir string
	var commit bool
	cmd := &cobra.Command{
		Use:   "install [flags]",
		Short: "Write a git hook that runs lockorder",
		Long: `Install writes the hook "pre-push" of a git repository, or "pre-commit". It
checks the commits that the remote has not, or the staged change, and stops git
if they add a violation; git push --no-verify goes on regardless. A hook that is
there already and not of lockorder is left as it is.`,
		Example: `  lockorder hook install -C linux
  lockorder hook install --pre-commit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, text := "pre-push", prePush
			if commit {
				name, text = "pre-commit", preCommit
			}
			file, err := hookFile(cmd, dir, name)
			if err != nil {
				return err
			}
			if err := writeHook(file, text); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "wrote %s\n", file)
			return err
		},
	}
	cmd.Flags().StringVarP(&dir, "tree", "C", ".", "`DIR`ectory of the repository")
	cmd.Flags().BoolVar(&commit, "pre-commit", false, "check the staged change at each commit instead")
	return cmd
}

// hookFile is where git looks for a hook of the repository.
func hookFile(cmd *cobra.Command, dir, name string) (string, error) {
	if st, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("-C %s: %w", dir, cause(err))
	} else if !st.IsDir() {
		return "", fmt.Errorf("-C %s: is not a directory", dir)
	}
	git := exec.CommandContext(cmd.Context(), "git", "-C", dir, "rev-parse", "--git-path", "hooks/"+name)
	git.Env = append(os.Environ(), "LC_ALL=C")
	out, err := git.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		said, _, _ := strings.Cut(string(exit.Stderr), "\n")
		return "", fmt.Errorf("-C %s: %s", dir, strings.TrimPrefix(said, "fatal: "))
	}
	if err != nil {
		return "", fmt.Errorf("a git hook needs git: %w", err)
	}
	file := strings.TrimSuffix(string(out), "\n")
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	return file, nil
}

// writeHook writes a hook where there is none, or one of ours.
func writeHook(file, text string) error {
	old, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !strings.Contains(string(old), hookMark):
		return fmt.Errorf("%s: there is a hook already, and it is not of lockorder; call \"lockorder patch\" in it", file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".lockorder-")
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Chmod(0o755), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
