"""What somebody's home shows beside posts: what others repost and reply, in all or one by one."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.models import Follow, User
from app.models.community.follow import HomePart
from app.services.errors import NotFollowingError


def choose(reader: User, part: HomePart, *, is_shown: bool) -> None:
    """Show this part of what others do in the home of `reader`, or leave it out."""
    setattr(reader, f"home_has_{part}", is_shown)


def choose_of(reader: User, followed: User, part: HomePart, *, is_shown: bool) -> None:
    """The same of one person. Raises NotFollowingError."""
    pair = (Follow.follower_id == reader.id, Follow.followed_id == followed.id)
    change = sa.update(Follow).where(*pair).values({f"shows_{part}": is_shown})
    if db.session.scalar(change.returning(Follow.id)) is None:
        raise NotFollowingError(followed.username)
