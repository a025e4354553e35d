"""One process that sends one form when told to: reads its order, says ready, waits for the word."""

from __future__ import annotations

import http.client
import json
import sys


def main() -> None:
    port, path, body, headers = json.loads(sys.stdin.readline())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    connection.request("POST", path, body, headers)
    print(connection.getresponse().status, flush=True)


if __name__ == "__main__":
    main()
