# Sourced by script/test: adds up what every part of the tests reports.
passed=0 failed=0 skipped=0

count() { # PASSED FAILED SKIPPED
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
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
