#!/usr/bin/env bash
# The container image, without Docker and without a registry of images: makes a Debian with Node to stand for the
# official image, builds the Dockerfile on it with buildah, and runs what comes out as Docker would, as process 1 of
# namespaces of its own, with the user, the variables, the entrypoint and the health check that the image names.
# Needs root, buildah, debootstrap and curl, and the network for Debian's and npm's packages.
# Usage: image.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

passed=0
failed=0
scratch=$(mktemp -d)
unshared=
# The one thing that buildah keeps elsewhere, unless it was there before.
cache=/var/lib/containers/cache
[ -e $cache ] && cache=
clean_up() {
  # A subshell that a signal ends before it has dropped the traps comes here too.
  [ "$BASHPID" = $$ ] || return
  [ -n "$unshared" ] && kill -KILL "$unshared" 2>/dev/null && wait "$unshared" 2>/dev/null
  in_buildah umount --all >"$scratch/log" 2>&1
  umount "$scratch/storage/overlay" 2>"$scratch/log"
  # Should anything still be mounted, what it shows is not ours to remove.
  rm -rf --one-file-system "$scratch"
  if [ -n "$cache" ]; then
    rm -f "$cache/blob-info-cache-v1.boltdb"
    rmdir --parents "$cache" 2>/dev/null
  fi
}
trap clean_up EXIT
trap 'exit 1' INT TERM

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

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

# made WHAT COMMAND...: one check, without which the others cannot be made.
made() {
  local what=$1 begun=$SECONDS
  shift
  if "$@" >"$scratch/log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok - %s (%d s)\n' "$what" $((SECONDS - begun))
  else
    failed=$((failed + 1))
    tail -n 40 "$scratch/log"
    printf 'not ok - %s\n' "$what"
    finish
  fi
}

# Images and containers stay in the scratch folder.
export BUILDAH_ISOLATION=chroot
in_buildah() { buildah --root "$scratch/storage" --runroot "$scratch/run" "$@"; }

# Debian with the next even release of Node, which an npm package carries, and the npm of this machine.
base() {
  local root=$scratch/base home=$scratch/node node
  debootstrap --variant=minbase bookworm "$root" || return 1
  mkdir "$home" && npm install --no-save --prefix "$home" node@24 || return 1
  node=$(dirname "$(find "$home" -path '*/include/node/node.h' | head -n 1)")/../..
  cp -r "$node/bin" "$node/include" "$root/usr/local/" || return 1
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/" || return 1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  chroot "$root" npm --version || return 1
  rm -rf "$root/var/cache/apt/archives"/*.deb "$home"
}

# image_of FOLDER NAME: what is in a folder becomes an image.
image_of() {
  local container
  container=$(in_buildah from scratch) &&
    in_buildah add --quiet "$container" "$1" / &&
    in_buildah commit --quiet "$container" "$2" &&
    in_buildah rm "$container"
}

# What distroless images have: Node, in a folder of its own, and the libraries that it loads. No shell, and no other command.
bare_base() {
  local root=$scratch/bare library
  mkdir -p "$root"/{nodejs/bin,etc,tmp,proc,dev} && chmod 1777 "$root/tmp" &&
    cp "$scratch/base/usr/local/bin/node" "$root/nodejs/bin/" &&
    cp "$scratch/base/etc/passwd" "$scratch/base/etc/group" "$root/etc/" || return 1
  while read -r library; do
    mkdir -p "$root$(dirname "$library")" && cp -L "$scratch/base$library" "$root$library" || return 1
  done < <(chroot "$scratch/base" ldd /usr/local/bin/node | grep -oE '/[^ ]+')
  image_of "$root" "$bare"
}

# The same with what compiles better-sqlite3, Node's headers for it, and whom this machine trusts.
build_base() {
  local container authorities=/etc/ssl/certs/ca-certificates.crt
  container=$(in_buildah from --pull-never "$slim") &&
    in_buildah run "$container" sh -c 'apt-get update && apt-get install -y --no-install-recommends g++ make python3' &&
    in_buildah config --env npm_config_nodedir=/usr/local "$container" || return 1
  if [ -f $authorities ]; then
    in_buildah copy --quiet "$container" $authorities $authorities &&
      in_buildah config --env NODE_EXTRA_CA_CERTS=$authorities "$container" || return 1
  fi
  in_buildah commit --quiet "$container" "$full" && in_buildah rm "$container"
}

slim=localhost/node:slim
full=localhost/node:full
bare=localhost/node:bare
image=localhost/atlas-backup-emulator
made 'a base image with Node' base
made 'it is an image' image_of "$scratch/base" $slim
made 'another one with a compiler' build_base
# Debian's buildah 1.28 does not know the option, which Docker does from 25 on; everything else is built as it stands.
sed 's/ --start-interval=200ms//' Dockerfile >"$scratch/Dockerfile"
check 'the Dockerfile has Docker ask at once whether it is healthy' ' --start-interval=200ms$' \
  "$(diff Dockerfile "$scratch/Dockerfile" | grep -oE ' --start-interval=[^ ]+')"
# built BASE NAME: with layers kept, so that what builds does so once.
built() {
  in_buildah bud --layers --pull-never --format docker --build-arg NODE_IMAGE="$1" \
    --build-arg BUILD_IMAGE=$full --file "$scratch/Dockerfile" --tag "$2" .
}
made 'the Dockerfile builds' built $slim $image
# container_of NAME: its root is then in `root`.
container_of() {
  local container
  container=$(in_buildah from --pull-never "$1") && root=$(in_buildah mount "$container")
}
made 'a container is made of it' container_of $image

# named EXPRESSION: what the image's config says, one entry a line.
in_buildah inspect --type image $image >"$scratch/inspected"
named() {
  node -p "const { config } = JSON.parse(require('fs').readFileSync('$scratch/inspected')).Docker
    ;[($1) ?? []].flat().join('\n')"
}
user=$(named config.User)
workdir=$(named config.WorkingDir)
mapfile -t variables < <(named config.Env)
mapfile -t entrypoint < <(named config.Entrypoint)
mapfile -t health < <(named config.Healthcheck?.Test)

check 'the user is a number, and not root’s, of group 0' '^[1-9][0-9]*:0$' "$user"
check 'no anonymous volume for those who keep nothing' '^$' "$(named 'Object.keys(config.Volumes ?? {})')"
check 'labels that registries show' '^atlas-backup-emulator$' \
  "$(named "config.Labels?.['org.opencontainers.image.title']")"
check 'a port' '^8080/tcp$' "$(named 'Object.keys(config.ExposedPorts ?? {})')"
check 'a health check without a shell' '^CMD node dist/healthcheck.js$' "${health[*]}"

# What the image adds to its base, links and empty folders included.
listed() { (cd "$1" && find . -path ./proc -prune -o -printf '%p %y\n' | sort); }
added=$(comm -13 <(listed "$scratch/base") <(listed "$root"))
# The file of hosts is buildah's, for the commands that it ran.
check 'it adds nothing outside /app and /data' '^$' "$(grep -vE '^\./((app|data)(/| )|etc/hosts )' <<<"$added")"
built_files='main\.cjs|(core|later)\.cjs(\.v[0-9.]+-[a-z0-9]+\.cache)?|yaml\.cjs|healthcheck\.js|THIRD-PARTY-LICENSES\.txt|sbom\.cdx\.json'
own="(LICENSE|package\\.json|dist/($built_files)|fixtures/([a-z]+\\.json|README\\.md))"
sqlite='better-sqlite3/(LICENSE|package\.json|lib/.+\.js|build/Release/better_sqlite3\.node)'
loader='(bindings|file-uri-to-path)/(LICENSE(\.md)?|package\.json|(bindings|index)\.js)'
check 'it adds production files only' '^$' \
  "$(sed -nE 's/^\.\/app\/(.*) [^d]$/\1/p' <<<"$added" | grep -vE "^($own|node_modules/($sqlite|$loader))$")"
# What a bill of materials names: bundled packages as their licences do, others by the folder they are in. The code of
# better-sqlite3 is bundled, and it is beside with its compiled file.
billed=$(node -e "
  const { components } = JSON.parse(require('fs').readFileSync('$root/app/dist/sbom.cdx.json'))
  for (const { name, version, properties } of components) {
    console.log(properties.some(({ name }) => name.endsWith(':bundled')) ? name + ' ' + version : name)
  }" | sort -u)
check 'its bill of materials names what is bundled and what is beside, and nothing else' '^$' "$(diff <(cat \
  <(ls "$root/app/node_modules" | grep -vx better-sqlite3) \
  <(awk 'FNR == 1 || after == 2 { print } { after = /^-+$/ && length == 80 ? 1 : after == 1 ? 2 : 0 }' \
    "$root/app/dist/THIRD-PARTY-LICENSES.txt") | sort -u) - <<<"$billed")"
check 'its user can write nothing but /data' '^/data$' "$(chroot --userspec="$user" --groups= "$root" \
  find / -xdev -path /proc -prune -o -writable -not -type l -not -perm -1000 -print 2>/dev/null |
  grep -vE '^/(dev|run/lock)(/|$)')"

# entered SETTING... -- COMMAND...: what process 1 of a container begins as; settings are NAME=VALUE, or FROM:TO for a
# folder to be mounted.
cat >"$scratch/entered" <<'END'
set -euo pipefail
ip link set lo up
if [ -n "${read_only:-}" ]; then
  mount --bind "$root" "$root"
  mount -o remount,bind,ro "$root"
fi
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
variables=()
while [ "$1" != -- ]; do
  case $1 in
    /*:/*) mkdir -p "$root${1#*:}" && mount --bind "${1%%:*}" "$root${1#*:}" ;;
    *) variables+=("$1") ;;
  esac
  shift
done
shift
exec env --ignore-environment "${variables[@]}" "$unshare" \
  --root="$root" --wd="$workdir" --setgid="${user#*:}" --setuid="${user%:*}" "$@"
END
unshare=$(command -v unshare)
export root user workdir unshare

# Then: SETTING... -- COMMAND... No function, so that what runs in the background is unshare itself, and its child node.
run=(unshare --net --mount --pid --fork --kill-child bash "$scratch/entered" "${variables[@]}")

# up SETTING... [-- ARGUMENT...]: starts a container as docker run does, and waits for the line that tells its URL.
up() {
  local settings=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do settings+=("$1"); shift; done
  [ $# -gt 0 ] && shift
  : >"$scratch/stdout"
  "${run[@]}" "${settings[@]}" -- "${entrypoint[@]}" "$@" >"$scratch/stdout" 2>"$scratch/stderr" &
  unshared=$!
  first= url= printed=
  for _ in $(seq 100); do
    printed=$(head -n 1 "$scratch/stdout")
    [ -n "$printed" ] && break
    sleep 0.1
  done
  url=${printed#* listens on }
  first=$(pgrep -P "$unshared") || sed 's/^/  /' "$scratch/stderr"
}

# Ends it as docker stop does; tells the exit code and the milliseconds that it took.
down() {
  local begun=${EPOCHREALTIME/./} code
  kill -TERM "$first"
  # What docker stop would do after ten seconds.
  (sleep 10 && kill -KILL "$first") 2>/dev/null &
  local impatient=$!
  wait "$unshared"
  code=$?
  kill "$impatient" 2>/dev/null
  unshared=
  stopped="$code, $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
}

beside() { nsenter --target "$first" --net "$@"; }
ask() { beside curl --silent --show-error --max-time 5 "$@"; }
# Docker runs the check as the container's user, in its namespaces and with its variables.
check_health() {
  nsenter --target "$first" --net --mount --pid env --ignore-environment "${variables[@]}" "$@" "$unshare" \
    --root="$root" --wd="$workdir" --setgid="${user#*:}" --setuid="${user%:*}" "${health[@]:1}" 2>&1
  echo "exit code $?"
}

version='Accept: application/vnd.atlas.2025-03-12+json'
endpoints=/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints

up
check 'the line of npm start, with nothing set' \
  '^atlas-backup-emulator listens on http://127\.0\.0\.1:8080$' "$printed"
check 'it listens on every address' '0\.0\.0\.0:8080' "$(beside ss -Hltn)"
check 'process 1 is node, of that user' "^${user%:*} node" "$(ps -o uid=,args= -p "$first" | sed 's/^ *//')"
counts=$(beside test/clients/curl.sh "$url" | tail -n 1)
check 'curl goes through the life of an endpoint' '^[1-9][0-9]* passed, 0 failed$' "$counts"
check 'health as a port that Docker publishes asks' '"status":"ok"' \
  "$(ask --header 'Host: localhost:8080' "$url/_emulator/health")"
begun=${EPOCHREALTIME/./}
check 'the health check while it runs' '^exit code 0$' "$(check_health)"
taken=$(((${EPOCHREALTIME/./} - begun) / 1000))
down
check 'SIGTERM ends it with 0, within a second' '^0, [0-9]{1,3} ms$' "$stopped"
check 'the health check when it does not run' '^exit code 1$' \
  "$("${run[@]}" -- "${health[@]:1}" 2>&1; echo "exit code $?")"

up ATLAS_EMULATOR_FIXTURES=/fixtures/demo.json ATLAS_EMULATOR_PORT=9000 ATLAS_EMULATOR_CONTROL_TOKEN=secret \
  "$PWD/fixtures:/fixtures"
check 'a port by variable' ':9000$' "$url"
check 'fixtures by mounted folder and variable' '"organizations":3' \
  "$(ask --header 'Authorization: Bearer secret' "$url/_emulator/health")"
check 'the health check with that port and a control token' '^exit code 0$' \
  "$(check_health ATLAS_EMULATOR_PORT=9000 ATLAS_EMULATOR_CONTROL_TOKEN=secret)"
down

mkdir "$scratch/worlds"
cat >"$scratch/worlds/first.json" <<'END'
{ "organizations": [{ "id": "32b6e34b3d91647abb20e7a0", "name": "Acme" }],
  "projects": [{ "id": "32b6e34b3d91647abb20e7b8", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Shop" }] }
END
cat >"$scratch/worlds/second.json" <<'END'
{ "projects": [{ "id": "32b6e34b3d91647abb20e7b9", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Stock" }] }
END
up "$scratch/worlds:/fixtures"
check 'fixtures by mounted folder alone' '"projects":2,' "$(ask "$url/_emulator/health")"
down
up "$scratch/worlds:/fixtures" ATLAS_EMULATOR_FIXTURES=demo
check 'a mounted folder, when fixtures are named by variable' '"organizations":3' "$(ask "$url/_emulator/health")"
down
rmdir "$root/fixtures"
up
check 'without a mounted folder, the default fixture' '"projects":1,' "$(ask "$url/_emulator/health")"
down

export read_only=yes
up ATLAS_EMULATOR_AUTH=off
check 'a root that is read-only will do' '^200$' \
  "$(ask --output /dev/null --write-out '%{http_code}' --header "$version" "$url$endpoints")"
down
unset read_only

up -- --auth off --control off
check 'settings by flag' '^200$' \
  "$(ask --output /dev/null --write-out '%{http_code}' --header "$version" "$url$endpoints")"
check 'the health check without the control API' '^exit code 0$' "$(check_health)"
down

# What runs containers may choose another user, of group 0.
usual=$user
user=1000680000:0
up ATLAS_EMULATOR_DB=/data/atlas.db ATLAS_EMULATOR_AUTH=off
check 'any user of group 0 can keep a database' '^200$' \
  "$(ask --output /dev/null --write-out '%{http_code}' --header "$version" "$url$endpoints")"
down
rm -f "$root"/data/*
user=$usual

# A new volume gets what the image has there, its owner included.
cp -a "$root/data" "$scratch/volume"
up ATLAS_EMULATOR_DB=/data/atlas.db ATLAS_EMULATOR_AUTH=off "$scratch/volume:/data"
id=$(ask --header "$version" --header 'Content-Type: application/json' "$url$endpoints" \
  --data '{"cloudProvider":"AWS","regionName":"US_EAST_1"}' | grep -oE '[0-9a-f]{24}')
down
up ATLAS_EMULATOR_DB=/data/atlas.db ATLAS_EMULATOR_AUTH=off "$scratch/volume:/data"
check 'what is in /data is there after a restart' \
  "\"id\":\"${id:-none}\"" "$(ask --header "$version" "$url$endpoints/$id")"
down
check 'with a database, SIGTERM ends it with 0, within a second' '^0, [0-9]{1,3} ms$' "$stopped"

slim_root=$root
made 'a base image as distroless ones are' bare_base
made 'the Dockerfile builds on it' built $bare $image-bare
made 'a container is made of that' container_of $image-bare
check 'there is no shell, and no command but node' '^/nodejs/bin/node$' \
  "$(find "$root" -xdev -path "$root/app" -prune -o -type f -perm /111 -not -name '*.so*' -printf '/%P\n')"
in_buildah inspect --type image $image-bare >"$scratch/inspected"
mapfile -t variables < <(named config.Env)
run=(unshare --net --mount --pid --fork --kill-child bash "$scratch/entered" "${variables[@]}")
up ATLAS_EMULATOR_DB=/data/atlas.db ATLAS_EMULATOR_AUTH=off
check 'without a shell, it serves' '^200$' \
  "$(ask --output /dev/null --write-out '%{http_code}' --header "$version" "$url$endpoints")"
check 'without a shell, it is healthy' '^exit code 0$' "$(check_health)"
down
check 'without a shell, SIGTERM ends it with 0, within a second' '^0, [0-9]{1,3} ms$' "$stopped"
root=$slim_root

megabytes() {
  du --summarize --apparent-size --block-size=kB "$1" | awk '{ printf "%.1f MB", $1 / 1000 }'
}
printf 'The image has %s, of which its base has %s and /app %s. The health check takes %d ms.\n' \
  "$(megabytes "$root")" "$(megabytes "$scratch/base")" "$(megabytes "$root/app")" "$taken"
finish
