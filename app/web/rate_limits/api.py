"""How much a program may ask for.

Each process takes tries from the shared count by tens, so that most requests write nothing. No
more than the limit is ever given out.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from flask import Response, current_app, g
from werkzeug.exceptions import TooManyRequests

from app.database.transactions import separate_transaction
from app.models import Token
from app.web.client_ip import client_network

SECONDS = 300
PER_TOKEN, PER_PERSON, PER_NETWORK = 300, 1500, 300
STEP = 10
LEASES_MAX = 10_000

_lock = threading.Lock()


@dataclass
class Lease:
    """Tries that this process took: how many are left of them, and for everybody, until when."""

    own: int
    shared: int
    ends_at: float


def hit_token(token: Token) -> None:
    """Count a request with `token`. Raises TooManyRequests."""
    _hit(f"api/person/{token.user_id}", PER_PERSON)
    _hit(f"api/token/{token.id}", PER_TOKEN)


def hit_network() -> None:
    """Count a request without a token. Raises TooManyRequests."""
    _hit(f"api/network/{client_network(32, 64)}", PER_NETWORK)


def add_headers(response: Response) -> Response:
    """Say in the headers how much is left."""
    if "api_quota" in g:
        limit, left, seconds = g.api_quota
        response.headers["RateLimit-Limit"] = str(limit)
        response.headers["RateLimit-Remaining"] = str(left)
        response.headers["RateLimit-Reset"] = str(seconds)
    return response


def _hit(key: str, limit: int) -> None:
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    leases: dict[str, Lease] = current_app.extensions.setdefault("api_leases", {})
    is_spent, lease = _use(leases, key)
    if lease is None:
        is_spent, lease = _take(leases, key, limit)
    seconds = max(1, int(lease.ends_at - time.time()) + 1)
    g.api_quota = (limit, lease.own + lease.shared, seconds)
    if not is_spent:
        raise TooManyRequests(retry_after=seconds)


def _use(leases: dict[str, Lease], key: str) -> tuple[bool, Lease | None]:
    """Use up one try of the lease at hand; None when another one has to be taken."""
    with _lock:
        lease = leases.get(key)
        if lease is None or lease.ends_at <= time.time():
            return False, None
        if lease.own:
            lease.own -= 1
            return True, lease
        return False, None if lease.shared else lease


def _take(leases: dict[str, Lease], key: str, limit: int) -> tuple[bool, Lease]:
    storage = current_app.extensions["rate_limiter"].storage
    with separate_transaction():
        hits = storage.incr(key, SECONDS, STEP)
        ends_at = storage.get_expiry(key)
    given = max(0, min(STEP, limit - (hits - STEP)))
    lease = Lease(max(0, given - 1), max(0, limit - hits), ends_at)
    with _lock:
        if len(leases) >= LEASES_MAX:
            leases.clear()
        leases[key] = lease
    return given > 0, lease
