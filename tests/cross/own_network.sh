#!/usr/bin/env bash
# Runs a command in this (fresh) network and mount namespace, with a loopback and a name server.
# usage: own_network.sh scratch-folder name_server.py command...
set -euo pipefail
echo "nameserver 127.0.0.1" >"$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
python3 "$2" >"$1/name-server" &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do
  ! grep -q ready "$1/name-server" || break
  sleep 0.1
done
"${@:3}"
