"""Throttling of attempts at one's own password, in all forms together that ask for it.

Whoever sits at a device that somebody left signed in must not get ten attempts with each.
"""

from __future__ import annotations

from app.database.transactions import separate_transaction
from app.web.rate_limits import rules
from app.web.rate_limits.rules import per_person

SCOPE, ATTEMPTS = "own-password", per_person("10/hour")


def hit() -> None:
    """Count an attempt, before it is checked. Raises TooManyRequests."""
    rules.hit(SCOPE, ATTEMPTS)


def refund() -> None:
    """Take back the attempt, which was right."""
    with separate_transaction():
        rules.refund(SCOPE, ATTEMPTS)
