#!/bin/bash
# Writes a Compose file with one server and N clients: ./generar-compose.sh FILE N
# MODE=lottery|echo, PERSIST=0|1 and ENV=TEST (an echo check) in the environment change what it says.
set -euo pipefail

usage() {
  echo "usage: $0 FILE N   (N clients, 0 or more; MODE=lottery|echo, PERSIST=0|1, ENV=TEST)" >&2
  exit 2
}
[ $# -eq 2 ] && [ -n "$1" ] && [[ $2 =~ ^[0-9]{1,5}$ ]] || usage

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ts_node=$root/node_modules/.bin/ts-node
if [ ! -x "$ts_node" ]; then
  (cd "$root" && npm ci --silent --no-audit --no-fund) >&2
fi
exec "$ts_node" --project "$root/tsconfig.json" "$root/generar-compose.ts" "$2" "$1"
