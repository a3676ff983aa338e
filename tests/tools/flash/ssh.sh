#!/usr/bin/env bash
# tools/flash against a real sshd on loopback. It and what it starts live in a mount namespace whose
# /etc, /opt, /run and /usr/local are the test's own, so that the machine is not changed.
# usage: ssh.sh source-folder profagent
set -euo pipefail
if [ -z "${FLASH_TEST_INSIDE:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "ssh.sh: skipped: sshd takes logins of root only from root"; exit 77; }
  # In a chroot whose root is no mount point the mounts could not be kept from the rest of the machine.
  unshare -m --propagation private true 2>/dev/null || { echo "ssh.sh: skipped: no mount namespace to be had here"; exit 77; }
  FLASH_TEST_INSIDE=1 exec unshare -m --propagation private "$0" "$@"
fi
flash=$1/tools/flash agent=$2
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) sshd=
trap '[ -z "$sshd" ] || kill "$sshd"; cd /; umount -l /etc /opt /run /usr/local; rm -rf "$dir"' EXIT
plan() { # NAME
  echo '{"schema_version":1,"name":"'"$1"'","items":[{"kind":"op","name":"n","ops":[{"id":"x","op":"input","shape":[1,1,1,8]},{"id":"y","op":"linear","inputs":["x"],"out_channels":4}],"output":"y"}]}'
}
pem() { printf -- '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'; }
fail() { echo "ssh.sh: $*" >&2; cat "$dir/said" >&2 || true; exit 1; }

# The board.
mkdir "$dir"/{opt,run,local,local/bin}
cp -a /etc "$dir/etc"
sed -i 's/^root:[^:]*:/root:*:/' "$dir/etc/shadow"
for place in etc opt run; do mount --bind "$dir/$place" "/$place"; done
mount --bind "$dir/local" /usr/local
mkdir -p /run/sshd /run/systemd/system
ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$dir/sshd_config" <<CONF
ListenAddress 127.0.0.1:$port
HostKey $dir/host_key
AuthorizedKeysFile $dir/key.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
CONF
echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$dir/host_key.pub")" >"$dir/known_hosts"
cp "$here/systemctl" /usr/local/bin/systemctl # in place of a systemd that runs
"$(command -v sshd || echo /usr/sbin/sshd)" -D -e -f "$dir/sshd_config" 2>"$dir/sshd.log" &
sshd=$!
try() { # OPTION...
  code=0
  "$flash" root@127.0.0.1 --port "$port" --ssh-option "IdentityFile=$dir/key" \
    --ssh-option "UserKnownHostsFile=$dir/known_hosts" --ssh-option BatchMode=yes "$@" \
    >"$dir/said" 2>&1 || code=$?
}
expect() { # CODE WORDS
  [ $code = "$1" ] || fail "exit $code instead of $1"
  grep -q -- "$2" "$dir/said" || fail "does not say: $2"
}
current() { readlink /opt/latcast/current; }
starts() { wc -l </run/service-starts; }
for _ in $(seq 50); do
  ! grep -q listening "$dir/sshd.log" || break
  sleep 0.1
done

plan p >"$dir/plan.json"
plan q >"$dir/other.json"
echo sesame >"$dir/token"
pem >"$dir/ca.pem"

try --agent "$agent" --plan "$dir/plan.json" --collector https://c:8430
expect 2 "needs --token-file"
try --agent "$agent" --plan "$dir/token"
expect 1 "is no plan"
try --agent "$agent" --rollback
expect 1 "no previous release"
try --agent "$agent" --plan "$dir/plan.json" --collector https://c:8430 --token-file "$dir/token" \
  --ca-file "$dir/ca.pem" --run-options "--device garage"
expect 0 "is installed and the service active"
first=$(current)
[ "$(stat -c '%a %U' "/opt/latcast/$first/token")" = "600 root" ] || fail "who may read the token"
! grep -q token "/opt/latcast/$first/SHA256SUMS" || fail "a sum of the token for all to read"
[ "$(stat -c %a "/opt/latcast/$first/profagent")" = 755 ] || fail "the agent's mode"
grep -q -- '--ca-file /opt/latcast/current/ca.pem"' "/opt/latcast/$first/profagent.conf" || fail "configuration"
cmp "$agent" "$(readlink -f /usr/local/bin/profagent)" || fail "another agent"
systemctl is-active --quiet latcast-profagent.service || fail "not started"
[ -e /etc/systemd/system/multi-user.target.wants/latcast-profagent.service ] || fail "not enabled"

# Again, with everything from the board itself; another plan; and back.
try --agent "$agent"
expect 0 "is there already"
[ "$(current)" = "$first" ] && [ "$(starts)" = 1 ] || fail "another release, or start, for the same"
try --agent "$agent" --plan "$dir/other.json"
expect 0 "is installed"
[ "$(readlink /opt/latcast/previous)" = "$first" ] || fail "the way back"
cmp "/opt/latcast/$first/profagent.conf" /opt/latcast/current/profagent.conf || fail "configuration is lost"
second=$(current)
try --rollback
expect 0 "back to release"
[ "$(current)" = "$first" ] || fail "not back"

# The same when the service does not run: it is started, and must start.
for state in failed inactive activating; do
  echo $state >/run/service-state
  try --agent "$agent" --token-file "$dir/token"
  expect 0 "is there already"
  systemctl is-active --quiet latcast-profagent.service || fail "left $state"
done
echo 2 >/run/service-ends # wrong usage
echo failed >/run/service-state
try --agent "$agent"
expect 1 "does not start with release"
[ "$(current)" = "$first" ] || fail "not as before"

# A plan of which the board cannot run some: the service ends at once, having done what it can.
echo 3 >/run/service-ends
plan r >"$dir/third.json"
try --agent "$agent" --plan "$dir/third.json"
expect 0 "is installed and the service inactive"
rm /run/service-ends
try --rollback
expect 0 "back to release"

# The token is part of the release: a new one is started with, and taken back with it.
echo rosebud >"$dir/new_token"
try --agent "$agent" --token-file "$dir/new_token"
expect 0 "is installed and the service active"
[ "$(cat /run/service-token)" = rosebud ] || fail "the service does not know the new token"
try --rollback
expect 0 "back to release"
[ "$(current) $(cat /run/service-token)" = "$first sesame" ] || fail "the token is not back"
try --agent "$agent" --plan "$dir/other.json"
[ "$(current)" = "$second" ] || fail "another release for the same"
try --rollback

# Agents that do not start, do not run, are for other boards: all stays as it is.
try --agent /bin/true --token-file "$dir/new_token"
expect 1 "back to release"
[ "$(current) $(cat /run/service-token)" = "$first sesame" ] && systemctl is-active --quiet latcast-profagent.service || fail "not as before"
head -c 4000 "$agent" >"$dir/torn"
try --agent "$dir/torn"
expect 1 "does not run here"
printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\267\000' >"$dir/arm"
try --agent "$dir/arm"
expect 3 "an agent for aarch64"
[ "$(current)" = "$first" ] || fail "not as before"
[ "$(find /opt/latcast/releases -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "releases are left over"
[ "$(readlink /opt/latcast/previous)" = "$second" ] || fail "the way back is lost"

# A board without systemd.
rm -r /run/systemd /etc/systemd/system/*latcast* /etc/systemd/system/multi-user.target.wants/latcast*
try --agent "$agent" --plan "$dir/other.json" --run-options "--device shed"
expect 0 "no systemd runs here"
[ ! -e /etc/systemd/system/latcast-profagent.service ] || fail "a unit without systemd"
mkdir -p /run/systemd/system

try --remove
expect 0 removed
[ ! -e /opt/latcast ] && [ ! -L /usr/local/bin/profagent ] || fail "something is left"
# A first release that does not start leaves nothing enabled.
try --agent /bin/true --plan "$dir/plan.json"
expect 1 "not enabled"
[ ! -L /opt/latcast/current ] && [ ! -L /etc/systemd/system/latcast-profagent.service ] || fail "enabled"

port=9 try --agent "$agent"
expect 5 "cannot be reached"
echo "ssh.sh: installed, repeated, rolled back, removed; what cannot work changed nothing"
