#!/bin/bash
# Runs one part of the replicated store until it is stopped:
#   entrypoint.sh etcd        the key of the primary, and the settings of all nodes
#   entrypoint.sh patroni     one node of PostgreSQL, and Patroni that looks after it
#   entrypoint.sh healthy     exit code 0 if the part that runs here is well
#
# ADDRESS                address of this part, where the others reach it: never a name
# PORT, CONTROL_PORT     of etcd: clients (2379), peers (2380); of patroni: PostgreSQL (5432), Patroni's REST (8008)
# DATA                   directory that it may create and owns (/var/lib/loteria)
# of patroni only:
# NODE                   name of this node
# ETCD                   ADDRESS:PORT of etcd
# NODES_PASSWORD_FILE    one line, which all nodes share: superuser, replication, changes through REST
# OWNER_PASSWORD_FILE    one line: the role `owner`, which makes tables in the database `loteria`
# STORE_PASSWORD_FILE    one line: the role `loteria`, as which the centrals connect
set -euo pipefail

fail() {
  echo "entrypoint.sh: $*" >&2
  exit 2
}

require() {
  local name
  for name in "$@"; do [ -n "${!name:-}" ] || fail "$name is not set"; done
}

# The first line of the file that a variable names.
secret() {
  local file=${!1} line=
  [ -r "$file" ] || fail "$1: $file cannot be read"
  IFS= read -r line <"$file" || true
  [ -n "$line" ] || fail "$1: $file is empty"
  printf '%s' "$line"
}

# Whether GET PATH on a port of this part is answered with 200.
answers() {
  local status
  exec 3<>"/dev/tcp/$ADDRESS/$1"
  printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
  read -r _ status _ <&3
  [ "$status" = 200 ]
}

run_etcd() {
  require ADDRESS
  local clients=http://$ADDRESS:${PORT:-2379} peers=http://$ADDRESS:${CONTROL_PORT:-2380}
  # Patroni's etcd v2 driver; its driver for v3 lets a primary that was paused take the key of its successor.
  exec etcd --name etcd --data-dir "$DATA/etcd" --enable-v2=true --logger zap --log-level warn \
    --listen-client-urls "$clients" --advertise-client-urls "$clients" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "etcd=$peers"
}

run_patroni() {
  require ADDRESS NODE ETCD NODES_PASSWORD_FILE OWNER_PASSWORD_FILE STORE_PASSWORD_FILE
  local here nodes_password bin
  here=$(dirname "$(readlink -f "$0")")
  nodes_password=$(secret NODES_PASSWORD_FILE)
  secret OWNER_PASSWORD_FILE >/dev/null
  secret STORE_PASSWORD_FILE >/dev/null
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$bin/postgres" ] || fail 'PostgreSQL is not in /usr/lib/postgresql'
  export PATH=$bin:$PATH OWNER_PASSWORD_FILE STORE_PASSWORD_FILE MAKE_DATABASE=$here/make-database.sh
  # Patroni removes these from the environment before it starts PostgreSQL.
  export PATRONI_NAME=$NODE PATRONI_ETCD_HOST=$ETCD PATRONI_POSTGRESQL_BIN_DIR=$bin
  export PATRONI_POSTGRESQL_DATA_DIR=$DATA/postgresql PATRONI_POSTGRESQL_PGPASS=$DATA/pgpass
  export PATRONI_POSTGRESQL_LISTEN=$ADDRESS:${PORT:-5432} PATRONI_POSTGRESQL_CONNECT_ADDRESS=$ADDRESS:${PORT:-5432}
  export PATRONI_RESTAPI_LISTEN=$ADDRESS:${CONTROL_PORT:-8008} PATRONI_RESTAPI_CONNECT_ADDRESS=$ADDRESS:${CONTROL_PORT:-8008}
  export PATRONI_RESTAPI_USERNAME=patroni PATRONI_RESTAPI_PASSWORD=$nodes_password
  export PATRONI_SUPERUSER_PASSWORD=$nodes_password PATRONI_REPLICATION_PASSWORD=$nodes_password
  exec patroni "$here/patroni.yml"
}

export DATA=${DATA:-/var/lib/loteria}
case "${1:-}" in
  etcd) run_etcd ;;
  patroni) run_patroni ;;
  healthy)
    require ADDRESS
    if [ -n "${NODE:-}" ]; then answers "${CONTROL_PORT:-8008}" /readiness; else answers "${PORT:-2379}" /health; fi
    ;;
  *) fail "expected etcd, patroni or healthy" ;;
esac
