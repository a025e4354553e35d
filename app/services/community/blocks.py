"""Blocking people: neither of the two sees the other anywhere, and no follow stays between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Block, User
from app.services.community import follow_requests
from app.services.community.follows import circle_among, lock_people
from app.services.errors import SelfBlockError
from app.services.messages import messages, notifications
from app.services.posts import reposts

# Whoever undoes a block within this time gets back the follows that it ended.
UNDO_WITHIN = timedelta(hours=1)


def block(blocker: User, blocked: User) -> bool:
    """Block somebody, and end follows and reposts both ways. Returns whether it is new.

    Raises SelfBlockError.
    """
    if blocker.id == blocked.id:
        raise SelfBlockError
    return block_all(blocker, [blocked]) == 1


def block_all(blocker: User, people: Iterable[User]) -> int:
    """Block `people`, except oneself. Returns how many were not blocked before."""
    others = {person.id: person for person in people if person.id != blocker.id}
    if not others:
        return 0
    lock_people(blocker, *others.values())
    flags = {"created_at": utcnow(), "was_following": False, "was_followed": False}
    rows = [{"blocker_id": blocker.id, "blocked_id": other_id, **flags} for other_id in others]
    added = insert(Block).values(rows).on_conflict_do_nothing().returning(Block.blocked_id)
    new = [others[other_id] for other_id in db.session.scalars(added)]
    _end_follows(blocker, new)
    follow_requests.end_between(blocker, new)
    reposts.end_between(blocker, new)
    _mark_read(blocker, new)
    return len(new)


def _end_follows(blocker: User, people: Sequence[User]) -> None:
    """End the follows between `blocker` and `people`, and note in the blocks which there were."""
    circle = circle_among(blocker, people)
    for person in people:
        ended = {
            "was_following": person.id in circle.followed and blocker.unfollow(person),
            "was_followed": person.id in circle.followers and person.unfollow(blocker),
        }
        if any(ended.values()):
            own = sa.update(Block).where(
                Block.blocker_id == blocker.id, Block.blocked_id == person.id
            )
            db.session.execute(own.values(ended))


def _mark_read(blocker: User, people: Sequence[User]) -> None:
    """Nothing that is hidden now may count as unread."""
    if not people:
        return
    messages.mark_all_read(blocker, people)
    ids = [person.id for person in people]
    notifications.mark_read_between(blocker, ids)


def unblock(blocker: User, blocked: User) -> bool:
    """Take a block back; within UNDO_WITHIN also what it ended. Returns whether there was one."""
    lock_people(blocker, blocked)
    mine = sa.delete(Block).where(Block.blocker_id == blocker.id, Block.blocked_id == blocked.id)
    columns = (Block.created_at, Block.was_following, Block.was_followed)
    ended = db.session.execute(mine.returning(*columns)).one_or_none()
    if ended is None:
        return False
    is_undo = ended.created_at > utcnow() - UNDO_WITHIN
    if is_undo and not db.session.scalar(sa.select(Block.between_ids(blocker.id, blocked.id))):
        # Whoever approves followers could not have sent them away meanwhile.
        if ended.was_following and not blocked.approves_followers:
            blocker.follow(blocked)
        if ended.was_followed:
            blocked.follow(blocker)
    return True


def is_blocking(blocker: User, person: User) -> bool:
    """Whether `blocker` blocks `person`, which only they may know."""
    pair = sa.exists().where(Block.blocker_id == blocker.id, Block.blocked_id == person.id)
    return bool(db.session.scalar(sa.select(pair)))


def find_blocked(blocker: User, username: str) -> User | None:
    """The person with this name whom `blocker` blocks."""
    is_blocked = User.id.in_(Block.ids_blocked_by(blocker))
    return db.session.scalar(User.named(username).where(is_blocked))


def page(blocker: User, cursor: Cursor) -> list[Block]:
    """A page of the blocks of `blocker`, with the people; the latest first."""
    rows = Block.blocked_by(blocker).options(joinedload(Block.blocked, innerjoin=True))
    return list(db.session.scalars(cursor.apply(rows, Block.id)))


def count(blocker: User) -> int:
    """How many people the list of `blocker` has."""
    return db.session.scalars(Block.blocked_by(blocker).with_only_columns(sa.func.count())).one()


def usernames(blocker: User) -> list[str]:
    """The names of all whom `blocker` blocks, in the order in which they were blocked."""
    names = Block.blocked_by(blocker).join(Block.blocked).with_only_columns(User.username)
    return list(db.session.scalars(names.order_by(Block.id)))
