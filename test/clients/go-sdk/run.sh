#!/usr/bin/env bash
# Runs the program beside it with versions of Atlas's Go SDK: by default an early one that has these endpoints and a
# recent one. v20250312001, which Atlas's own samples of them import, has no such methods yet. A version that cannot be
# fetched is named and not run; where none can, the program has run nothing and says so.
# Usage: run.sh URL [VERSION...], a version being as in 20250312026
set -uo pipefail

url=${1:?"usage: run.sh URL [VERSION...]"}
shift
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
written_for=20250312026
passed=0
failed=0

[ $# -gt 0 ] || set -- 20250312014 "$written_for"
for version in "$@"; do
  mkdir -p "$scratch/$version" && cd "$scratch/$version" || exit 1
  # Each version of the SDK has an import path of its own, and the oldest write the name of the field otherwise.
  for file in main.go go.mod; do
    sed "s#v$written_for#v$version#g" "$here/$file" >"$file"
  done
  [ "$version" -ge 20250312022 ] || sed -i.bak 's#CloudBackupsAPI#CloudBackupsApi#g' main.go
  if ! go mod tidy >"$scratch/log" 2>&1; then
    printf 'atlas-sdk/v%s cannot be fetched here, so it is not run: %s\n' "$version" "$(tail -n 1 "$scratch/log" | xargs)"
    continue
  fi
  printf 'atlas-sdk/v%s\n' "$version"
  counts=$(go run . "$url" | tee /dev/stderr | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
  counts=${counts:-0 1}
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
