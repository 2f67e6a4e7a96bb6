# Sourced by script/test: adds up what every part of the tests reports, and lets parts run side by side.
rm -rf build/stages
mkdir -p build/stages build/logs

count() { # PASSED FAILED SKIPPED
  printf '%d %d %d\n' "$1" "$2" "$3" >>build/stages/counts
}

sum_counts() { # sets passed, failed, skipped
  read -r passed failed skipped < <(awk '{p += $1; f += $2; s += $3} END {print p + 0, f + 0, s + 0}' build/stages/counts)
}

# Builds run in the background, in a process group of their own so that nothing of them outlives the tests.
start_builds() { # COMMAND
  set -m
  "$1" &
  builds=$!
  set +m
  trap 'kill -- -$builds 2>/dev/null' EXIT
  trap 'exit 130' INT TERM
}

built() { # NAME COMMAND…: leaves word of how it went for is_built
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    printf 'built   %s (%d s)\n' "$name" $((SECONDS - started))
    touch "build/stages/$name.done"
  else
    touch "build/stages/$name.failed"
  fi
}

# Waits until a build is done; one that failed, or that ended without a word, is one failed test.
is_built() { # NAME
  while [ ! -e "build/stages/$1.done" ]; do
    if [ -e "build/stages/$1.failed" ] || ! kill -0 "$builds" 2>/dev/null; then
      [ -e "build/stages/$1.done" ] && return 0
      count 0 1 0
      printf 'FAILED  build of %s\n' "$1"
      return 1
    fi
    sleep 1
  done
}

# Runs a command in the background as soon as fewer than two of them run.
beside() { # COMMAND…
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do sleep 1; done
  "$@" &
}

wait_beside() {
  local job
  for job in $(jobs -p); do [ "$job" = "$builds" ] || wait "$job"; done
}

# Runs a check that has no count of its own: one test.
check() { # NAME COMMAND…
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    count 1 0 0
    printf 'ok      %s (%d s)\n' "$name" $((SECONDS - started))
  else
    count 0 1 0
    printf 'FAILED  %s\n' "$name"
  fi
}

# Runs a program whose output ends in a line that counts: doctest's or `N passed, N failed[, N skipped]`.
counted() { # NAME COMMAND…
  local name=$1 log status=0 line numbers started=$SECONDS
  shift
  log=build/logs/${name//[^A-Za-z0-9_]/_}.log
  mkdir -p build/logs
  "$@" >"$log" 2>&1 || status=$?
  line=$(grep -aE '^\[doctest\] test cases:|^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  case $line in
    '[doctest]'*) numbers=$(sed -E 's/.*\| *([0-9]+) passed \| *([0-9]+) failed \| *([0-9]+) skipped.*/\1 \2 \3/' <<<"$line") ;;
    ?*) numbers=$(sed -E 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\1 \2 \4/' <<<"$line") ;;
    *) numbers="0 0 0" ;;
  esac
  set -- $numbers
  local p=${1:-0} f=${2:-0} s=${3:-0}
  # A crash, or a run that counted nothing, is a failure whatever it printed.
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  if [ $((p + f + s)) = 0 ]; then f=1; fi
  count "$p" "$f" "$s"
  if [ "$f" != 0 ]; then
    printf 'FAILED  %s: %s passed, %s failed, %s skipped; the end of %s:\n' "$name" "$p" "$f" "$s" "$log"
    tail -n 60 "$log"
  else
    printf 'ok      %s: %s passed%s (%d s)\n' "$name" "$p" "$([ "$s" = 0 ] || printf ', %s skipped' "$s")" $((SECONDS - started))
  fi
}
