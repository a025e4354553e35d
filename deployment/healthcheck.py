"""Check the web server of this container. Exits with 1 unless it reports that it is healthy."""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

from config import load
from deployment.shell import INSTANCE

TIMEOUT_SECONDS = 4


def main() -> None:
    settings = load(os.environ, INSTANCE)
    connection = http.client.HTTPConnection("127.0.0.1", settings["PORT"], timeout=TIMEOUT_SECONDS)
    try:
        # A live site only answers requests for its own host name.
        headers = {"Host": urlsplit(settings["BASE_URL"]).netloc}
        connection.request("GET", "/healthz", headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"/healthz does not answer: {error}")
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        sys.exit(f"/healthz returned {status}")


if __name__ == "__main__":
    main()
