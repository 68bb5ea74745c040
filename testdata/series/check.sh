#!/bin/sh
# Compiles the C models of the series, for syntax and types only: every state,
# with and without page table sharing, against the stub headers.
set -eu

cd "$(dirname "$0")"
cc=${CC:-gcc}
flags="-fsyntax-only -std=gnu11 -nostdinc -fno-builtin -Wall -Werror -Wno-unused-function"
status=0

syntax() { # syntax STATE FILE OPTION...
	tree=$1 source=$2
	shift 2
	$cc $flags "$@" -I"$tree/include" -Istubs/include "$source" || status=1
}

for state in before posted after; do
	for file in $(find "$state" -name '*.c' | sort); do
		syntax "$state" "$file" -DCONFIG_ARCH_WANT_HUGE_PMD_SHARE
		syntax "$state" "$file"
	done
done

# v1's own files stand on the posted headers
for file in $(find posted-v1 -name '*.c' | sort); do
	syntax posted "$file" -DCONFIG_ARCH_WANT_HUGE_PMD_SHARE
done

# each small case stands on its own
if [ -d ../models ]; then
	for file in $(find ../models -name '*.c' | sort); do
		$cc $flags -Wno-unused-variable -Wno-comment "$file" || status=1
	done
fi

exit $status
