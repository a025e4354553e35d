"""Requests to follow: who asks, whom one has asked, accept and decline."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.users import user_or_404
from app.api.schemas.base import Descending
from app.api.schemas.user import PersonList, serialize_user
from app.extensions import db
from app.services.community import follow_requests
from app.web.problem_json import Problem
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/follow-requests")
def list_follow_requests(query: Descending) -> PersonList:
    """List the people who ask to follow you, latest first."""
    rows, meta, links = pagination.newest_first(query, partial(follow_requests.page, member()))
    people = [serialize_user(row.follower) for row in rows]
    return PersonList(items=people, meta=meta, links=links)


@operation("get", "/follow-requests/sent")
def list_sent_follow_requests(query: Descending) -> PersonList:
    """List the people whom you asked to follow, latest first."""
    rows, meta, links = pagination.newest_first(query, partial(follow_requests.sent_page, member()))
    people = [serialize_user(row.followed) for row in rows]
    return PersonList(items=people, meta=meta, links=links)


@operation("put", "/follow-requests/<int:user_id>", status=204)
def accept_follow_request(user_id: int) -> None:
    """Let somebody follow you who asks to. A 404 if they do not, or not any more."""
    hit("follow-request", per_person("300/hour"))
    if not follow_requests.accept(member(), user_or_404(user_id)):
        raise Problem(404)
    db.session.commit()


@operation("delete", "/follow-requests/<int:user_id>", status=204)
def decline_follow_request(user_id: int) -> None:
    """Decline somebody who asks to follow you. They are not notified, and can ask again."""
    hit("follow-request", per_person("300/hour"))
    follow_requests.decline(member(), user_or_404(user_id))
    db.session.commit()
