#!/bin/sh
# What containers and services run: `boot.sh web`, `boot.sh worker`, or `boot.sh` for both.
# It waits for the database, migrates it, and then becomes that process.
set -eu
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH"
export PATH
exec python3 -m deployment.boot "$@"
