"""Feeds of a user, a tag and everybody: public posts.

Feed readers are visitors; in a browser, somebody who is signed in gets what lists show them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.database.cursor import Cursor
from app.lib import feeds
from app.lib.dates import utcnow
from app.lib.html import words_of
from app.lib.text import excerpt
from app.main.blueprint import bp
from app.main.loaders import user_or_404
from app.models import Post, User
from app.services.posts import posts
from app.web.paging import Fetch
from app.web.tags import tag_or_404
from app.web.view_options import readable
from app.web.viewer import viewer

ENTRIES_MAX = 25
TITLE_MAX = 80
NOTED = Markup('<p>{}</p><p><a href="{}">{}</a></p>')
# The time of a feed without entries.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Last-Modified counts whole seconds, so it would miss another post in the same second.
LAST_MODIFIED_AFTER = timedelta(seconds=2)
WRITERS = {
    "atom": (feeds.atom, feeds.ATOM_TYPE),
    "json": (feeds.json_feed, feeds.JSON_TYPE),
}


@bp.get("/user/<username>/feed.atom", defaults={"kind": "atom"})
@bp.get("/user/<username>/feed.json", defaults={"kind": "json"})
@readable
def user_feed(username: str, kind: str) -> ResponseReturnValue:
    person = user_or_404(username)
    page = url_for("main.user", username=person.username)
    public_posts = Post.written_by(person, viewer()).where(Post.visibility == "public")
    fetch = partial(posts.page, public_posts)
    return _feed_response(kind, person.name, page, fetch, person.created_at)


@bp.get("/tag/<name>/feed.atom", defaults={"kind": "atom"})
@bp.get("/tag/<name>/feed.json", defaults={"kind": "json"})
@readable
def tag_feed(name: str, kind: str) -> ResponseReturnValue:
    key = tag_or_404(name)
    if key != name:
        return redirect(url_for("main.tag_feed", name=key, kind=kind), 301)
    return _feed_response(
        kind, f"#{key}", url_for("main.tag", name=key), partial(posts.tagged_page, key, viewer())
    )


@bp.get("/explore/feed.atom", defaults={"kind": "atom"})
@bp.get("/explore/feed.json", defaults={"kind": "json"})
@readable
def explore_feed(kind: str) -> ResponseReturnValue:
    name = current_app.config["SITE_NAME"]
    fetch = partial(posts.page, Post.explored_by(viewer()))
    return _feed_response(kind, name, url_for("main.explore"), fetch)


def _feed_response(
    kind: str, title: str, page: str, fetch: Fetch[Post], since: datetime = EPOCH
) -> ResponseReturnValue:
    entries = [_entry(post) for post in fetch(Cursor(ENTRIES_MAX))]
    updated = max((entry.updated for entry in entries), default=since)
    url = _full(url_for(str(request.endpoint), **(request.view_args or {})))
    write, content_type = WRITERS[kind]
    body = write(feeds.Feed(title, _full(page), url, updated, entries))
    return _conditional(Response(body, content_type=content_type), updated)


def _conditional(response: Response, updated: datetime) -> ResponseReturnValue:
    """The response, or 304 if the client has it; caches must revalidate it each time."""
    updated = updated.replace(microsecond=0)
    response.add_etag()
    if updated + LAST_MODIFIED_AFTER < utcnow():
        response.last_modified = updated
    if current_app.config["PUBLIC_READING"] and viewer() is None:
        response.cache_control.public = True
    else:
        response.cache_control.private = True
    response.cache_control.max_age = 0
    response.cache_control.must_revalidate = True
    # Only an equal time counts: after the newest post is deleted, the feed is older than before.
    is_conditional = request.if_none_match or request.if_modified_since == response.last_modified
    return response.make_conditional(request) if is_conditional else response


def _entry(post: Post) -> feeds.Entry:
    url, html = _full(url_for("main.post", post_id=post.id)), post.html
    if post.note:
        # Feed readers fold nothing away, so what it says is one click further.
        html = NOTED.format(post.note, url, url)
    return feeds.Entry(
        url=url,
        title=post.note or post.title or excerpt(words_of(post.html), TITLE_MAX),
        html=feeds.absolute_links(html, current_app.config["BASE_URL"]),
        author=_author(post.author),
        published=post.created_at,
        updated=post.edited_at or post.created_at,
        language=post.language,
    )


def _author(user: User) -> feeds.Author:
    page = url_for("main.user", username=user.username)
    return feeds.Author(user.name, _full(page), _full(user.avatar()))


def _full(path: str) -> str:
    return f"{current_app.config['BASE_URL']}{path}"
