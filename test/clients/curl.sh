#!/usr/bin/env bash
# curl against a running emulator with the default fixture: the commands of the README as they are printed there, then
# the life of an endpoint and the mistakes one makes on the way.
# Usage: curl.sh URL
set -uo pipefail

url=${1:?"usage: curl.sh URL"}
here=$(cd "$(dirname "$0")" && pwd)
passed=0
failed=0

# check WHAT EXPECTED ACTUAL: ACTUAL must hold EXPECTED, an extended regular expression.
check() {
  if grep -qE -- "$2" <<<"$3"; then
    passed=$((passed + 1))
    printf 'ok - %s\n' "$1"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n  expected: %s\n  actual: %s\n' "$1" "$2" "$3"
  fi
}

# The fenced block of the README that exports the credentials, with only the host changed.
first_commands=$(awk '/^```/ { if (block ~ /export PUBLIC_KEY/) { printf "%s", block; exit } block = ""; next } { block = block $0 "\n" }' \
  "$here/../../README.md")
eval "${first_commands%%ACCESS_TOKEN=*}"
printed=$(bash -euo pipefail -c "${first_commands//http:\/\/127.0.0.1:8080/$url}" 2>&1)
check 'the README’s commands create two endpoints' '^2$' "$(grep -c '^HTTP/1.1 201 Created' <<<"$printed")"
check 'they answer in the version served' '^2$' \
  "$(grep -ciE '^content-type: application/vnd\.atlas\.2024-11-13\+json;charset=utf-8' <<<"$printed")"
check 'the first is same-region' '"regionName":"US_GOV_WEST_1","status":"INITIATING","vpcRegionName":"US_GOV_WEST_1"\}' "$printed"
check 'the second is cross-region' '"regionName":"US_EAST_1","status":"INITIATING","vpcRegionName":"US_WEST_2"\}' "$printed"

version='Accept: application/vnd.atlas.2025-03-12+json'
endpoints=$url/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints
token=$(curl -fsS -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials "$url/api/oauth/token" |
  node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token')
by_digest() { curl -sS --digest --user "$PUBLIC_KEY:$PRIVATE_KEY" --header "$version" "$@"; }
by_token() { curl -sS --header "Authorization: Bearer $token" --header "$version" "$@"; }
status=(--output /dev/null --write-out '%{http_code}')

# until_it_is EXPECTED COMMAND...: repeats the command until it prints what is expected, for ten seconds at most.
until_it_is() {
  local expected=$1 printed=''
  shift
  for _ in $(seq 100); do
    printed=$("$@")
    grep -qE -- "$expected" <<<"$printed" && break
    sleep 0.1
  done
  printf '%s' "$printed"
}

listed=$(by_digest "$endpoints?pretty=true")
check 'a list by digest' '"totalCount" : 2' "$listed"
id=$(sed -nE 's/.*"id" : "([0-9a-f]{24})".*/\1/p' <<<"$listed" | head -n 1)
check 'polling until ACTIVE' '"status":"ACTIVE"' "$(until_it_is ACTIVE by_token "$endpoints/$id")"
check 'the connection has a name' '"privateEndpointConnectionName":"vpce-[0-9a-f]{17}"' "$(by_token "$endpoints/$id")"
check 'HEAD' '^HTTP/1.1 200 OK' "$(by_token --head "$endpoints/$id")"
check 'HTTP/1.0' '"id":"'"$id" "$(by_digest --http1.0 "$endpoints/$id")"
check '--compressed' '"id":"'"$id" "$(by_token --compressed "$endpoints/$id")"
# The command keeps the connection from one URL to the next, but not the nonce: each URL takes a challenge of its own.
check 'digest over keep-alive: three URLs, one connection' '^200:1 200:0 200:0 $' \
  "$(by_digest "$endpoints/$id" "$endpoints" "$endpoints/$id" --write-out '%{stderr}%{http_code}:%{num_connects} ' 2>&1 >/dev/null)"
check 'DELETE' '^204$' "$(by_digest "${status[@]}" -X DELETE "$endpoints/$id")"
check 'polling until 404' '^404$' "$(until_it_is 404 by_token "${status[@]}" "$endpoints/$id")"

check 'no credentials: 401' '^401$' "$(curl -sS "${status[@]}" --header "$version" "$endpoints")"
check 'a wrong key: 401' '^401$' \
  "$(curl -sS --digest --user "$PUBLIC_KEY:wrong" "${status[@]}" --header "$version" "$endpoints")"
check 'no version: 406' 'INVALID_VERSION_DATE' "$(curl -sS --header "Authorization: Bearer $token" "$endpoints")"
create=(--header 'Content-Type: application/json' -X POST "$endpoints")
check 'regions taken: 409' 'ALREADY_EXISTS_FOR_REGION' \
  "$(by_digest "${create[@]}" -d '{"cloudProvider":"AWS","regionName":"US_EAST_1","vpcRegionName":"US_WEST_2"}')"
check 'a region that is none: 400' 'Invalid attribute regionName specified\.' \
  "$(by_digest "${create[@]}" -d '{"cloudProvider":"AWS","regionName":"US_EAST_9"}')"
check 'a form, which curl sends by default: 415' 'UNSUPPORTED_MEDIA_TYPE' "$(by_token "$endpoints" -d '{}')"
check 'two MiB, announced or not: 413' '^413413$' "$(
  head -c 2097152 /dev/zero | by_token "${create[@]}" "${status[@]}" --data-binary @-
  head -c 2097152 /dev/zero | by_token "${create[@]}" "${status[@]}" --header 'Expect:' --header 'Transfer-Encoding: chunked' --data-binary @-
)"
check 'a revoked token: 401' '^401$' "$(
  curl -sS -u "$CLIENT_ID:$CLIENT_SECRET" -d "token=$token" "$url/api/oauth/revoke"
  by_token "${status[@]}" "$endpoints"
)"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
