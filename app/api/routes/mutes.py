"""Mute and unmute, and whom one mutes."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.users import user_or_404
from app.api.schemas.base import Descending
from app.api.schemas.mute import NewMute
from app.api.schemas.user import PersonList, serialize_user
from app.extensions import db
from app.services.community import mutes
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/mutes")
def list_mutes(query: Descending) -> PersonList:
    """List the people you mute, latest first."""
    rows, meta, links = pagination.newest_first(query, partial(mutes.page, member()))
    people = [serialize_user(row.muted) for row in rows]
    return PersonList(items=people, meta=meta, links=links)


@operation("put", "/users/<int:user_id>/mute", status=204)
def mute_user(user_id: int, body: NewMute | None) -> None:
    """Mute somebody: lists and searches leave out their posts. They are not told.

    Repeating it replaces the earlier mute.
    """
    user, terms = user_or_404(user_id), body or NewMute()
    hit("mute", per_person("300/hour"))
    hides = terms.hides_notifications
    mutes.mute(member(), user, days=terms.days, hides_notifications=hides)
    db.session.commit()


@operation("delete", "/users/<int:user_id>/mute", status=204)
def unmute_user(user_id: int) -> None:
    """Unmute somebody. Repeating it changes nothing."""
    mutes.unmute(member(), user_or_404(user_id))
    db.session.commit()
