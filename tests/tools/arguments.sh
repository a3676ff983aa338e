#!/usr/bin/env bash
# What the tools' arguments may not be is said before anything is done: here nothing is installed,
# built or measured, so these must end at once.
# usage: arguments.sh source-folder
set -euo pipefail
tools=$1/tools
refused() { # WORDS COMMAND...
  local code=0 said
  said=$("${@:2}" 2>&1 >/dev/null) || code=$?
  [ $code = 2 ] && grep -qF -- "$1" <<<"$said" || { echo "arguments.sh: ${*:2}: exit $code: $said" >&2; exit 1; }
}
export LATCAST_BIN=/nonexistent # which make-pool would measure with
for bad in tpu::f32:1 native:avx2:f32 native::f32: :avx2:f32:1 native::f64:1 native::f32:0 native::f32:two \
  native::f32:1:1 native; do
  refused "'$bad' is no configuration: it takes BACKEND:ISA:DTYPE:THREADS" "$tools/make-pool" native::f32:1 "$bad"
done
refused "'' is no configuration" "$tools/make-pool" ""
for bad in 0 -1 2x many ""; do
  refused "--jobs takes a number of 1 to 9999, not '$bad'" "$tools/cross" --jobs "$bad" aarch64
done
refused "--jobs takes a number" "$tools/cross" --jobs
echo "arguments.sh: all refused"
