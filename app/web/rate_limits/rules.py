"""How often something may be tried, counted where all processes see it, or where it is read."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import Flask, current_app, request
from flask_login import current_user
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from app.database.transactions import separate_transaction
from app.lib.log_events import log_event
from app.lib.tokens import hash_token
from app.web.client_ip import client_network
from app.web.rate_limits.storage import DatabaseStorage, SharedStorage

View = TypeVar("View", bound=Callable[..., Any])
# A limit, what it is for, and for whom.
Key = tuple[RateLimitItem, str, str]


@dataclass(frozen=True)
class Rule:
    """At most so many tries in so long, counted apart for each value of `key()`."""

    limit: RateLimitItem
    key: Callable[[], str]


def per_network(limit: str) -> Rule:
    """`limit` (such as "25/5 minutes") for each address; IPv6 gives everybody a whole /64."""
    return Rule(parse(limit), lambda: client_network(32, 64))


def per_person(limit: str) -> Rule:
    """`limit` for each signed-in person."""
    return Rule(parse(limit), lambda: str(current_user.id))


def per_value(limit: str, value: str) -> Rule:
    """`limit` for one value, of which only the hash is kept."""
    return Rule(parse(limit), lambda: hash_token(value))


def site_wide(limit: str) -> Rule:
    """`limit` for the whole site."""
    return Rule(parse(limit), lambda: "all")


def limited(scope: str, *rules: Rule) -> Callable[[View], View]:
    """Refuse a POST to the view with 429 once one of `rules` is used up."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if request.method == "POST":
                hit(scope, *rules)
            return view(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def hit(scope: str, *rules: Rule) -> None:
    """Count one try against each of `rules`. Raises TooManyRequests once one is used up."""
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    limiter = current_app.extensions["rate_limiter"]
    keys = [(rule.limit, scope, rule.key()) for rule in rules]
    # One write for all, and kept although the view then refuses.
    with separate_transaction():
        used_up = [key for key in keys if not limiter.hit(*key)]
    if used_up:
        _refuse(scope, limiter, used_up)


def hit_read(scope: str, rule: Rule) -> None:
    """Count one look at a page, which writes nothing. Raises TooManyRequests.

    It is counted in Redis where there is one, else in the memory of this process: all processes
    together then allow as many times more.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    limiter = current_app.extensions["read_limiter"]
    key = (rule.limit, scope, rule.key())
    if not limiter.hit(*key):
        _refuse(scope, limiter, [key])


def _refuse(scope: str, limiter: RateLimiter, used_up: Sequence[Key]) -> NoReturn:
    log_event("excess_rate_limit_exceeded", logging.WARNING, scope=scope)
    reset_at = max(limiter.get_window_stats(*key).reset_time for key in used_up)
    raise TooManyRequests(retry_after=max(1, int(reset_at - time.time()) + 1))


def refund(scope: str, *rules: Rule) -> None:
    """Uncount one try that turned out to be in order."""
    if current_app.config["RATELIMIT_ENABLED"]:
        storage = current_app.extensions["rate_limiter"].storage
        for rule in rules:
            key = rule.limit.key_for(scope, rule.key())
            storage.incr(key, rule.limit.get_expiry(), -1)


def reset(scope: str, *rules: Rule) -> None:
    """Start to count anew."""
    if current_app.config["RATELIMIT_ENABLED"]:
        for rule in rules:
            current_app.extensions["rate_limiter"].clear(rule.limit, scope, rule.key())


def init_app(app: Flask) -> None:
    server = app.extensions.get("redis")
    for name, own in (("rate_limiter", DatabaseStorage()), ("read_limiter", MemoryStorage())):
        storage = own if server is None else SharedStorage(server, own)
        app.extensions[name] = FixedWindowRateLimiter(storage)
