#!/bin/sh
# Stops everything of an installation folder, and returns when it is down.
#   scripts/stop-daemon.sh [folder] [option of 'synergy stop']...
set -eu
folder=.
case "${1:--}" in
  -*) ;;
  *)
    folder=$1
    shift
    ;;
esac
exec "$(dirname -- "$0")/synergy.sh" "$folder" stop "$@"
