#!/bin/bash
# Creates the local branches ej1 ... ej8 from the current commit: ej1 to ej4 with the echo programs as the default, ej5
# to ej8 with the lottery. FORCE=1 replaces branches that have other content. The checkout, its index and HEAD stay as
# they are: blobs, trees and commits are made beside them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

file=src/base/mode.ts
force=${FORCE:-0}

fail() {
  echo "branches: $1" >&2
  exit 1
}

[[ $force == 0 || $force == 1 ]] || fail "FORCE is \"$force\": expected 0 or 1"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || fail "this is no clone: expected a git checkout"
[ "$(git rev-parse --show-toplevel)" = "$(pwd -P)" ] || fail "this is part of another repository: expected a clone of its own"
head=$(git rev-parse --verify --quiet 'HEAD^{commit}') || fail "there is no commit yet: commit first"
[ -z "$(git status --porcelain)" ] ||
  fail "there are changes that no commit has, which the branches would lack: commit or remove them (git status)"

export GIT_INDEX_FILE
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Name, address and time of the commit that they come from: the same commit leads to the same branches again.
{
  read -r GIT_AUTHOR_NAME
  read -r GIT_AUTHOR_EMAIL
  read -r GIT_AUTHOR_DATE
} < <(git show --no-patch --no-show-signature --format='%cn%n%ce%n%ct +0000' "$head")
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE

# commit_with NUMBER MODE: prints a commit in which MODE is the default of exercise NUMBER.
commit_with() {
  local text blob tree mode
  text=$(git show "$head:$file" | sed -E "s/^(export const DEFAULT_MODE: Mode = )'[a-z]+';$/\1'$2';/")
  [[ $text == *"DEFAULT_MODE: Mode = '$2';"* ]] || fail "$file of $head: expected a line with DEFAULT_MODE"
  blob=$(printf '%s\n' "$text" | git hash-object -w --stdin)
  mode=$(git ls-tree "$head" -- "$file" | cut -d ' ' -f 1)
  GIT_INDEX_FILE=$scratch/index
  git read-tree "$head"
  git update-index --cacheinfo "$mode,$blob,$file"
  tree=$(git write-tree)
  if [ "$tree" = "$(git rev-parse "$head^{tree}")" ]; then
    echo "$head"
  else
    git commit-tree "$tree" -p "$head" -m "Make the $2 programs of exercise $1 the default"
  fi
}

checked_out=$(git worktree list --porcelain | sed -n 's/^branch //p')
updates=()
report=()
for number in 1 2 3 4 5 6 7 8; do
  mode=lottery
  [ $number -gt 4 ] || mode=echo
  name=ej$number
  ref=refs/heads/$name
  new=$(commit_with $number $mode)
  old=$(git rev-parse --verify --quiet "$ref^{commit}" || true)
  if [ -z "$old" ]; then
    updates+=("create $ref $new")
    report+=("$name: $mode")
  elif [ "$(git rev-parse "$old^{tree}")" = "$(git rev-parse "$new^{tree}")" ]; then
    report+=("$name: $mode, as it was")
  elif [ "$force" = 0 ]; then
    fail "$name is there with other content ($(git rev-parse --short "$old")): FORCE=1 replaces it (make branches FORCE=1)"
  elif grep -qxF "$ref" <<<"$checked_out"; then
    fail "$name is checked out, and has other content: check out another branch first"
  else
    updates+=("update $ref $new $old")
    report+=("$name: $mode, in place of $(git rev-parse --short "$old")")
  fi
done

# All of them or none.
[ ${#updates[@]} -eq 0 ] || printf '%s\n' "${updates[@]}" | git update-ref --stdin
printf '%s\n' "${report[@]}"
