"""Throttling of codes, for each account in all places together that ask for one."""

from __future__ import annotations

from app.database.transactions import separate_transaction
from app.models import User
from app.web.rate_limits import rules
from app.web.rate_limits.rules import Rule, per_value

SCOPE = "second-factor"
ATTEMPTS = ("5/5 minutes", "20/hour")


def hit(user: User) -> None:
    """Count an attempt, before it is checked. Raises TooManyRequests."""
    rules.hit(SCOPE, *_rules(user))


def refund(user: User) -> None:
    """Take back the attempt, which was right."""
    with separate_transaction():
        rules.refund(SCOPE, *_rules(user))


def _rules(user: User) -> tuple[Rule, ...]:
    return tuple(per_value(limit, str(user.id)) for limit in ATTEMPTS)
