#!/bin/sh
# Makes a user and a virtual host for Synergy on the RabbitMQ server of this machine, and prints the setting to use. May
# be run again: what is there stays, a password that is given is set. To be run as root or as the server's own user.
#   scripts/rabbitmq-config.sh [--user name] [--vhost name] [--host name]
# RABBITMQ_PASSWORD is the password; a new user without one gets one at random. RABBITMQCTL is the program to use.
set -eu

fail() {
  echo "rabbitmq-config: $1" >&2
  exit "${2:-1}"
}

user=synergy
vhost=synergy
host=$(uname -n)
while [ $# -gt 0 ]; do
  case $1 in
    --user | --vhost | --host) [ $# -gt 1 ] || fail "$1 needs a name after it" 2 ;;
    *) fail "unknown argument '$1': expected [--user name] [--vhost name] [--host name]" 2 ;;
  esac
  case $2 in
    '' | *[!A-Za-z0-9._-]*) fail "$1: expected letters, digits, '.', '_' and '-', given '$2'" 2 ;;
  esac
  case $1 in
    --user) user=$2 ;;
    --vhost) vhost=$2 ;;
    --host) host=$2 ;;
  esac
  shift 2
done

password=${RABBITMQ_PASSWORD:-}
case $password in
  *[!A-Za-z0-9._~-]*) fail "RABBITMQ_PASSWORD: expected letters, digits, '.', '_', '~' and '-', which need no escaping in an address" 2 ;;
esac

# Debian puts it where people who are not root do not look.
PATH=$PATH:/usr/sbin
ctl=${RABBITMQCTL:-rabbitmqctl}
command -v "$ctl" >/dev/null 2>&1 || fail "$ctl is not installed: run this on the machine of the RabbitMQ server"

run() {
  "$ctl" --quiet "$@" </dev/null
}
vhosts=$(run list_vhosts --no-table-headers 2>&1) ||
  fail "$ctl cannot reach the server: start it, and run this as root or as its own user ($(echo "$vhosts" | head -n 1))"
users=$(run list_users --no-table-headers)

if echo "$vhosts" | grep -qxF -- "$vhost"; then
  echo "virtual host $vhost: there already"
else
  run add_vhost "$vhost"
  echo "virtual host $vhost: made"
fi

# Passwords go by standard input: command lines can be read by all users.
if echo "$users" | cut -f 1 | grep -qxF -- "$user"; then
  if [ -n "$password" ]; then
    echo "$password" | "$ctl" --quiet change_password "$user" >/dev/null
    echo "user $user: there already, password set"
  else
    password='<password>'
    echo "user $user: there already, with its password"
  fi
else
  [ -n "$password" ] || password=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
  echo "$password" | "$ctl" --quiet add_user "$user" >/dev/null
  echo "user $user: made"
fi

run set_permissions --vhost "$vhost" "$user" '.*' '.*' '.*'
echo "permissions: granted"
echo "queue: amqp://$user:$password@$host/$vhost"
