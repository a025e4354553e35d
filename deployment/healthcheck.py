"""Ask the web server of this container how it is. Ends with 1 when it does not answer well."""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

from config import load
from deployment.steps import INSTANCE

TIMEOUT_SECONDS = 4


def main() -> None:
    settings = load(os.environ, INSTANCE)
    connection = http.client.HTTPConnection("127.0.0.1", settings["PORT"], timeout=TIMEOUT_SECONDS)
    try:
        # A live site answers to its own name alone.
        headers = {"Host": urlsplit(settings["BASE_URL"]).netloc}
        connection.request("GET", "/healthz", headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"/healthz does not answer: {error}")
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        sys.exit(f"/healthz answers {status}")


if __name__ == "__main__":
    main()
