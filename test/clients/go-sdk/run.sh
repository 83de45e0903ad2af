#!/usr/bin/env bash
# Runs the program beside it with two versions of Atlas's Go SDK: the one in Atlas's documentation of these endpoints, and
# the newest of its line that can be fetched. Where the SDK cannot be fetched, it says so and has run nothing.
# Usage: run.sh URL
set -uo pipefail

url=${1:?"usage: run.sh URL"}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
documented=20250312001
passed=0
failed=0

# fetched VERSION: a module of its own, for each version of the SDK has an import path of its own.
fetched() {
  mkdir -p "$scratch/$1" && cd "$scratch/$1" || return 1
  sed "s#atlas-sdk/v$documented/#atlas-sdk/v$1/#" "$here/main.go" >main.go
  { [ -f go.mod ] || go mod init example.com/client; } >"$scratch/log" 2>&1 &&
    go get "go.mongodb.org/atlas-sdk/v$1@latest" >"$scratch/log" 2>&1 && go mod tidy >"$scratch/log" 2>&1
}

versions=()
for version in $(seq $documented $((documented + 98))); do
  fetched "$version" || break
  versions=($documented "$version")
done
if [ ${#versions[@]} -eq 0 ]; then
  printf 'The Go SDK cannot be fetched here, so its client is not run: %s\n' "$(tail -n 1 "$scratch/log")"
fi
for version in $(printf '%s\n' "${versions[@]}" | sort -u); do
  printf 'atlas-sdk/v%s\n' "$version"
  counts=$(cd "$scratch/$version" && go run . "$url" | tee /dev/stderr | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
  [ -n "$counts" ] || counts='0 1'
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
