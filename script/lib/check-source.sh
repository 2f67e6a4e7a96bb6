#!/usr/bin/env bash
# What the compiler does not check: rooms include only rooms to their left, core knows nothing of where it runs, files
# hold one concept, and C++ is formatted.
set -uo pipefail
cd "$(dirname "$0")/../.."
status=0
complain() { printf '%s\n' "$1" >&2; status=1; }

rooms=(base screen measurement dynamics fit design audit api)
for i in "${!rooms[@]}"; do
  for later in "${rooms[@]:i+1}"; do
    found=$(grep -rnE "#include \"groundwork/$later/" "core/include/groundwork/${rooms[i]}" "core/src/${rooms[i]}" 2>/dev/null)
    [ -z "$found" ] || complain "the room ${rooms[i]} includes the later room $later: $found"
  done
done
found=$(grep -rniE 'emscripten|embind|wasm' core)
[ -z "$found" ] || complain "core names the browser toolchain: $found"
found=$(grep -rnE '#include <(fstream|filesystem|thread)>' core/include core/src)
[ -z "$found" ] || complain "core uses files or threads outside core/cli: $found"

while IFS= read -r file; do
  lines=$(wc -l <"$file")
  [ "$lines" -le 500 ] || complain "$file has $lines lines; 500 is the most, one concept a file"
done < <(git ls-files '*.cpp' '*.hpp' '*.ts' '*.svelte' '*.mjs' '*.py')

mapfile -t cpp < <(git ls-files '*.cpp' '*.hpp')
clang-format --dry-run -Werror "${cpp[@]}" 2>&1 | head -n 20
[ "${PIPESTATUS[0]}" = 0 ] || complain "C++ files are not formatted; run clang-format -i on those named above"
exit $status
