#!/usr/bin/env bash
# Which servers a static agent takes for its collector: by the kind of key, the chain, names and addresses,
# dates, strength, and the version of TLS.
# usage: tls.sh agent samples.json collector [emulator]
set -euo pipefail
agent=$(realpath "$1") samples=$(realpath "$2") collector=$(realpath "$3") emulator=${4:-}
dir=$(mktemp -d) server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
fail() { echo "tls.sh: $*" >&2; cat "$dir/err" >&2 || true; exit 1; }

cd "$dir"
cp "$samples" samples.json
(umask 077 && echo sesame >token)
touch index
cat >ca.conf <<'CONF'
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
CONF
ec=(ec -pkeyopt ec_paramgen_curve:prime256v1)
now=$(date -u +%Y%m%d%H%M%SZ -d '1 hour ago') later=$(date -u +%Y%m%d%H%M%SZ -d '2 days')
# Makes NAME.pem and NAME.key.
sign() { # NAME AUTHORITY EXTENSION [FROM TO [KEY...]]
  local key=("${@:6}")
  [ ${#key[@]} -gt 0 ] || key=("${ec[@]}")
  openssl req -newkey "${key[@]}" -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>err
  openssl ca -batch -notext -config ca.conf -cert "$2.pem" -keyfile "$2.key" -in "$1.csr" \
    -startdate "${4:-$now}" -enddate "${5:-$later}" -extfile <(echo "$3") -out "$1.pem" 2>err ||
    fail "openssl ca"
}
openssl req -x509 -newkey "${ec[@]}" -nodes -days 2 -subj /CN=right -keyout right.key -out right.pem 2>err
name=subjectAltName=DNS:localhost
sign between right basicConstraints=critical,CA:TRUE
sign leaf between "$name" "$now" "$later" rsa:2048
cat leaf.pem between.pem >chain.pem
cp leaf.key chain.key
sign address right subjectAltName=DNS:other,IP:127.0.0.1
sign neighbour right subjectAltName=DNS:other,IP:127.0.0.2
sign expired right "$name" 20200101000000Z 20200201000000Z
sign early right "$name" 20480101000000Z 20490101000000Z
sign weak right "$name" "$now" "$later" rsa:1024
sign good right "$name"
# A system's bundle, as far as there is one, with a certificate that is none in its middle.
{
  cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || true
  printf '%s\n' '-----BEGIN CERTIFICATE-----' 'bm8gY2VydGlmaWNhdGU=' '-----END CERTIFICATE-----'
  cat right.pem
} >bundle.pem
echo nothing >none.pem

# What an upload to the server on $port ends with.
expect() { # CODE WORDS HOST AUTHORITIES
  local code=0
  rm -f ./*.acked
  ${emulator:+"$emulator"} "$agent" upload --out samples.json --url "https://$3:$port" --token-file token \
    --ca-file "$4.pem" --retries 0 2>err || code=$?
  [ "$code" = "$1" ] && grep -q "$2" err || fail "$certificate: exit $code, not $1 with \"$2\""
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }
collect() { # CERTIFICATE, then as expect
  certificate=$1 port=
  rm -f samples.db* said
  "$collector" --db samples.db --token-file token --port 0 --tls-cert "$1.pem" --tls-key "$1.key" \
    >said 2>err &
  server=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' said 2>/dev/null || true)
    [ -z "$port" ] || break
    sleep 0.1
  done
  [ -n "$port" ] || fail "$1: the collector does not start"
  expect "${@:2}"
  stop
}
collect chain 0 "2 samples are with" localhost right
collect chain 0 "2 samples are with" localhost bundle
collect leaf 5 "no authority in right.pem vouches.*--ca-file" localhost right
collect address 0 "2 samples are with" 127.0.0.1 right
collect address 5 "another name or address" localhost right
collect neighbour 5 "another name or address" 127.0.0.1 right
collect good 5 "another name or address" 127.0.0.1 right
collect expired 5 "has expired" localhost right
collect early 5 "not valid yet.*clock" localhost right
collect good 5 "Error reading ca cert file.*in PEM" localhost none

# Another server, that takes a connection and no sample.
serve() { # CERTIFICATE S_SERVER-OPTIONS -- as expect
  local options=()
  certificate=$1 port=
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  rm -f said
  openssl s_server -accept 127.0.0.1:0 -cert "$certificate.pem" -key "$certificate.key" -WWW \
    -cipher DEFAULT@SECLEVEL=0 "${options[@]}" >said 2>&1 &
  server=$!
  certificate="$certificate ${options[*]}"
  for _ in $(seq 100); do
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' said 2>/dev/null || true)
    [ -z "$port" ] || break
    sleep 0.1
  done
  [ -n "$port" ] || fail "openssl s_server does not start: $(cat said)"
  expect "${@:2}"
  stop
}
serve weak -tls1_2 -- 5 "too weak" localhost right
serve good -tls1_3 -- 5 "TLS 1.2 only" localhost right
serve good -tls1_1 -- 5 "TLS 1.2 only" localhost right
