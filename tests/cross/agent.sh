#!/usr/bin/env bash
# A static agent as a board would run it, an ARM one under QEMU: what it says of itself, a small plan,
# and the upload by TLS to a real collector.
# usage: agent.sh agent collector [emulator]
set -euo pipefail
agent=$1 collector=$2 emulator=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
fail() { echo "agent.sh: $*" >&2; cat "$dir/err" >&2 || true; exit 1; }
run() { ${emulator:+"$emulator"} "$agent" "$@" 2>"$dir/err"; }

# What it says of itself, and a plan.
run info --json >"$dir/info.json" || fail "info fails"
python3 - "$dir/info.json" <<'PY' || fail "info says something else"
import json, sys
info = json.load(open(sys.argv[1]))
names = [b["name"] for b in info["backends"]]
assert names == ["null", "native"], names # nothing that would be opened at run time
PY
cat >"$dir/plan.json" <<'PLAN'
{"schema_version": 1, "name": "small", "items": [
  {"kind": "net", "name": "stem", "ops": [
    {"id": "x", "op": "input", "shape": [1, 16, 16, 3]},
    {"id": "c", "op": "conv2d", "inputs": ["x"], "kernel": 3, "pad": 1, "out_channels": 8},
    {"id": "a", "op": "adder_conv2d", "inputs": ["c"], "kernel": 3, "pad": 1, "out_channels": 8}],
   "output": "a"},
  {"kind": "op", "name": "head", "ops": [
    {"id": "x", "op": "input", "shape": [1, 1, 1, 64]},
    {"id": "y", "op": "linear", "inputs": ["x"], "out_channels": 10}], "output": "y"}]}
PLAN
code=0
run run --plan "$dir/plan.json" --out "$dir/new.json" --max-seconds-per-item 0.2 --device board \
  --pin none --quiet || code=$?
[ $code = 0 ] || [ $code = 6 ] || fail "run ends with $code" # 6: an emulated board is not steady

# Two authorities, the first of which vouches for the collector.
authority() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj "/CN=$1" -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>"$dir/err"
}
authority right
authority wrong
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=collector \
  -keyout "$dir/server.key" -out "$dir/server.csr" 2>"$dir/err"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/right.pem" -CAkey "$dir/right.key" -CAcreateserial \
  -days 2 -extfile <(echo "subjectAltName=DNS:localhost,DNS:collector.test") \
  -out "$dir/server.pem" 2>"$dir/err"
(umask 077 && echo sesame >"$dir/token")
start_collector() {
  : >"$dir/said"
  "$collector" --db "$dir/samples.db" --token-file "$dir/token" --port 0 \
    --tls-cert "$dir/server.pem" --tls-key "$dir/server.key" >"$dir/said" 2>"$dir/err" &
  server=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' "$dir/said")
    [ -z "$port" ] || return 0
    sleep 0.1
  done
  fail "the collector does not start"
}
upload() { # HOST CA
  code=0
  run upload --out "$dir/new.json" --url "https://$1:$port" --token-file "$dir/token" \
    --ca-file "$dir/$2.pem" --retries 2 || code=$?
}
start_collector
upload localhost wrong
[ $code = 5 ] && grep -q certificate "$dir/err" || fail "a wrong authority: exit $code"
upload 127.0.0.1 right
[ $code = 5 ] && grep -q "127.0.0.1" "$dir/err" || fail "another name than the certificate's: exit $code"
upload localhost right
[ $code = 0 ] && grep -q "2 samples are with" "$dir/err" || fail "upload: exit $code"
curl -sS --cacert "$dir/right.pem" -H "Authorization: Bearer sesame" \
  "https://localhost:$port/v1/devices/board" >"$dir/device.json"
python3 - "$dir/device.json" <<'PY' || fail "the collector lacks samples"
import json, sys
device = json.load(open(sys.argv[1]))
assert device["name"] == "board" and len(device["samples"]) == 2, device
PY

# Servers of all kinds.
"$here/tls.sh" "$agent" "$dir/new.json" "$collector" "$emulator" || fail "tls.sh fails"

# A name that only a name server knows, in a network of its own.
if unshare -rnm true 2>/dev/null; then
  rm -f "$dir/new.acked" "$dir/new.json.acked"
  kill "$server"; wait "$server" || true
  export -f start_collector upload run fail
  export dir agent emulator collector
  unshare -rnm "$here/own_network.sh" "$dir" "$here/name_server.py" bash -euc '
    start_collector
    upload collector.test right
    kill $server
    [ $code = 0 ] || fail "a name from the name server: exit $code"' || exit 1
  server=
else
  echo "agent.sh: not tested: names from a name server (no namespaces for this user here)"
fi
echo "agent.sh: $(basename "$(dirname "$agent")"): runs, measures, uploads by TLS, refuses wrong certificates"
