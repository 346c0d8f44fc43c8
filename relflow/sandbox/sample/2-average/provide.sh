#!/usr/bin/env bash
# Provides the prices in data/prices.csv. Usage: provide.sh COMMAND
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

rows() {
  local line first=yes
  while IFS= read -r line; do
    if [[ $first == yes ]]; then first=no; else printf '%s\n' "$line"; fi
  done <data/prices.csv
}

count() {
  local line total=0
  while IFS= read -r line; do total=$((total + 1)); done < <(rows)
  printf '%s\n' "$total"
}

newest() {
  local line last=
  while IFS= read -r line; do last=$line; done < <(rows)
  printf '%s\n' "$last"
}

average() {
  local price total=0 number=0
  while IFS=, read -r _ price; do
    if [[ $price != price ]]; then total=$((total + price)); fi
    number=$((number + 1))
  done <data/prices.csv
  printf '%s\n' $((total / number))
}

"$@"
