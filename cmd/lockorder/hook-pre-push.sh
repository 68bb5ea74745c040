#!/bin/sh
# Written by lockorder hook install.
#
# Checks the commits that are about to be pushed and that the remote has not.
# Options for lockorder, such as --rules FILE: git config lockorder.options "..."

remote=$1
top=$(git rev-parse --show-toplevel) || exit 1
options=$(git config --get lockorder.options)
# git sets these for its hooks; they are of this repository alone.
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX

zero=$(git -C "$top" hash-object --stdin </dev/null | tr '0-9a-f' '0')
status=0
while read -r local_ref local_id remote_ref remote_id; do
	[ "$local_id" = "$zero" ] && continue # a branch is deleted
	if [ "$remote_id" != "$zero" ] && git -C "$top" cat-file -e "$remote_id" 2>/dev/null; then
		base=$(git -C "$top" merge-base "$remote_id" "$local_id") || continue
	else
		# A new branch: from where it leaves what the remote has.
		first=$(git -C "$top" rev-list --first-parent "$local_id" --not --remotes="$remote" | tail -n 1)
		[ -n "$first" ] || continue
		base=$(git -C "$top" rev-parse --verify --quiet "$first^") || continue
	fi
	[ "$base" = "$(git -C "$top" rev-parse "$local_id")" ] && continue
	# shellcheck disable=SC2086 # the options are several words
	lockorder patch -q -C "$top" $options "$base..$local_id" >&2 || status=1
done
[ $status -eq 0 ] || echo "lockorder: not pushed ($remote_ref); git push --no-verify goes on regardless" >&2
exit $status
