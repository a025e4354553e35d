"""Roles: look up, give to people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Role, User
from app.models.accounts.role import ADMINISTRATOR_ID
from app.policies import may_grant, outranks
from app.services.accounts import sessions
from app.services.errors import LastAdminError, NotAllowedError
from app.services.site import audit
from app.services.site.audit import Actor

# As people may type it, and as it was called before.
SHORT_NAMES = {"admin": "administrator"}


def listed() -> Sequence[Role]:
    """All roles, the highest rank first."""
    return db.session.scalars(sa.select(Role).order_by(Role.rank.desc(), Role.id)).all()


def named(name: str) -> Role | None:
    """The role with this name, in any case."""
    key = name.lower()
    return db.session.scalar(sa.select(Role).where(Role.name_key == SHORT_NAMES.get(key, key)))


def staff_ids() -> list[int]:
    """The ids of the roles that hold more than members may have."""
    return [role.id for role in listed() if role.is_staff]


def staff() -> sa.Select[User]:
    """The people of those roles who are here, with their roles."""
    present = sa.select(User).where(User.presence_clause(), User.role_id.in_(staff_ids()))
    return present.options(joinedload(User.role, innerjoin=True))


def lock(user: User) -> bool:
    """Read `user` again until the transaction ends; whether they are the last administrator.

    Others who step down or leave wait: two cannot both do it, each counting on the other.
    """
    admins = User.active().where(User.role_id == ADMINISTRATOR_ID, User.presence_clause())
    # Always these first and in one order, to avoid deadlocks.
    ids = admins.with_only_columns(User.id).order_by(User.id).with_for_update()
    others = set(db.session.scalars(ids)) - {user.id}
    db.session.refresh(user, with_for_update=True)
    return user.role_id == ADMINISTRATOR_ID and not others


def give(user: User, role: Role, by: Actor) -> None:
    """Give `user` another role, which ends all their sessions.

    Raises NotAllowedError unless the actor outranks them, or is they themselves, and may grant it;
    raises LastAdminError.
    """
    actor = by.person
    is_last = lock(user)
    if actor is not None and not (
        (actor.id == user.id or outranks(actor, user)) and may_grant(actor, role)
    ):
        raise NotAllowedError
    if user.role_id == role.id:
        return
    if is_last:
        raise LastAdminError
    user.role, user.role_id, user.former_role = role, role.id, _former_name(role)
    db.session.flush()
    # Sessions of staff expire in hours, those of members in weeks.
    sessions.end_all(user)
    audit.record("change_role", by, person=user, target=role.name)


def _former_name(role: Role) -> str:
    if role.id == ADMINISTRATOR_ID:
        return "admin"
    return "moderator" if role.is_staff else "member"
