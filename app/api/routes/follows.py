"""Follow and unfollow."""

from __future__ import annotations

from flask import g

from app.api.operations import operation
from app.api.routes.users import person
from app.extensions import db
from app.services.community import follows
from app.services.errors import NotAllowedError
from app.web.problem_json import Problem
from app.web.rate_limits.rules import count, per_person

ONESELF = "You cannot follow yourself."


@operation("put", "/users/<int:user_id>/follow", status=204)
def follow_user(user_id: int) -> None:
    """Follow somebody. A second time changes nothing."""
    user = person(user_id)
    count("follow", per_person("60/hour"))
    try:
        follows.follow(g.api_token.user, user)
    except NotAllowedError:
        raise Problem(403, ONESELF) from None
    db.session.commit()


@operation("delete", "/users/<int:user_id>/follow", status=204)
def unfollow_user(user_id: int) -> None:
    """Stop following somebody. A second time changes nothing."""
    try:
        follows.unfollow(g.api_token.user, person(user_id))
    except NotAllowedError:
        raise Problem(403, ONESELF) from None
    db.session.commit()
