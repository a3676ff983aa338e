#!/usr/bin/env bash
# Installs into an empty folder and builds a program against what is there, by the CMake package and
# by pkg-config; the installed predict must find the installed model.
# usage: install.sh build-folder
set -euo pipefail
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cmake --install "$build" --prefix "$root/usr" >"$root/log" || { cat "$root/log"; exit 1; }

mkdir "$root/app"
# The program that the documentation shows.
source=$(cd "$(dirname "$0")/.." && pwd)
sed -n '/^```c app$/,/^```$/{/^```/!p}' "$source/docs/library.md" >"$root/app/app.c"
cat >"$root/app/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES C)
find_package(latcast 0.1 REQUIRED)
add_executable(app app.c)
target_link_libraries(app PRIVATE latcast::latcast)
CMAKE
cmake -G Ninja -S "$root/app" -B "$root/app/build" -DCMAKE_PREFIX_PATH="$root/usr" >"$root/log"
cmake --build "$root/app/build" >"$root/log"
model=$root/usr/share/latcast/model.lc
device=$source/devices/pool/amd-epyc_native-baseline_t1.json
"$root/app/build/app" "$model" "$device" >"$root/said"
grep -q '^slowest: [0-9]* ns' "$root/said"
[ "$(grep -c 'at position 0' "$root/said")" -eq 9 ]
! "$root/app/build/app" "$root/none.lc" "$device" 2>"$root/said" || exit 1
grep -q 'none.lc: cannot open' "$root/said"

# That of searching, where the library can.
if [ -e "$root/usr/include/latcast/nas.h" ]; then
  sed -n '/^```c nas$/,/^```$/{/^```/!p}' "$source/docs/nas.md" >"$root/app/app.c"
  cmake --build "$root/app/build" >"$root/log" || { cat "$root/log"; exit 1; }
  "$root/app/build/app" "$model" "$device" >"$root/said"
  grep -q '^[0-9]* of [0-9]* ns, multiplier ' "$root/said"
  sed -n '/^```c app$/,/^```$/{/^```/!p}' "$source/docs/library.md" >"$root/app/app.c"
fi

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$root/usr" -name latcast.pc)")
# shellcheck disable=SC2046
cc "$root/app/app.c" -o "$root/app/by-pc" $(pkg-config --cflags --libs latcast)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir latcast) "$root/app/by-pc" "$model" "$device" >/dev/null

# Nothing but lc_* is shown, and nothing private.
shown=$(nm -D --defined-only "$(pkg-config --variable=libdir latcast)/liblatcast.so" | awk '{print $3}')
! grep -v '^lc_[^_]' <<<"$shown" || { echo "liblatcast shows more than lc_*"; exit 1; }

"$root/usr/bin/profagent" --version
