#!/usr/bin/env bash
# Checks what provide.sh answers and writes report.xml. Bash alone, so that it runs wherever git does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cases=() failures=0

check() { # name, expected, command
  local name=$1 expected=$2 actual
  actual=$(bash provide.sh "$3" 2>&1) || true
  if [[ $actual == "$expected" ]]; then
    printf 'ok      %s\n' "$name"
    cases+=("<testcase classname=\"provide\" name=\"$name\" time=\"0.01\"/>")
  else
    printf 'FAILED  %s: expected %s, got %s\n' "$name" "$expected" "$actual"
    cases+=("<testcase classname=\"provide\" name=\"$name\" time=\"0.01\"><failure message=\"got $actual\"/></testcase>")
    failures=$((failures + 1))
  fi
}

check "counts the rows" 3 count
check "shows the newest row" "cheese,8" newest
if [[ -f tests/more.sh ]]; then source tests/more.sh; fi

functions=$(grep -c '^[a-z]*() {' provide.sh)
tenths=$((${#cases[@]} * 1000 / functions))
((tenths > 1000)) && tenths=1000
printf '<testsuites><testsuite name="provide" tests="%d" failures="%d">%s</testsuite></testsuites>\n' \
  "${#cases[@]}" "$failures" "${cases[*]}" >report.xml
printf '%d checks, %d failed; coverage: %d.%d%%\n' "${#cases[@]}" "$failures" $((tenths / 10)) $((tenths % 10))
exit $((failures > 0))
