#!/bin/sh
# Runs synergy in an installation folder: the one installed there, else the one this script came with.
#   scripts/synergy.sh <folder> <command> [option]...
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ $# -lt 2 ]; then
  echo "usage: $0 <folder> <command> [option]..." >&2
  exit 2
fi
CDPATH='' cd -- "$1"
shift
if [ -x node_modules/.bin/synergy ]; then
  exec node_modules/.bin/synergy "$@"
fi
exec node "$here/dist/launch.js" "$@"
