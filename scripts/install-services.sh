#!/bin/sh
# Installs what the full test run and the benchmarks need, on Debian: a browser, Redis, etcd, Consul, RabbitMQ, Kafka, nginx,
# openssl, ip, a clock that can be told wrong, a server that speaks MongoDB's protocol, and what the worker in Python needs to
# hear RabbitMQ.
# What is there already is left alone; to be run as root, or by a user with sudo.
set -eu

# Where the tests look for it too (tests/support/mongo-server.ts).
mongo_version='0.7.0b3'
services="${XDG_CACHE_HOME:-$HOME/.cache}/synergy-services"
mongo_home="$services/secantusdb-$mongo_version"
# tests/docs/python-worker.ts
worker_home="$services/python-worker"
worker_needs="$(dirname "$0")/../docs/python-worker/requirements.txt"
# tests/support/kafka-server.ts
kafka_home="$services/kafka"
kafka_needs="$(dirname "$0")/kafka.pom.xml"
# tests/support/consul-server.ts; the last release of Debian that holds a Consul
consul_home="$services/consul"
consul_release='bullseye'

has() {
  command -v "$1" >/dev/null 2>&1
}
has_mongo() {
  [ -n "${SYNERGY_TEST_MONGODB_URL:-}" ] || has mongod || [ -x "$mongo_home/bin/secantusd-py" ]
}
has_worker_needs() {
  [ -x "$worker_home/bin/python" ] && cmp -s "$worker_needs" "$worker_home/requirements.txt"
}
has_kafka() {
  [ -d "$kafka_home/lib" ] && cmp -s "$kafka_needs" "$kafka_home/pom.xml"
}
has_consul() {
  has consul || [ -x "$consul_home/usr/bin/consul" ]
}

wanted=''
has chromium || wanted="$wanted chromium"
has redis-server || wanted="$wanted redis-server"
has etcd || wanted="$wanted etcd-server"
# On Debian it lies outside of the PATH of people who are not root.
[ -x /usr/sbin/rabbitmq-server ] || has rabbitmq-server || wanted="$wanted rabbitmq-server"
[ -x /usr/sbin/nginx ] || has nginx || wanted="$wanted nginx-light"
has openssl || wanted="$wanted openssl"
[ -x /usr/sbin/ip ] || has ip || wanted="$wanted iproute2"
has java || wanted="$wanted default-jre-headless"
has_kafka || has mvn || wanted="$wanted maven"
dpkg -s libfaketime >/dev/null 2>&1 || wanted="$wanted libfaketime"
{ has_mongo && has_worker_needs; } || [ -e /usr/lib/python3/dist-packages/ensurepip ] ||
  dpkg -s python3-venv >/dev/null 2>&1 || wanted="$wanted python3-venv"

if [ -n "$wanted" ] || ! has_consul; then
  if ! has apt-get; then
    has_consul || wanted="$wanted consul"
    echo "missing:$wanted; this script knows Debian only: install them in the way of your system" >&2
    exit 1
  fi
fi
if [ -n "$wanted" ]; then
  as_root=''
  [ "$(id -u)" -eq 0 ] || as_root='sudo'
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update
  # shellcheck disable=SC2086 # a list of words
  $as_root apt-get install --yes --no-install-recommends $wanted
fi

# No package of Debian holds a mongod, so without one the tests use SecantusDB, in an environment of its own.
if ! has_mongo; then
  rm -rf "$mongo_home"
  /usr/bin/python3 -m venv "$mongo_home"
  "$mongo_home/bin/pip" install --quiet --disable-pip-version-check "secantusdb==$mongo_version"
fi

if ! has_worker_needs; then
  rm -rf "$worker_home"
  /usr/bin/python3 -m venv "$worker_home"
  "$worker_home/bin/pip" install --quiet --disable-pip-version-check --requirement "$worker_needs"
  # Copied last: it says that the installation went through.
  cp "$worker_needs" "$worker_home/requirements.txt"
fi

if ! has_kafka; then
  rm -rf "$kafka_home"
  mvn --quiet --batch-mode -Dstyle.color=never --file "$kafka_needs" -DoutputDirectory="$kafka_home/lib" -DincludeScope=runtime \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
  # Copied last: it says that the installation went through.
  cp "$kafka_needs" "$kafka_home/pom.xml"
fi

# It comes from where this machine has its own packages, by a list and a folder of apt that are read here only, and is
# unpacked, not installed: the machine stays of one release.
if ! has_consul; then
  apt="$services/apt"
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/unpacked"
  # shellcheck disable=SC1091 # a file of the system
  release="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  # shellcheck disable=SC2016 # apt's own variables
  from="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $release" 'Component: main' | head -n 1)"
  if [ -z "$from" ]; then
    echo "apt has no 'main' of Debian '$release' to find Debian $consul_release beside: add it, or install consul by hand" >&2
    exit 1
  fi
  keys='/usr/share/keyrings/debian-archive-keyring.gpg'
  echo "deb [signed-by=$keys] $from $consul_release main" >"$apt/sources.list"
  set -- -qq -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=/dev/null -oDir::State::Lists="$apt/lists" \
    -oDir::Cache="$apt/cache" -oAPT::Sandbox::User="$(id -un)"
  apt-get "$@" update
  (cd "$apt" && apt-get "$@" download consul)
  dpkg -x "$apt"/consul_*.deb "$apt/unpacked"
  # Moved last: it says that the installation went through.
  mv "$apt/unpacked" "$consul_home"
  rm -rf "$apt"
fi

echo 'chromium, redis-server, etcd, Consul, rabbitmq-server, Kafka, nginx, openssl, ip, libfaketime, a MongoDB server and the needs of the Python worker are installed'
