#!/usr/bin/env bash
# What tools/flash is given is looked at before anything else: here the image is not even there.
# usage: checks.sh source-folder profagent
set -euo pipefail
flash=$1/tools/flash agent=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "checks.sh: $*" >&2; cat said >&2; exit 1; }
try() { # CODE WORDS OPTION...
  code=0
  "$flash" --image nowhere.img "${@:3}" >said 2>&1 || code=$?
  [ $code = "$1" ] || fail "exit $code instead of $1: ${*:3}"
  grep -qF -- "$2" said || fail "does not say '$2': ${*:3}"
}
takes() { try 1 "nowhere.img is no file" "$@"; }

# Plans: the form that the agent asks for, and no more than it reads.
net='{"kind":"net","name":"n","space":"fbnet","choices":[1]}'
echo '{"schema_version":1,"name":"p","items":['"$net"']}' >plan.json
takes --plan plan.json
while IFS='|' read -r text words; do
  echo "$text" >bad.json
  try 1 "bad.json is no plan: $words" --plan bad.json
done <<PLANS
{"schema_version":1,"name":"p","items":[$net]|Expecting
[]|it is no object with a schema_version
{"name":"p","items":[$net]}|it is no object with a schema_version
{"schema_version":1,"kind":"device","device":"d","samples":[]}|it is a device.json
{"schema_version":2,"name":"p","items":[$net]}|its schema_version is 2, not 1
{"schema_version":1,"items":[$net]}|it has no name
{"schema_version":1,"name":"p","items":[]}|it has no items
{"schema_version":1,"name":"p","items":[$net,7]}|items[1] is of no kind
{"schema_version":1,"name":"p","items":[{"kind":"op"}]}|items[0] has neither ops nor choices
{"schema_version":1,"name":"p","items":[{"kind":"op","space":"fbnet","choices":[1]}]}|items[0] is an operator and has no ops
{"schema_version":1,"name":"p","items":[$net],"x":NaN}|NaN is no number of JSON
{"schema_version":1,"name":"p","items":[$net],"x":-Infinity}|-Infinity is no number of JSON
{"schema_version":1,"name":"p","items":[$net],"items":[$net]}|"items" stands there twice
{"schema_version":1,"name":"\\ud800","items":[$net]}|'utf-8' codec can't encode
PLANS
python3 -c "print('{\"schema_version\":1,\"name\":\"p\",\"items\":[$(sed 's/"/\\"/g' <<<"$net")],\"x\":' + 70 * '[' + 70 * ']' + '}')" >bad.json
try 1 "bad.json is no plan: it is nested deeper than 64" --plan bad.json
printf '\357\273\277' | cat - plan.json >marked.json # the agent takes a byte order mark
takes --plan marked.json
printf '\377\376' >bad.json
try 1 "bad.json is no plan" --plan bad.json
try 1 "cannot read the plan none: No such file" --plan none
try 1 "cannot read the plan : No such file" --plan ""
try 1 "the plan /dev/zero is larger than 64 MiB" --plan /dev/zero

# Tokens and authorities.
: >empty
try 1 "empty holds no token" --token-file empty
try 1 "empty holds no certificate" --ca-file empty
echo "two words" >bad
try 1 "bad holds no token" --token-file bad
try 1 "bad holds no certificate" --ca-file bad

# Options of the agent: what it would refuse, and what is not to be given.
for words in --cold "--threads 4 --device garage-1" "--pace-ms=33.3 --isa neon" "--device '-x'" ""; do
  takes --run-options "$words"
done
while IFS='|' read -r text words; do
  try 2 "$words" --run-options "$text"
done <<'OPTIONS'
--bogus|--bogus is no option of 'profagent run'
; rm -rf /|; is no option
--thread 4|--thread is no option
--out /tmp/x|--out is set by the service
--plan x|--plan is set by --plan of flash
--upload=http://x|--upload is set by --collector
--token-file x|--token-file is set by
--fresh|--fresh would discard
--device x --device|--device takes 1 to 100
--device a/b|--device takes 1 to 100
--threads 0|--threads takes a whole number of 1 to 1024, not 0
--threads 1.5|--threads takes a whole number
--cold=1|--cold takes no argument
--dtype int4|--dtype takes f32
--pin 2-|--pin takes CPUs
--pin 5-2|--pin takes CPUs
--pin 99999999999|--pin takes CPUs
--freq 0|--freq takes frequencies
--threads ٣|--threads takes a whole number
--device 'a b'|may hold no spaces
--device 'a|No closing quotation
OPTIONS

takes --collector https://board.test:8430
try 2 "--collector takes http:// or https:// and a host" --collector https://
try 2 "--collector takes http:// or https:// and a host" --collector board.test

# Every option of the agent is known, and no other.
"$agent" run --help | sed -n 's/^ *--\([a-z-]*\).*/\1/p' | grep -vx help | sort >theirs
python3 -B -c "import sys; sys.path.insert(0, sys.argv[1]); import checks
print(*checks.OPTIONS, *checks.REFUSED, sep='\n')" "$1/tools/board" | sort >ours
diff ours theirs >said || fail "options of flash (<) and of profagent run (>) differ"
echo "checks.sh: what a board could not use is refused here"
