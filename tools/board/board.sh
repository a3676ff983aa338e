# What tools/flash does on the board, as root: sent to its shell. POSIX sh.
# usage: sh -s -- probe | activate RELEASE | again | rollback | remove
set -eu
base=/opt/latcast
unit=latcast-profagent.service
say() { echo "board: $*" >&2; }
has_systemd() { [ -d /run/systemd/system ]; }
release_of() { # LINK
  if [ -L "$base/$1" ]; then basename "$(readlink "$base/$1")"; fi
}

# A link is made beside its place and moved there: there is no moment without one. One that was left
# beside it when this was cut off is replaced: -n does not follow it into a release.
point() { # LINK TARGET
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

probe() {
  echo "machine=$(uname -m)"
  echo "shell=$(head -c 20 /bin/sh | od -An -v -tx1 | tr -d ' \n')"
  echo "user=$(id -u)"
  echo "current=$(release_of current)"
  for file in plan.json ca.pem token profagent.conf; do
    if [ -e "$base/current/$file" ]; then echo "has=$file"; fi
  done
}

# Starts the service anew. After a moment it must still be well, or have ended as its unit calls a
# success.
start() {
  has_systemd || return 0
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || true
  systemctl restart "$unit" || return 1
  sleep 2
  ! systemctl is-failed --quiet "$unit"
}

last_words() {
  say "the service does not start with release $(release_of current):"
  journalctl -u "$unit" -n 15 --no-pager -o cat >&2 2>/dev/null || true
}

by_hand() {
  say "no systemd runs here: the agent is installed, but nothing starts it. By hand:"
  if [ -e "$base/current/token" ]; then
    say "  mkdir -pm 700 /run/latcast; cp $base/current/token /run/latcast/"
  fi
  say "  . $base/current/profagent.conf; cd /var/lib; $base/current/profagent run --plan" \
    "$base/current/plan.json --out /var/lib/latcast.json \$LATCAST_UPLOAD \$LATCAST_OPTIONS"
}

install_links() {
  mkdir -p /usr/local/bin
  point /usr/local/bin/profagent "$base/current/profagent"
  if ! has_systemd; then
    by_hand
    return
  fi
  mkdir -p /etc/systemd/system/multi-user.target.wants
  point "/etc/systemd/system/$unit" "$base/current/$unit"
  point "/etc/systemd/system/multi-user.target.wants/$unit" "/etc/systemd/system/$unit"
}

# Makes a release the current one; on failure all is as it was.
switch() { # RELEASE
  old=$(release_of current)
  point "$base/current" "releases/$1" || return 1
  install_links || return 1
  if start; then
    if [ -n "$old" ] && [ "$old" != "$1" ]; then point "$base/previous" "releases/$old"; fi
    return 0
  fi
  last_words
  if [ -n "$old" ] && [ "$old" != "$1" ]; then
    point "$base/current" "releases/$old"
    if start; then say "back to release $old, which runs"; else say "back to release $old, which does not start either"; fi
  else
    unlink_all
    rm -f "$base/current"
    if has_systemd; then systemctl daemon-reload; fi
    say "there was no release before; it is not enabled"
  fi
  return 1
}

activate() { # RELEASE
  new=$base/releases/$1
  (cd "$new" && sha256sum -c --quiet SHA256SUMS) || { say "the files arrived damaged"; return 1; }
  if ! "$new/profagent" --version >/dev/null; then
    rm -rf "$new"
    say "this agent does not run here; nothing was changed"
    return 1
  fi
  switch "$1" || { [ "$(release_of current)" = "$1" ] || rm -rf "$new"; return 1; }
  for old in "$base"/releases/*; do # the current and the previous one are kept
    case $(basename "$old") in
      "$(release_of current)"|"$(release_of previous)") ;;
      *) rm -rf "$old" ;;
    esac
  done
  say "release $1 is installed$(if has_systemd; then echo " and the service $(systemctl is-active "$unit" || true)"; fi)"
}

# The current release is what is wanted: only what is missing is mended. A service that runs is left
# alone; one that ended, failed, or waits for its next try is started at once ("systemctl start"
# would wait with it).
again() {
  install_links
  if has_systemd && ! systemctl is-active --quiet "$unit"; then
    start || { last_words; return 1; }
  fi
  say "release $(release_of current) is there already"
}

rollback() {
  was=$(release_of previous)
  if [ -z "$was" ] || [ ! -d "$base/releases/$was" ]; then
    say "there is no previous release to go back to"
    return 1
  fi
  switch "$was"
  say "back to release $was"
}

unlink_all() {
  rm -f "/etc/systemd/system/multi-user.target.wants/$unit" "/etc/systemd/system/$unit" /usr/local/bin/profagent
}

remove() {
  if has_systemd; then systemctl stop "$unit" 2>/dev/null || true; fi
  unlink_all
  rm -rf "$base"
  if has_systemd; then systemctl daemon-reload; fi
  say "removed; what was measured stays in /var/lib/latcast"
}

"$@"
