"""What home shows beside posts: of all, and of single people."""

from __future__ import annotations

from typing import get_args

from app.api.blueprint import operation
from app.api.routes.users import user_or_404
from app.api.schemas.home_choice import (
    HomeChanges,
    HomeChoices,
    serialize_follow,
    serialize_home,
)
from app.extensions import db
from app.models.community.follow import HomePart
from app.services.community import follows, home_choices
from app.services.errors import NotFollowingError
from app.web.viewer import member


@operation("get", "/timelines/home/choices")
def get_home_choices() -> HomeChoices:
    """Read what your home shows beside posts."""
    return serialize_home(member())


@operation("patch", "/timelines/home/choices")
def change_home_choices(body: HomeChanges) -> HomeChoices:
    """Choose what your home shows beside posts. It always has what you repost and reply."""
    for part in get_args(HomePart):
        if (is_shown := getattr(body, f"shows_{part}")) is not None:
            home_choices.choose(member(), part, is_shown=is_shown)
    db.session.commit()
    return serialize_home(member())


@operation("patch", "/users/<int:user_id>/follow", failures=(409,))
def change_follow(user_id: int, body: HomeChanges) -> HomeChoices:
    """Choose what your home shows of somebody you follow. A 409 if you do not."""
    user = user_or_404(user_id)
    for part in get_args(HomePart):
        if (is_shown := getattr(body, f"shows_{part}")) is not None:
            home_choices.choose_of(member(), user, part, is_shown=is_shown)
    known = follows.relationship(member(), user)
    if not known.is_following:
        raise NotFollowingError(user.username)
    db.session.commit()
    return serialize_follow(known)
