"""API tokens: create, find, record their use, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, undefer, with_expression

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token, is_api_token, random_api_token
from app.models import SiteVersion, Token, User
from app.policies import is_staff, may_administer
from app.services.accounts import security_events
from app.services.errors import NotAllowedError, RepeatedTokenError, TooManyTokensError
from app.services.messages import mails

# For tokens that a client gets for a password, without naming them.
UNNAMED_LIFETIME = timedelta(hours=1)
DAYS_DEFAULT = 90
DAYS_MAX = 365
ADMIN_DAYS_MAX = 30
# So that all of a user's tokens fit on one page.
NAMED_MAX = 30
UNNAMED_MAX = 10
TOUCH_EVERY = timedelta(hours=1)


def create(user: User, name: str, scope: str, days: int = DAYS_DEFAULT) -> tuple[Token, str]:
    """Create a token called `name` and notify `user` by email. Returns it and its secret.

    Raises TooManyTokensError at NAMED_MAX.
    """
    return _create(user, name, scope, days, _lock_and_list(user))


def create_new(user: User, name: str, scope: str, days: int = DAYS_DEFAULT) -> tuple[Token, str]:
    """Create a token, unless one has this name: reloading the page submits its form again.

    One for administration takes a role of staff. Raises RepeatedTokenError, TooManyTokensError,
    or NotAllowedError.
    """
    names = _lock_and_list(user)
    if scope == "admin" and (days > ADMIN_DAYS_MAX or not may_administer(user)):
        raise NotAllowedError
    if name in names:
        raise RepeatedTokenError
    return _create(user, name, scope, days, names)


def create_unnamed(user: User, scope: str) -> tuple[Token, str]:
    """Create a token that lives for an hour, replacing the oldest ones over UNNAMED_MAX.

    Clients do this all the time, so the email is sent at most once a day.
    """
    if mails.consume_quota(f"user {user.id}", "password_token", per_day=1):
        security_events.record(user, "password_token")
        mails.queue("password_token", user)
    created = _add(user, "", scope, UNNAMED_LIFETIME)
    unnamed = Token.live_of(user).where(Token.name == "").with_only_columns(Token.id)
    surplus = db.session.scalars(unnamed.offset(UNNAMED_MAX)).all()
    db.session.execute(sa.delete(Token).where(Token.id.in_(surplus)))
    return created


def find(secret: str) -> Token | None:
    """The live token behind `secret`, with its user and the version of the site's settings.

    One statement.
    """
    if not is_api_token(secret):
        return None
    token = db.session.scalar(
        sa.select(Token)
        .where(Token.token_hash == hash_token(secret))
        .options(
            joinedload(Token.user, innerjoin=True).options(
                joinedload(User.role, innerjoin=True), undefer(User.has_second_factor)
            ),
            with_expression(Token.settings_version, SiteVersion.current()),
        )
    )
    if (
        token is None
        or token.expires_at <= utcnow()
        or not token.user.is_active
        or token.user.is_suspended
    ):
        return None
    # It ends with the role; changing that deletes it, too.
    return None if token.may_administer and not is_staff(token.user) else token


def needs_touch(token: Token) -> bool:
    """Whether the use of this token must be recorded."""
    return token.last_used_at is None or token.last_used_at + TOUCH_EVERY <= utcnow()


def touch(token_id: int) -> None:
    change = sa.update(Token).where(Token.id == token_id).values(last_used_at=utcnow())
    db.session.execute(change.execution_options(synchronize_session=False))


def revoke(token: Token) -> None:
    """Delete a token; idempotent."""
    row = sa.delete(Token).where(Token.id == token.id).returning(Token.user_id)
    if (user_id := db.session.scalar(row)) and token.name:
        owner = db.session.get_one(User, user_id)
        security_events.record(owner, "token_revoked", token=token.name)


def purge() -> int:
    """Delete tokens that have expired. Returns how many."""
    expired = sa.delete(Token).where(Token.expires_at < utcnow())
    return len(db.session.scalars(expired.returning(Token.id)).all())


def _lock_and_list(user: User) -> Sequence[str]:
    """The names of the live tokens of `user`.

    Of two concurrent requests, the second sees the token of the first.
    """
    db.session.refresh(user, with_for_update={"of": User})
    named = Token.live_of(user).where(Token.name != "").with_only_columns(Token.name)
    return db.session.scalars(named.order_by(None)).all()


def _create(
    user: User, name: str, scope: str, days: int, names: Sequence[str]
) -> tuple[Token, str]:
    if len(names) >= NAMED_MAX:
        raise TooManyTokensError
    security_events.record(user, "token_created", token=name)
    mails.queue("token_created", user, token_name=name)
    return _add(user, name, scope, timedelta(days=days))


def _add(user: User, name: str, scope: str, lifetime: timedelta) -> tuple[Token, str]:
    secret, now = random_api_token(), utcnow()
    token = Token(
        user_id=user.id,
        token_hash=hash_token(secret),
        name=name,
        scope=scope,
        created_at=now,
        expires_at=now + lifetime,
    )
    db.session.add(token)
    db.session.flush()
    return token, secret
