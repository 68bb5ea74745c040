#!/bin/sh
# Written by lockorder hook install.
#
# Checks the staged change.
# Options for lockorder, such as --rules FILE: git config lockorder.options "..."

top=$(git rev-parse --show-toplevel) || exit 1
git diff --cached --quiet HEAD -- '*.c' '*.h' && exit 0

# shellcheck disable=SC2046 # the options are several words
lockorder patch -q -C "$top" $(git config --get lockorder.options) --staged >&2
status=$?
[ $status -eq 0 ] || echo "lockorder: not committed; git commit --no-verify goes on regardless" >&2
exit $status
