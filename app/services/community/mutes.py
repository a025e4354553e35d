"""Muting people: lists, search and notifications leave them out, and they never learn of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Mute, User
from app.services.errors import SelfBlockError
from app.services.messages import notifications

# Days for which somebody can be muted; 0: for good.
DURATIONS = (0, 1, 7)


def mute(muter: User, muted: User, *, days: int = 0, hides_notifications: bool = True) -> None:
    """Mute somebody for some days (0: for good), also when they are muted already.

    Raises SelfBlockError.
    """
    if muter.id == muted.id:
        raise SelfBlockError
    now = utcnow()
    values = {
        "created_at": now,
        "expires_at": now + timedelta(days=days) if days else None,
        "hides_notifications": hides_notifications,
    }
    row = insert(Mute).values(muter_id=muter.id, muted_id=muted.id, **values)
    pair = [Mute.muter_id, Mute.muted_id]
    db.session.execute(row.on_conflict_do_update(index_elements=pair, set_=values))
    if hides_notifications:
        notifications.mark_read_of([muter.id], [muted.id])


def unmute(muter: User, muted: User) -> bool:
    """Take a mute back. Returns whether there was one."""
    mine = sa.delete(Mute).where(Mute.muter_id == muter.id, Mute.muted_id == muted.id)
    return db.session.scalar(mine.returning(Mute.id)) is not None


def find(muter: User, muted: User) -> Mute | None:
    """The mute in force of `muted` by `muter`."""
    return db.session.scalar(Mute.muted_by(muter).where(Mute.muted_id == muted.id))


def page(muter: User, cursor: Cursor) -> list[Mute]:
    """A page of the mutes of `muter`, with the people; the latest first."""
    rows = Mute.muted_by(muter).options(joinedload(Mute.muted, innerjoin=True))
    return list(db.session.scalars(cursor.apply(rows, Mute.id)))


def count(muter: User) -> int:
    """How many people the list of `muter` has."""
    return db.session.scalars(Mute.muted_by(muter).with_only_columns(sa.func.count())).one()


def usernames(muter: User) -> list[str]:
    """The names of all whom `muter` mutes, in the order in which they were muted."""
    names = Mute.muted_by(muter).join(Mute.muted).with_only_columns(User.username)
    return list(db.session.scalars(names.order_by(Mute.id)))


def mute_all(muter: User, people: Iterable[User]) -> int:
    """Mute `people` for good, except oneself and the muted. Returns how many are new."""
    now = utcnow()
    values = {"created_at": now, "expires_at": None, "hides_notifications": True}
    ids = dict.fromkeys(person.id for person in people if person.id != muter.id)
    if not ids:
        return 0
    rows = [{"muter_id": muter.id, "muted_id": muted_id, **values} for muted_id in ids]
    row = insert(Mute).values(rows)
    row = row.on_conflict_do_update(
        index_elements=[Mute.muter_id, Mute.muted_id], set_=values, where=~Mute.is_in_force(now)
    )
    new = db.session.scalars(row.returning(Mute.muted_id)).all()
    notifications.mark_read_of([muter.id], new)
    return len(new)


def purge() -> int:
    """Delete expired mutes. Returns how many."""
    old = sa.delete(Mute).where(Mute.expires_at <= utcnow())
    return len(db.session.scalars(old.returning(Mute.id)).all())
