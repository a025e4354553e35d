"""Notifications: polling, the list page, and marking them as read."""

from __future__ import annotations

from functools import partial
from math import isfinite

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.models.messages.notification import KINDS
from app.services.community import filters, follow_requests
from app.services.messages import notification_groups, notifications, updates
from app.services.messages.notification_sentences import sentence_of
from app.web.paging import number_argument, number_field, page_of
from app.web.view_options import for_applicants
from app.web.viewer import member

TABS = {
    tab: tuple(name for name, kind in KINDS.items() if kind.tab == tab)
    for tab in dict.fromkeys(kind.tab for kind in KINDS.values())
}


@bp.get("/notifications", endpoint="notifications")
@for_applicants
def poll() -> ResponseReturnValue:
    """Changes since `since` (Unix seconds), for polling; 304 if nothing is new.

    With `posts_after` also how many posts came in after that one, and with `conversation` how many
    messages of that person are unread.
    """
    if _is_typed():
        return redirect(url_for("main.notification_list"))
    items = updates.since(member(), _since())
    # What the page that asks shows: its newest post at home, or a conversation.
    if newest := number_argument("posts_after"):
        items.append(updates.new_posts(member(), newest))
    if other := number_argument("conversation"):
        items.append(updates.unread_of(member(), other))
    response = jsonify(items)
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.vary.update(["Cookie", "Accept"])
    response.add_etag()
    return response.make_conditional(request)


def _is_typed() -> bool:
    """Whether a browser shows the answer to somebody, who did not mean to poll."""
    accepted = request.accept_mimetypes
    return bool(accepted["text/html"] > accepted["application/json"])


def _since() -> float:
    try:
        since = float(request.args.get("since", "0"))
    except ValueError:
        abort(400)
    if not isfinite(since):
        abort(400)
    return since


@bp.get("/notifications/all")
@bp.get("/notifications/all/<kind>")
def notification_list(kind: str | None = None) -> ResponseReturnValue:
    if kind is not None and kind not in TABS:
        abort(404)
    names = TABS[kind] if kind else tuple(KINDS)
    fetch = partial(notification_groups.page, member(), names)
    page = page_of(fetch, key=lambda group: group.newest_id)
    posts = notifications.posts_of(member(), page.items)
    matches = filters.matching(member(), posts.values(), "notifications")
    hidden = {post_id for post_id, match in matches.items() if match.hides}
    summaries = notification_groups.summaries_of(member(), page.items)
    return render_template(
        "messages/notifications/notifications.html",
        page=page,
        summaries=[one for one in summaries if one.newest.post_id not in hidden],
        posts=posts,
        matches=matches,
        kind=kind,
        sentence_of=sentence_of,
        # Where anybody may follow, nobody waits.
        requests=follow_requests.count(member()) if member().approves_followers else 0,
    )


@bp.post("/notifications/read")
def read_notifications() -> ResponseReturnValue:
    """Mark what is on a page as read, as scripts ask for, or everything up to there."""
    up_to, kind = number_field("up_to"), request.form.get("kind") or None
    if kind is not None and kind not in TABS:
        abort(422)
    if "all" in request.form:
        notifications.mark_read(member(), up_to)
    else:
        names = TABS[kind] if kind else tuple(KINDS)
        notifications.mark_read(member(), up_to, down_to=number_field("down_to"), names=names)
    db.session.commit()
    return redirect(url_for("main.notification_list", kind=kind))
