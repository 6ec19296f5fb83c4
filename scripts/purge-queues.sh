#!/bin/sh
# Deletes the messages of all queues of an installation on the RabbitMQ server of this machine. Messages are rings: what
# waits in the store is rung again. To be run as root or as the server's own user.
#   scripts/purge-queues.sh [--yes] [virtual host, else synergy]
# Asks first, unless told --yes. RABBITMQCTL is the program to use.
set -eu

fail() {
  echo "purge-queues: $1" >&2
  exit "${2:-1}"
}

sure=no
vhost=synergy
for argument in "$@"; do
  case $argument in
    --yes) sure=yes ;;
    -*) fail "unknown option '$argument': expected [--yes] [virtual host]" 2 ;;
    *) vhost=$argument ;;
  esac
done

# Debian puts it where people who are not root do not look.
PATH=$PATH:/usr/sbin
ctl=${RABBITMQCTL:-rabbitmqctl}
command -v "$ctl" >/dev/null 2>&1 || fail "$ctl is not installed: run this on the machine of the RabbitMQ server"

run() {
  "$ctl" --quiet "$@" </dev/null
}
vhosts=$(run list_vhosts --no-table-headers 2>&1) ||
  fail "$ctl cannot reach the server: start it, and run this as root or as its own user ($(echo "$vhosts" | head -n 1))"
echo "$vhosts" | grep -qxF -- "$vhost" ||
  fail "there is no virtual host '$vhost': expected one of $(echo "$vhosts" | paste -s -d ' ' -)"

queues=$(run list_queues --vhost "$vhost" --no-table-headers name | grep -E '^(queue|q)_[A-Za-z0-9_.-]+$' | sort) || true
if [ -z "$queues" ]; then
  echo "virtual host $vhost has no queues of ours"
  exit 0
fi
echo "$queues"
if [ "$sure" = no ]; then
  [ -t 0 ] || fail "no terminal to ask on: say --yes to delete the messages of these queues" 2
  printf 'delete the messages of these queues? [y/N] '
  read -r answer
  case $answer in
    y | Y | yes) ;;
    *) fail 'nothing was deleted' ;;
  esac
fi
for queue in $queues; do
  run purge_queue --vhost "$vhost" "$queue" >/dev/null || fail "queue $queue could not be purged"
done
echo "purged"
