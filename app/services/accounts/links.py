"""Links in emails: each for one purpose, and but for unsubscribing short-lived and single-use.

Nothing is stored: the signature covers values that change when the link is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from flask import current_app

from app.extensions import db
from app.lib.tokens import hash_token, keyed_fingerprint, read_link, sign_link
from app.models import User

HOUR = 60
DAY = 24 * HOUR


class Purpose(StrEnum):
    """What a link is for; also its segment of the URL."""

    VERIFY = "verify"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose, not a password)
    CHANGE_EMAIL = "change_email"
    REVERT_EMAIL = "revert_email"
    REOPEN = "reopen"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Link:
    """A verified link."""

    user: User
    claims: dict[str, str]


def _minutes(purpose: Purpose) -> int:
    if purpose is Purpose.RESET_PASSWORD:
        return int(current_app.config["RESET_TOKEN_MINUTES"])
    if purpose is Purpose.UNSUBSCRIBE:
        # Whoever finds an old email can still end them.
        return 365 * DAY
    return 7 * DAY if purpose in (Purpose.REVERT_EMAIL, Purpose.REOPEN) else DAY


def _fingerprint(purpose: Purpose, user: User, secret: str) -> str:
    """Changes when the link is used, and when anything happens that must invalidate it."""
    fingerprint = partial(keyed_fingerprint, secret)
    match purpose:
        case Purpose.VERIFY:
            return fingerprint(user.email, user.email_verified_at)
        case Purpose.RESET_PASSWORD:
            last = (user.signed_in_at, user.reset_requested_at)
            return fingerprint(user.password_hash, user.email, *last)
        case Purpose.CHANGE_EMAIL:
            return fingerprint(user.email, user.pending_email)
        case Purpose.REOPEN:
            return fingerprint(user.closed_at)
        case Purpose.UNSUBSCRIBE:
            # Not single-use: a mail program may repeat it, and it can be taken back.
            return fingerprint(user.email)
        case Purpose.REVERT_EMAIL:
            # Valid before and after the change is confirmed: its claims say which change.
            return ""


def address_of(purpose: Purpose, user: User, **claims: str) -> str:
    """The absolute URL to write into an email; its lifetime starts now."""
    secret = current_app.config["SECRET_KEY"]
    bound_to = _fingerprint(purpose, user, secret)
    token = sign_link(secret, purpose, user.id, bound_to, _minutes(purpose), **claims)
    return f"{current_app.config['BASE_URL']}/auth/{purpose}/{token}"


def read(purpose: Purpose, token: str) -> Link | None:
    """The user and claims of a link, or None when it is invalid, expired or used."""
    config = current_app.config
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    claims = read_link(secrets, purpose, token)
    user = db.session.get(User, claims.subject) if claims else None
    if claims is None or user is None:
        return None
    if claims.fingerprint not in [_fingerprint(purpose, user, secret) for secret in secrets]:
        return None
    link = Link(user, claims.claims)
    return link if purpose is not Purpose.REVERT_EMAIL or may_revert(link) else None


def may_revert(link: Link) -> bool:
    """Whether the change of address that `link` reverts is the latest, confirmed or not."""
    addresses = (link.user.email, link.user.pending_email)
    return link.claims["new"] in [hash_token(address) for address in addresses if address]
