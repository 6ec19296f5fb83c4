#!/bin/sh
# Installs what the full test run and the benchmarks need, on Debian: a browser and Redis. What is there already is
# left alone; to be run as root, or by somebody who may use sudo.
set -eu

wanted=''
command -v chromium >/dev/null 2>&1 || wanted="$wanted chromium"
command -v redis-server >/dev/null 2>&1 || wanted="$wanted redis-server"

if [ -z "$wanted" ]; then
  echo 'chromium and redis-server are installed'
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "missing:$wanted; this script knows Debian only: install them in the way of your system" >&2
  exit 1
fi
as_root=''
[ "$(id -u)" -eq 0 ] || as_root='sudo'
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update
# shellcheck disable=SC2086 # a list of words
$as_root apt-get install --yes --no-install-recommends $wanted
