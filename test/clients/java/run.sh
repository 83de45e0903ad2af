#!/usr/bin/env bash
# Runs the Java programs beside it, each a single file, with Apache's HttpClient from Maven in a folder of its own.
# Usage: run.sh URL
set -uo pipefail

url=${1:?"usage: run.sh URL"}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

cp "$here/pom.xml" "$scratch"
if ! mvn --quiet --batch-mode --file "$scratch/pom.xml" dependency:copy-dependencies \
  "-DoutputDirectory=$scratch/lib" >"$scratch/log" 2>&1; then
  tail -n 20 "$scratch/log"
  exit 1
fi
for program in JdkClient ApacheClient; do
  printf '%s\n' "$program"
  counts=$(java -cp "$scratch/lib/*" "$here/$program.java" "$url" | tee /dev/stderr |
    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
  counts=${counts:-0 1}
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
