"""Rate limits of the API.

Each process leases requests from the shared count in batches, so that most requests write
nothing. Never more than the limit is leased in total.
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
BATCH = 10
LEASES_MAX = 10_000

_lock = threading.Lock()


@dataclass
class Lease:
    """Requests leased by this process: how many it has left, how many all have, and until when."""

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
    """Add the rate limit headers."""
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
    is_allowed, lease = _use(leases, key)
    if lease is None:
        is_allowed, lease = _renew(leases, key, limit)
    seconds = max(1, int(lease.ends_at - time.time()) + 1)
    g.api_quota = (limit, lease.own + lease.shared, seconds)
    if not is_allowed:
        raise TooManyRequests(retry_after=seconds)


def _use(leases: dict[str, Lease], key: str) -> tuple[bool, Lease | None]:
    """Use one request of the current lease; None when a new lease is needed."""
    with _lock:
        lease = leases.get(key)
        if lease is None or lease.ends_at <= time.time():
            return False, None
        if lease.own:
            lease.own -= 1
            return True, lease
        return False, None if lease.shared else lease


def _renew(leases: dict[str, Lease], key: str, limit: int) -> tuple[bool, Lease]:
    storage = current_app.extensions["rate_limiter"].storage
    with separate_transaction():
        hits = storage.incr(key, SECONDS, BATCH)
        ends_at = storage.get_expiry(key)
    granted = max(0, min(BATCH, limit - (hits - BATCH)))
    lease = Lease(max(0, granted - 1), max(0, limit - hits), ends_at)
    with _lock:
        if len(leases) >= LEASES_MAX:
            leases.clear()
        leases[key] = lease
    return granted > 0, lease
