"""Pin posts to one's profile."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.routes.posts import own_post_or_404
from app.extensions import db
from app.services.posts import pins
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("put", "/posts/<int:post_id>/pin", status=204, failures=(409,))
def pin_post(post_id: int) -> None:
    """Pin your own post to your profile, which shows up to five of them first."""
    hit("pin", per_person("60/hour"))
    pins.pin(member(), own_post_or_404(post_id))
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/pin", status=204)
def unpin_post(post_id: int) -> None:
    """Unpin your own post. Repeating it changes nothing."""
    pins.unpin(own_post_or_404(post_id))
    db.session.commit()
