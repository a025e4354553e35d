"""How far people have read in home, and where that is on a page of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Marker, Post, User
from app.models.posts.entry import Entry
from app.models.posts.marker import HOME


@dataclass(frozen=True)
class Place:
    """What a page of home says of where somebody stopped reading.

    `position`: how many of its posts are above the place, None where the place is on another page.
    `new_count`: how many of those are by others.
    """

    marker: Marker
    position: int | None = None
    new_count: int = 0

    def is_shown(self, has_newer: object) -> bool:
        """Whether the page has something on both sides of the place that is worth a pause."""
        return self.position is not None and bool(self.new_count or has_newer)


def home_marker(reader: User) -> Marker | None:
    """How far `reader` has read in home; None before they have left it once."""
    own = sa.select(Marker).where(Marker.user_id == reader.id, Marker.timeline == HOME)
    return db.session.scalar(own.execution_options(populate_existing=True))


def mark_read(reader: User, post_id: int, session_id: int | None = None) -> None:
    """Remember that `reader` has read home up to this post. What is remembered only grows.

    Beyond the newest post it is that one: otherwise whatever comes would count as read for good.
    """
    newest = db.session.scalar(sa.select(sa.func.max(Post.id)))
    if newest is None:
        return
    new = insert(Marker).values(
        user_id=reader.id,
        timeline=HOME,
        last_read_id=min(post_id, newest),
        updated_at=utcnow(),
        session_id=session_id,
        version=1,
    )
    # Of twenty devices at once, each changes what the one before has left, and only to grow.
    grown = new.on_conflict_do_update(
        index_elements=[Marker.user_id, Marker.timeline],
        set_={
            "last_read_id": new.excluded.last_read_id,
            "updated_at": new.excluded.updated_at,
            "session_id": new.excluded.session_id,
            "version": Marker.version + 1,
        },
        where=Marker.last_read_id < new.excluded.last_read_id,
    )
    db.session.execute(grown)


def place_on(
    entries: Sequence[Entry],
    marker: Marker,
    *,
    before: int | None = None,
    after: int | None = None,
    has_newer: bool = False,
    has_older: bool = False,
) -> Place:
    """Where `marker` is on a page of home.

    `before` and `after` are the ids that the page was asked for by.
    """
    read = marker.last_read_id
    new = [entry for entry in entries if entry.id > read]
    by_others = sum(entry.actor_id != marker.user_id for entry in new)
    if len(new) == len(entries):
        # Right below the last one, if no other post can be between.
        is_next = not has_older or (after is not None and after <= read)
        return Place(marker, len(new) if is_next else None, by_others)
    if not new and has_newer:
        # Right above the first one, in the same way.
        is_next = entries[0].id == read or (before is not None and read < before)
        return Place(marker, 0 if is_next else None)
    return Place(marker, len(new), by_others)
