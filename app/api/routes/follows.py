"""Follow and unfollow."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.routes.users import user_or_404
from app.extensions import db
from app.services.community import follows
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("put", "/users/<int:user_id>/follow", status=204)
def follow_user(user_id: int) -> None:
    """Follow somebody, or ask those who approve their followers. Repeating it changes nothing."""
    user = user_or_404(user_id)
    hit("follow", per_person("60/hour"))
    follows.follow(member(), user)
    db.session.commit()


@operation("delete", "/users/<int:user_id>/follow", status=204)
def unfollow_user(user_id: int) -> None:
    """Stop following somebody, or asking to. Repeating it changes nothing."""
    follows.unfollow(member(), user_or_404(user_id))
    db.session.commit()
