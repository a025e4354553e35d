"""Following tags: public posts with them come home, whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import TagFollow, User
from app.services.community import follows
from app.services.errors import TooManyTagsError

# Home looks for posts of each.
TAGS_MAX = 30


def follow(user: User, tag: str) -> None:
    """Follow a tag (its folded key). A second time changes nothing. Raises TooManyTagsError."""
    # Of two requests at once, the second counts the tag of the first.
    follows.lock_people(user)
    followed = [row.tag for row in of(user)]
    if tag in followed:
        return
    if len(followed) >= TAGS_MAX:
        raise TooManyTagsError
    row = insert(TagFollow).values(user_id=user.id, tag=tag, created_at=utcnow())
    db.session.execute(row.on_conflict_do_nothing())


def unfollow(user: User, tag: str) -> bool:
    """Stop following a tag. Returns whether it was followed."""
    mine = sa.delete(TagFollow).where(TagFollow.user_id == user.id, TagFollow.tag == tag)
    return db.session.scalar(mine.returning(TagFollow.id)) is not None


def of(user: User) -> Sequence[TagFollow]:
    """The tags that `user` follows, the latest first."""
    rows = sa.select(TagFollow).where(TagFollow.user_id == user.id)
    return db.session.scalars(rows.order_by(TagFollow.id.desc())).all()


def is_following(user: User, tag: str) -> bool:
    """Whether `user` follows a tag."""
    row = sa.exists().where(TagFollow.user_id == user.id, TagFollow.tag == tag)
    return bool(db.session.scalar(sa.select(row)))
