#!/usr/bin/env bash
# Proves the dependency rules: with the include path that CMake gives a folder's target, the headers
# of the folders it may use are found and all others are not, and nobody climbs out with "../".
# usage: layers.sh layers.txt headers-folder source-folder     (layers.txt: "ops:dir;dir;...")
set -euo pipefail
layers=$1 headers=$2 source=$3

declare -A may=(
  [base]="base"
  [ops]="base ops"
  [kernels]="base ops kernels"
  [backends]="base ops kernels backends"
  [devices]="base ops devices"
  [predictor]="base ops devices predictor"
  [cmdline]="base ops devices predictor cmdline"
  [tasks]="base ops devices predictor tasks"
  [data]="base data"
  [train]="base data ops backends train"
  [ranks]="base data ops backends train ranks"
  [nas]="base ops devices predictor tasks nas"
  [agent]="base ops backends devices agent"
)
failed=0
checked=0
while IFS=: read -r folder path; do
  [ -n "${may[$folder]:-}" ] || { echo "no rule for folder $folder"; failed=1; continue; }
  include=()
  IFS=';' read -ra dirs <<<"$path"
  # A folder's own directory shows its own files, and for ops the libraries that lie inside it; the
  # search below holds ops to the rule for those.
  for d in "${dirs[@]}"; do
    case $d in "$headers"/*) ;; "$source"/*) continue ;; esac
    include+=("-I$d")
  done
  for other in "$headers"/*/; do
    other=$(basename "$other")
    first=$(cd "$headers/$other" && find . -name '*.h' | sort | head -n 1)
    [ -n "$first" ] || continue
    found=no
    echo "#include \"${first#./}\"" | cc -E "${include[@]}" -x c - >/dev/null 2>&1 && found=yes
    want=no
    [[ " ${may[$folder]} " == *" $other "* ]] && want=yes
    [ "$found" = "$want" ] || { echo "$folder sees ${first#./} of $other: $found, must be $want"; failed=1; }
    checked=$((checked + 1))
  done
done <"$layers"
[ "$checked" -ge 25 ] || { echo "only $checked pairs checked"; failed=1; }
if grep -n '#include "\(kernels\|backends\)/' "$source"/ops/*.[ch] "$source"/ops/{spaces,zoo}/*.[ch]; then
  echo "ops uses a library that is built on it"
  failed=1
fi
if grep -rn --include='*.[ch]' '#include "\.\./' "$source"/{base,ops,devices,predictor,tasks,nas,agent,tools}; then
  echo "an include climbs out of its folder"
  failed=1
fi
exit $failed
