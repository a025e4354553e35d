"""Sessions of signed-in devices: start, find, renew, end."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, undefer, with_expression
from sqlalchemy.orm.interfaces import ORMOption

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token, random_token
from app.models import Session, SiteVersion, Token, User
from app.policies import is_staff
from app.services.accounts import security_events
from app.services.messages import mails

IDLE_TIMEOUT = timedelta(hours=24)
REMEMBER_FOR = timedelta(days=30)
STAFF_IDLE_TIMEOUT = timedelta(minutes=30)
STAFF_ABSOLUTE_TIMEOUT = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=5)
ROTATE_EVERY = timedelta(hours=24)
# Tabs opened at the same time all send the cookie from before the rotation.
ROTATION_GRACE = timedelta(seconds=60)
SESSIONS_MAX = 20
PASSWORD_LASTS = timedelta(minutes=30)
ENDED_SESSION_RETENTION = timedelta(days=30)


def start(
    user: User,
    *,
    is_remembered: bool = False,
    is_known_device: bool = False,
    user_agent: str = "",
    network: str = "",
    method: str = "password",
) -> tuple[Session, str]:
    """Sign `user` in on a device. Returns the session and the secret for its cookie.

    `method` is for the security log: by what they showed who they are. Notifies them by email of
    a new device; ends the oldest sessions over SESSIONS_MAX.
    """
    now = utcnow()
    token = random_token()
    session = Session(
        user_id=user.id,
        token_hash=hash_token(token),
        csrf_key=random_token(),
        is_remembered=is_remembered and not is_staff(user),
        user_agent=user_agent[:256],
        network=network,
        created_at=now,
        last_used_at=now,
    )
    session.user = user
    session.expires_at = _expiry(session, now)
    device = session.device_name
    security_events.record(user, "signed_in", method=method, device=device, network=network)
    if not is_known_device and _is_new_device(user, session):
        mails.queue("new_device", user, device=device, network=network)
    user.signed_in_at = now
    if user.shows_last_seen:
        user.last_seen = now
    db.session.add(session)
    db.session.flush()
    _end_surplus(user)
    return session, token


def find(token: str) -> Session | None:
    """The live session behind a cookie, with its user and the version of the site's settings.

    One statement.
    """
    session = db.session.scalar(_with_hash(), {"token_hash": hash_token(token)})
    if session is None or not session.user.is_active:
        return None
    # Somebody may have become staff when this began.
    expires_at = min(session.expires_at, _expiry(session, session.last_used_at))
    return session if expires_at > utcnow() else None


@cache
def _with_hash() -> sa.Select[Session]:
    """Built once, since each request needs it."""
    token_hash: sa.BindParameter[str] = sa.bindparam("token_hash")
    is_it = sa.or_(Session.token_hash == token_hash, Session.previous_hash == token_hash)
    with_version = with_expression(Session.settings_version, SiteVersion.current())
    return sa.select(Session).where(is_it).options(_with_person(), with_version)


def _with_person() -> ORMOption:
    """Whose it is, their role and whether they have a second factor, in the same statement."""
    person = joinedload(Session.user, innerjoin=True)
    return person.options(joinedload(User.role, innerjoin=True), undefer(User.has_second_factor))


def is_stolen(session: Session, token: str) -> bool:
    """Whether `token` was rotated out longer than ROTATION_GRACE ago."""
    is_current = session.token_hash == hash_token(token)
    return not is_current and session.rotated_at + ROTATION_GRACE < utcnow()


def needs_touch(session: Session) -> bool:
    """Whether the use of this session must be recorded."""
    return session.last_used_at + TOUCH_EVERY <= utcnow()


def touch(session_id: int) -> str | None:
    """Record the use of the session. Returns the cookie's new secret if it was rotated."""
    now = utcnow()
    # Read again under the lock: another tab may have been faster, and a session that was ended
    # during its last request must not be revived.
    session = db.session.scalar(
        sa.select(Session)
        .where(Session.id == session_id, Session.expires_at > now)
        .options(_with_person())
        .with_for_update(of=Session)
        .execution_options(populate_existing=True)
    )
    if session is None or not needs_touch(session):
        return None
    session.last_used_at, session.expires_at = now, _expiry(session, now)
    if session.user.shows_last_seen:
        session.user.last_seen = now
    if not session.is_remembered or session.rotated_at + ROTATE_EVERY > now:
        return None
    token = random_token()
    session.previous_hash, session.token_hash = session.token_hash, hash_token(token)
    session.rotated_at = now
    return token


def needs_password(session: Session) -> bool:
    """Whether the password was given too long ago for what could harm its owner most."""
    return (session.password_at or session.created_at) + PASSWORD_LASTS <= utcnow()


def confirm_password(session: Session) -> None:
    """Note that the password was given again on this device."""
    session.password_at = utcnow()
    db.session.flush()


def end(session: Session) -> None:
    """Sign this device out. The row stays for a while, to recognize known devices."""
    session.expires_at = utcnow()
    db.session.flush()


def end_device(session: Session, user: User) -> None:
    """Sign out a device of `user` from another one of theirs."""
    end(session)
    security_events.record(user, "device_signed_out", device=session.device_name)


def end_all(user: User, *, except_for: Session | None = None) -> int:
    """Sign `user` out everywhere except on `except_for`, and revoke all their tokens.

    Returns how many devices were signed out.
    """
    db.session.execute(sa.delete(Token).where(Token.user_id == user.id))
    return _end_devices(user, except_for)


def end_all_with(role_id: int) -> None:
    """The same for everybody who has this role, in two statements."""
    now, people = utcnow(), sa.select(User.id).where(User.role_id == role_id)
    tokens = sa.delete(Token).where(Token.user_id.in_(people))
    open_sessions = sa.update(Session).where(Session.user_id.in_(people), Session.expires_at > now)
    for ending in (tokens, open_sessions.values(expires_at=now)):
        db.session.execute(ending.execution_options(synchronize_session=False))


def end_devices(user: User, *, except_for: Session | None = None) -> int:
    """Sign `user` out in every other browser; API tokens stay. Returns how many ended."""
    count = _end_devices(user, except_for)
    if count:
        security_events.record(user, "devices_signed_out")
    return count


def _end_devices(user: User, except_for: Session | None) -> int:
    now = utcnow()
    others = sa.update(Session).where(Session.user_id == user.id, Session.expires_at > now)
    if except_for is not None:
        others = others.where(Session.id != except_for.id)
    return len(db.session.scalars(others.values(expires_at=now).returning(Session.id)).all())


def purge() -> int:
    """Delete sessions that ended long ago. Returns how many."""
    old = sa.delete(Session).where(Session.expires_at < utcnow() - ENDED_SESSION_RETENTION)
    return len(db.session.scalars(old.returning(Session.id)).all())


def _expiry(session: Session, now: datetime) -> datetime:
    if is_staff(session.user):
        return min(now + STAFF_IDLE_TIMEOUT, session.created_at + STAFF_ABSOLUTE_TIMEOUT)
    return session.created_at + REMEMBER_FOR if session.is_remembered else now + IDLE_TIMEOUT


def _is_new_device(user: User, session: Session) -> bool:
    """Whether this browser on this network is unknown, as far as sessions are retained.

    The very first device is not new; after a long absence every device is.
    """
    earlier = sa.exists().where(
        Session.user_id == user.id,
        Session.user_agent == session.user_agent,
        Session.network == session.network,
    )
    return user.signed_in_at is not None and not db.session.scalar(sa.select(earlier))


def _end_surplus(user: User) -> None:
    newest = Session.open_of(user).with_only_columns(Session.id).limit(SESSIONS_MAX)
    surplus = sa.update(Session).where(
        Session.user_id == user.id,
        Session.expires_at > utcnow(),
        Session.id.not_in(sa.select(newest.subquery().c.id)),
    )
    db.session.execute(surplus.values(expires_at=utcnow()))
