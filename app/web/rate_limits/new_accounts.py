"""How many accounts are made, and stricter limits for new ones."""

from __future__ import annotations

from datetime import timedelta

from app.lib.dates import utcnow
from app.models import Participation, User
from app.web.rate_limits.rules import hit, per_person, per_wider_network

# Whoever has many addresses has them in few networks.
ACCOUNTS = per_wider_network("60/hour")

# How long an account counts as new, and how many conversations a new one may start.
NEW_ACCOUNT_PERIOD = timedelta(days=7)
NEW_RECIPIENTS = per_person("5/day")

# How long an account counts as fresh, and how much it may publish.
FRESH_ACCOUNT_PERIOD = timedelta(hours=24)
POSTS_OF_FRESH = per_person("10/hour")


def hit_new_account() -> None:
    """Count an account that is about to be made, be it by the form or by a client."""
    hit("new-account", ACCOUNTS)


def hit_new_author(author: User) -> None:
    """An account may publish only a few posts in its first day."""
    if author.created_at + FRESH_ACCOUNT_PERIOD > utcnow():
        hit("new-author", POSTS_OF_FRESH)


def hit_new_recipient(sender: User, other: User, participation: Participation | None) -> None:
    """A new account may start only a few conversations per day; replies do not count."""
    is_new_account = sender.created_at + NEW_ACCOUNT_PERIOD > utcnow()
    if is_new_account and participation is None and other.id != sender.id:
        hit("new-recipient", NEW_RECIPIENTS)
