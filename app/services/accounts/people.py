"""People as staff see them: find them, and act on their accounts.

Nobody acts on somebody of the same or a higher rank: that raises NotAllowedError. Every act is
recorded in the audit log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.search.folding import sort_key
from app.lib.usernames import username_key
from app.models import Application, Authenticator, Passkey, Session, User
from app.policies import outranks
from app.services.accounts import (
    accounts,
    invitations,
    passkeys,
    passwords,
    security_events,
    sessions,
    two_factor,
)
from app.services.errors import EmailKnownError, GoneError, NotAllowedError
from app.services.site import audit
from app.services.site.audit import Actor

State = Literal["", "unconfirmed", "waiting", "suspended", "silenced", "closed"]


@dataclass(frozen=True)
class Filters:
    """Whom to list. `text` is how a name, a username or, if that may be seen, an address begins."""

    text: str = ""
    role_id: int | None = None
    state: State = ""
    sees_addresses: bool = False

    def select(self) -> sa.Select[User]:
        """The people, with their roles."""
        people = sa.select(User).options(joinedload(User.role, innerjoin=True))
        if self.text:
            people = people.where(sa.or_(sa.false(), *self._begin()))
        if self.role_id is not None:
            people = people.where(User.role_id == self.role_id)
        return people.where(*_in_state(self.state))

    def _begin(self) -> list[sa.ColumnElement[bool]]:
        name = self.text.removeprefix("@")
        places = [(User.username_key, username_key(name)), (User.name_key, sort_key(name, ""))]
        if self.sees_addresses:
            places.append((User.email_key, self.text.lower()))
        return [column.startswith(start, autoescape=True) for column, start in places if start]


def _in_state(state: State) -> list[sa.ColumnElement[bool]]:
    match state:
        case "closed":
            return [User.closed_at.is_not(None)]
        case "suspended":
            return [User.suspended_until.is_not(None)]
        case "silenced":
            return [User.silenced_until.is_not(None)]
        case "waiting":
            return [Application.is_waiting()]
        case "unconfirmed":
            return [User.email_verified_at.is_(None), User.closed_at.is_(None)]
    return []


def page(filters: Filters, cursor: Cursor) -> list[User]:
    """A page of the people, who joined last first."""
    return list(db.session.scalars(cursor.apply(filters.select(), User.id)))


def named(username: str) -> User | None:
    """The person with this name, also one who has closed their account; with their role."""
    found = sa.select(User).where(User.username_key == username_key(username))
    return db.session.scalar(found.options(joinedload(User.role, innerjoin=True)))


def one(user_id: int) -> sa.Select[User]:
    """The same by their id."""
    found = sa.select(User).where(User.id == user_id)
    return found.options(joinedload(User.role, innerjoin=True))


@dataclass(frozen=True)
class Access:
    """How somebody came here, and how they sign in."""

    inviter: str | None
    devices: int
    has_app: bool
    passkeys: int


def access_of(user: User) -> Access:
    """The same of `user`, in one statement; `inviter` is a username."""
    count = sa.func.count()
    devices = Session.open_of(user).with_only_columns(count).order_by(None)
    parts = (
        invitations.inviter_of(user).with_only_columns(User.username),
        devices,
        Authenticator.of(user).with_only_columns(sa.true()),
        Passkey.of(user).with_only_columns(count).order_by(None),
    )
    inviter, open_devices, has_app, passkeys_count = db.session.execute(
        sa.select(*(part.scalar_subquery() for part in parts))
    ).one()
    return Access(inviter, open_devices, bool(has_app), passkeys_count)


def verify(user: User, by: Actor) -> None:
    """Confirm the address of `user`.

    Raises GoneError if it was confirmed, and EmailKnownError if another account has it.
    """
    _require_rank(user, by)
    if user.is_verified:
        raise GoneError
    if not user.owns_email:
        raise EmailKnownError
    user.email_verified_at = utcnow()
    audit.record("verify_address", by, person=user)


def send_reset_link(user: User, by: Actor) -> None:
    """Email `user` a link to choose a new password; the account must be open."""
    _require_rank(user, by)
    if not user.is_active:
        raise GoneError
    passwords.send_reset(user)
    audit.record("send_reset_link", by, person=user)


def end_sessions(user: User, by: Actor) -> int:
    """Sign `user` out everywhere, and revoke their tokens. Returns from how many devices."""
    _require_rank(user, by)
    count = sessions.end_all(user)
    audit.record("end_sessions", by, person=user)
    security_events.record(user, "devices_signed_out")
    return count


def reset_two_factor(user: User, by: Actor) -> tuple[bool, int]:
    """Remove the authenticator app and the passkeys of `user`, who is told by email.

    Returns whether there was an app, and how many passkeys; signs them out if there was anything.
    """
    _require_rank(user, by)
    had_app, passkeys_count = two_factor.remove(user), passkeys.remove_all(user)
    if had_app or passkeys_count:
        audit.record("reset_two_factor", by, person=user)
    return had_app, passkeys_count


def close(user: User, by: Actor) -> None:
    """Close the account of `user`, as they could: it is erased after the grace period.

    Raises GoneError if it was closed, LastAdminError or TooManyMailsError.
    """
    _require_rank(user, by)
    if not user.is_active:
        raise GoneError
    accounts.close(user)
    audit.record("close_account", by, person=user)


def _require_rank(user: User, by: Actor) -> None:
    if by.person is not None and not outranks(by.person, user):
        raise NotAllowedError
