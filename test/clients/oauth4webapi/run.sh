#!/usr/bin/env bash
# Runs the program beside it in a folder of its own, where its package is installed.
# Usage: run.sh URL
set -euo pipefail

url=${1:?"usage: run.sh URL"}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$(dirname "$0")/client.mjs" "$scratch"
npm install --silent --no-save --no-audit --no-fund --prefix "$scratch" oauth4webapi@3.8.8
node "$scratch/client.mjs" "$url"
