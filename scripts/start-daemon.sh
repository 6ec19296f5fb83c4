#!/bin/sh
# Starts everything of an installation folder in the background, and returns when it is up.
#   scripts/start-daemon.sh [folder] [option of 'synergy start']...
set -eu
folder=.
case "${1:--}" in
  -*) ;;
  *)
    folder=$1
    shift
    ;;
esac
exec "$(dirname -- "$0")/synergy.sh" "$folder" start --daemon "$@"
