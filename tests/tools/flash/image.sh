#!/usr/bin/env bash
# tools/flash --image against real ext4 file systems in images with partition tables.
# usage: image.sh source-folder profagent
set -euo pipefail
flash=$1/tools/flash agent=$2
export PATH=$PATH:/sbin:/usr/sbin
dir=$(mktemp -d)/"of cards" # a space: debugfs parts words
mkdir "$dir"
trap 'rm -rf "${dir%/*}"' EXIT
plan() { # NAME
  echo '{"schema_version":1,"name":"'"$1"'","items":[{"kind":"op","name":"n","ops":[{"id":"x","op":"input","shape":[1,1,1,8]},{"id":"y","op":"linear","inputs":["x"],"out_channels":4}],"output":"y"}]}'
}
pem() { printf -- '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'; }
fail() { echo "image.sh: $*" >&2; cat "$dir/said" >&2; exit 1; }

# A system of this machine's architecture, its /bin and /lib links as in Debian.
tree=$dir/tree
mkdir -p "$tree"/{etc,usr/bin,usr/lib/systemd,usr/local,opt}
ln -s usr/bin "$tree/bin"
ln -s usr/lib "$tree/lib"
cp -L /bin/sh "$tree/usr/bin/dash"
ln -s dash "$tree/usr/bin/sh"
touch "$tree/usr/lib/systemd/systemd"
echo 'ID=test' >"$tree/etc/os-release"
plan p >"$dir/plan.json"
echo sesame >"$dir/token"

# A card: 4 MiB of a boot loader's, then the system.
card() { # LABEL TREE MiB
  truncate -s "$(($3 + 8))M" "$dir/card.img"
  head -c 3000000 /dev/urandom >"$dir/boot"
  printf 'label: %s\nstart=2048, size=8192\nstart=10240, size=%d\n' "$1" "$(($3 * 2048))" |
    sfdisk -q "$dir/card.img" 2>/dev/null
  dd if="$dir/boot" of="$dir/card.img" bs=1M seek=1 conv=notrunc status=none
  mke2fs -q -F -t ext4 -d "$2" -E offset=5242880 "$dir/card.img" "$3M"
}
sum() { sha256sum <"$dir/card.img"; }
try() { # OPTION...
  code=0
  "$flash" --image "$dir/card.img" --agent "$agent" "$@" >"$dir/said" 2>&1 || code=$?
}
untouched() { # CODE WORDS, after sum was kept in $before
  [ $code = "$1" ] || fail "exit $code instead of $1"
  grep -q "$2" "$dir/said" || fail "does not say: $2"
  [ "$(sum)" = "$before" ] || fail "the image was changed"
}
root() { debugfs -R "$1" "$dir/card.img?offset=5242880" 2>/dev/null; }
holds() { # PATH MODE: owner and mode
  root "stat $1" | tr '\n' ' ' | grep -qE "Mode: +0?$2 .*User: +0 +Group: +0 " ||
    fail "$1 is not $2 of root: $(root "stat $1")"
}
leads() { root "stat $1" | grep -q "Fast link dest: \"$2\"" || fail "$1 does not lead to $2"; }
clean() { e2fsck -fn "$dir/card.img?offset=5242880" >"$dir/said" 2>&1 || fail "fsck finds faults"; }

unit=latcast-profagent.service
for label in dos gpt; do
  card $label "$tree" 24
  try --plan "$dir/plan.json" --collector https://c:8430 --token-file "$dir/token"
  [ $code = 0 ] || fail "flash: exit $code"
  clean
  first=$(root "stat /opt/latcast/current" | sed -n 's/Fast link dest: "\(.*\)"/\1/p')
  holds "/opt/latcast/$first/profagent" 0755
  holds "/opt/latcast/$first/plan.json" 0644
  holds "/opt/latcast/$first/token" 0600
  leads /usr/local/bin/profagent /opt/latcast/current/profagent
  leads /etc/systemd/system/$unit /opt/latcast/current/$unit
  leads /etc/systemd/system/multi-user.target.wants/$unit /etc/systemd/system/$unit
  root "cat /opt/latcast/$first/profagent" | cmp - "$agent" || fail "another agent"
  root "cat /opt/latcast/$first/profagent.conf" | grep -q -- "--upload https://c:8430 --token-file" ||
    fail "another configuration"
  head -c 3000000 < <(tail -c +1048577 "$dir/card.img") | cmp - "$dir/boot" || fail "the other partition"
done

# Again: the same release, from what is there or given anew. A new plan: another, and the way back
# is kept.
before=$(sum)
try
untouched 0 "is there already, nothing was changed"
try --plan "$dir/plan.json" --collector https://c:8430 --token-file "$dir/token"
untouched 0 "is there already, nothing was changed"
leads /opt/latcast/current "$first"
plan q >"$dir/plan.json"
try --plan "$dir/plan.json"
[ $code = 0 ] || fail "another plan: exit $code"
leads /opt/latcast/previous "$first"
clean

# Other options, and authorities: what is not given stays.
pem >"$dir/ca.pem"
try --run-options "--threads 2" --ca-file "$dir/ca.pem"
[ $code = 0 ] || fail "other options: exit $code"
conf=$(root "cat $(root "stat /opt/latcast/current" | sed -n 's|Fast link dest: "\(.*\)"|/opt/latcast/\1|p')/profagent.conf")
for words in "--upload https://c:8430 --token-file /run/latcast/token --ca-file" "OPTIONS=\"--threads 2\""; do
  grep -q -- "$words" <<<"$conf" || fail "the configuration lacks $words: $conf"
done

# The third release: the first is gone, the one before is kept, as on a board.
clean
[ "$(root "ls -p /opt/latcast/releases" | grep -c '^/[0-9]*/04.*/[^./][^/]*//$')" = 2 ] ||
  fail "not two releases: $(root "ls -p /opt/latcast/releases")"
! root "stat /opt/latcast/$first" | grep -q Inode: || fail "the first release is still there"

before=$(sum)
printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\267\000' >"$dir/arm"
agent=$dir/arm try
untouched 3 "an agent for aarch64"
agent=$dir/none try
untouched 1 "cannot read the agent"

# Ctrl-C, while a program works on the copy and when all is written: one line, and nothing is left.
mkdir "$dir/bin"
printf '#!/bin/sh\nkill -INT $PPID\nexec sleep 60\n' >"$dir/bin/e2fsck"
chmod +x "$dir/bin/e2fsck"
cat >"$dir/late.py" <<'PY'
import os, runpy, signal, sys
fsync = os.fsync
def interrupted(fd):
    os.fsync = fsync
    os.kill(os.getpid(), signal.SIGINT)
os.fsync = interrupted
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
PY
for how in "env PATH=$dir/bin:$PATH" "python3 late.py"; do
  code=0
  (cd "$dir" && exec env --default-signal=INT "${how%% *}" "${how#* }" \
    "$flash" --image card.img --agent "$agent" --run-options "--threads 3") >"$dir/said" 2>&1 || code=$?
  untouched 130 "stopped; card.img is as it was"
  [ "$(wc -l <"$dir/said")" = 1 ] || fail "more than one line"
  [ -z "$(find "$dir" -name '.latcast-flash-*')" ] || fail "a copy is left"
done

# An image that is cut off; one without a table and system; one whose ext4 holds no system.
truncate -s 20M "$dir/card.img"
before=$(sum)
try
untouched 1 "cut off"
head -c 100000 /dev/urandom >"$dir/card.img"
before=$(sum)
try
untouched 1 "no ext4 partition with a system"
mkdir "$dir/empty"
card dos "$dir/empty" 16
before=$(sum)
try
untouched 1 "no ext4 partition with a system"

# Its shell is /bin/sh: a file itself, or a link to a path too long for an inode; others are not asked.
cp "$dir/arm" "$tree/usr/bin/dash"
far=$(printf 'a-folder-with-a-long-name/%.0s' 1 2 3)
mkdir -p "$tree/usr/lib/$far"
cp -L /bin/sh "$tree/usr/lib/${far}sh"
ln -sf "../lib/${far}sh" "$tree/usr/bin/sh"
card gpt "$tree" 24
try
[ $code = 0 ] || fail "a long link: exit $code"
rm "$tree/usr/bin/sh"
mv "$tree/usr/lib/${far}sh" "$tree/usr/bin/sh"
card gpt "$tree" 24
try
[ $code = 0 ] || fail "/bin/sh that is a file: exit $code"
rm "$tree/usr/bin/sh"
ln -s dash "$tree/usr/bin/sh"

# Of another architecture altogether, and full.
printf '\363' | dd of="$tree/usr/bin/dash" bs=1 seek=18 conv=notrunc status=none # RISC-V
card gpt "$tree" 24
before=$(sum)
try
untouched 3 "another kind of board"
cp -L /bin/sh "$tree/usr/bin/dash"
head -c 14000000 /dev/urandom >"$tree/usr/lib/much"
card gpt "$tree" 16
before=$(sum)
head -c 3000000 /dev/zero | cat "$agent" - >"$dir/large" # an agent of a few megabytes
agent=$dir/large try
untouched 1 "is full"
echo "image.sh: written and checked; bad images are refused and left alone"
