"""The idempotency key, with which a client can safely retry a request."""

from __future__ import annotations

import re

from flask import request

from app.web.problem_json import Problem

KEY = re.compile(r"[!-~]{1,255}")
KEY_HEADER = "Idempotency-Key"


def idempotency_key() -> str | None:
    """The key of this request, None if it has none; 400 for an invalid one."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise Problem(400, "An idempotency key is 1 to 255 visible ASCII characters.")
    return key
