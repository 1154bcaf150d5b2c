#!/bin/sh
# Checks the echo server with netcat, from a temporary container in its network: nothing but Docker
# is needed on this machine. Prints one line; exit code 0 when the server echoes, else 1.
root=$(cd "$(dirname "$0")" && pwd)
port=$(sed -n 's/^[[:space:]]*SERVER_PORT[[:space:]]*=[[:space:]]*\([0-9][0-9]*\).*$/\1/p' \
  "$root/server/config.ini" 2>/dev/null | tail -n 1)
message="echo check $$ $(date +%s)"

# A server that answers slowly, for ever, or not at all must not keep us: netcat has 5 seconds, and
# its answer is cut off behind what a right one can be. A watchdog covers Docker itself.
name="validar-echo-server-$$"
reply_file=$(mktemp) || exit 1
docker run --rm --name "$name" --network tp0_testing_net -e "MESSAGE=$message" busybox:latest \
  sh -c "printf '%s\n' \"\$MESSAGE\" | timeout 5 nc server ${port:-0} | head -c 1024" \
  >"$reply_file" 2>/dev/null </dev/null &
run=$!
(
  waited=0
  while [ $waited -lt 60 ] && kill -0 $run 2>/dev/null; do
    sleep 1
    waited=$((waited + 1))
  done
  # Where the engine hangs this hangs as well; and `docker run` passes a SIGTERM on to it.
  docker kill "$name" &
  sleep 2
  kill -9 $run
) >/dev/null 2>&1 &
watchdog=$!
wait $run 2>/dev/null
kill $watchdog 2>/dev/null
reply=$(cat "$reply_file")
rm -f "$reply_file"

if [ "$reply" = "$message" ]; then
  echo "action: test_echo_server | result: success"
  exit 0
fi
echo "action: test_echo_server | result: fail"
exit 1
