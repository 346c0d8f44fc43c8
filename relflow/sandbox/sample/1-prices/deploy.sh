#!/usr/bin/env bash
# Puts this version where the environment serves it from: a folder on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=${CI_COMMIT_TAG:-$CI_COMMIT_SHORT_SHA}
target=$SANDBOX_DEPLOY_DIR/$CI_ENVIRONMENT_NAME
mkdir -p "$target/data"
cp provide.sh "$target/provide.sh"
cp data/prices.csv "$target/data/prices.csv"
printf '%s\n' "$version" >"$target/VERSION"
printf '%s by %s in job %s\n' "$version" "$GITLAB_USER_LOGIN" "$CI_JOB_ID" >>"$target/history"
printf '%s now runs in %s\n' "$version" "$CI_ENVIRONMENT_NAME"
