#!/bin/sh
# What a container or a service runs: `boot.sh web`, `boot.sh worker`, or `boot.sh` for both.
# It waits for the database, brings it up to date, and then becomes what was asked for.
set -eu
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH"
export PATH
exec python3 -m deployment.boot "$@"
