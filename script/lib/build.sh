# Sourced by the scripts beside this folder, from the root of the project.
export NODE_PATH=/usr/share/nodejs  # Debian's em++ finds its JavaScript optimiser there

build_preset() { # PRESET [TARGET…]
  local preset=$1 log generator=()
  shift
  log=build/$preset.log
  mkdir -p build
  # A folder that was configured by hand keeps the generator that it has.
  [ -f "build/$preset/CMakeCache.txt" ] || generator=(-G Ninja)
  printf 'build: %s\n' "$preset" >&2
  if ! { cmake --preset "$preset" "${generator[@]}" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    printf 'build: the %s build failed; all of its output is in %s\n' "$preset" "$log" >&2
    return 1
  fi
}

build_site() {
  build_preset wasm groundwork_wasm
  printf 'build: the site, into web/dist\n' >&2
  (cd web && npm run --silent build >../build/site.log 2>&1) || {
    tail -n 40 build/site.log >&2
    printf 'build: the site could not be built; all output is in build/site.log\n' >&2
    return 1
  }
}
