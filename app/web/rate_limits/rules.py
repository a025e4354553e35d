"""Rate limit rules: attempts are counted across all processes, reads without a database write."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from app.database.transactions import separate_transaction
from app.lib.log_events import log_event
from app.lib.tokens import hash_token
from app.web.client_ip import client_network
from app.web.rate_limits.storage import DatabaseStorage, SharedStorage
from app.web.resume import is_resumed
from app.web.viewer import member, viewer

View = TypeVar("View", bound=Callable[..., Any])
SEARCH_LIMIT = "60/minute"
# A limit, what it is for, and for whom.
Key = tuple[RateLimitItem, str, str]


@dataclass(frozen=True)
class Rule:
    """A number of attempts per period, counted separately for each value of `key()`."""

    limit: RateLimitItem
    key: Callable[[], str]


def per_network(limit: str) -> Rule:
    """`limit` (such as "25/5 minutes") for each IPv4 address or IPv6 /64."""
    return Rule(parse(limit), lambda: client_network(32, 64))


def per_wider_network(limit: str) -> Rule:
    """`limit` for each IPv4 /24 or IPv6 /48, which one sender may have whole."""
    return Rule(parse(limit), client_network)


def per_person(limit: str) -> Rule:
    """`limit` for each signed-in person."""
    return Rule(parse(limit), lambda: str(member().id))


def per_value(limit: str, value: str) -> Rule:
    """`limit` for one value, which is stored as a hash."""
    return Rule(parse(limit), lambda: hash_token(value))


def site_wide(limit: str) -> Rule:
    """`limit` for the whole site."""
    return Rule(parse(limit), lambda: "all")


def limited(scope: str, *rules: Rule) -> Callable[[View], View]:
    """Respond with 429 to a POST to the view if one of `rules` is exceeded."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if request.method == "POST" and not is_resumed():
                hit(scope, *rules)
            return view(*args, **kwargs)

        return wrapper  # type: ignore[return-value]

    return decorate


def hit(scope: str, *rules: Rule) -> None:
    """Count one attempt against `rules`, in order. Raises TooManyRequests if one is exceeded.

    It is not counted against those after that one: whoever is refused already can neither use up
    the limit of the whole site nor fill the database with a count for each name they think of.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    # One write for all, committed even if the view then fails.
    with separate_transaction():
        exceeded = _exceeded(scope, rules)
    if exceeded:
        _refuse(scope, current_app.extensions["rate_limiter"], exceeded)


def hit_under_lock(scope: str, rule: Rule) -> None:
    """The same within the view's transaction, which keeps the locks that it holds."""
    if current_app.config["RATELIMIT_ENABLED"] and (exceeded := _exceeded(scope, [rule])):
        _refuse(scope, current_app.extensions["rate_limiter"], exceeded)


def _exceeded(scope: str, rules: Sequence[Rule]) -> list[Key]:
    limiter = current_app.extensions["rate_limiter"]
    exceeded: list[Key] = []
    for key in [(rule.limit, scope, rule.key()) for rule in rules]:
        if not (limiter.test(*key) if exceeded else limiter.hit(*key)):
            exceeded.append(key)
    return exceeded


def hit_read(scope: str, rule: Rule) -> None:
    """Count one read, without a database write. Raises TooManyRequests.

    It is counted in Redis if there is one, else in this process's memory: the limit then applies
    per process.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    limiter = current_app.extensions["read_limiter"]
    key = (rule.limit, scope, rule.key())
    if not limiter.hit(*key):
        _refuse(scope, limiter, [key])


def hit_search() -> None:
    """Count one search, of whatever kind, by the viewer. Raises TooManyRequests."""
    hit_read("search", (per_network if viewer() is None else per_person)(SEARCH_LIMIT))


def _refuse(scope: str, limiter: RateLimiter, exceeded: Sequence[Key]) -> NoReturn:
    log_event("excess_rate_limit_exceeded", logging.WARNING, scope=scope)
    reset_at = max(limiter.get_window_stats(*key).reset_time for key in exceeded)
    raise TooManyRequests(retry_after=max(1, int(reset_at - time.time()) + 1))


def refund(scope: str, *rules: Rule) -> None:
    """Take back one attempt that turned out to be legitimate."""
    if current_app.config["RATELIMIT_ENABLED"]:
        storage = current_app.extensions["rate_limiter"].storage
        for rule in rules:
            key = rule.limit.key_for(scope, rule.key())
            storage.incr(key, rule.limit.get_expiry(), -1)


def reset(scope: str, *rules: Rule) -> None:
    """Reset the count to zero."""
    if current_app.config["RATELIMIT_ENABLED"]:
        for rule in rules:
            current_app.extensions["rate_limiter"].clear(rule.limit, scope, rule.key())


def init_app(app: Flask) -> None:
    redis = app.extensions.get("redis")
    for name, local in (("rate_limiter", DatabaseStorage()), ("read_limiter", MemoryStorage())):
        storage = local if redis is None else SharedStorage(redis, local)
        app.extensions[name] = FixedWindowRateLimiter(storage)
