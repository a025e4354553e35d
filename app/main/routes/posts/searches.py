"""Searching posts and people."""

from __future__ import annotations

from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone

from app.backends.search import WINDOW
from app.lib.search.query import ParsedQuery, parse_query
from app.main.blueprint import bp
from app.models import Post, User
from app.services.community import follows
from app.services.posts import searches
from app.web.paging import Page, numbered_page, page_of
from app.web.query_mistakes import (
    mistake_messages,
    posts_only_message,
    unknown_person_message,
)
from app.web.rate_limits.rules import hit_search
from app.web.view_options import readable
from app.web.viewer import viewer

PEOPLE_ABOVE = 3


@bp.get("/search")
@readable
def search() -> ResponseReturnValue:
    query = parse_query(request.args.get("q", ""))
    if not query.text:
        return render_template("posts/searches/start.html", query=query)
    hit_search()
    return _people(query) if request.args.get("in") == "people" else _posts(query)


def _posts(query: ParsedQuery) -> ResponseReturnValue:
    is_best = request.args.get("sort") == "best"
    query_args = {"q": query.text} | ({"sort": "best"} if is_best else {})
    search = searches.for_posts(query, viewer(), get_timezone())
    page: Page[Post]
    if is_best:
        ids = numbered_page(searches.best_posts(search), query_args, WINDOW)
        page = ids.with_items(searches.posts_by_id(ids.items, viewer()))
    else:
        fetch = partial(searches.newest_posts, search)
        page = page_of(fetch, key=lambda post: post.id, query_args=query_args)
    notes = mistake_messages(query)
    if search.is_author_unknown:
        notes.append(unknown_person_message(query))
    return render_template(
        "posts/searches/posts.html",
        query=query,
        notes=notes,
        is_possible=search.query is not None,
        page=page,
        # The best posts take a statement more, which leaves none for people.
        people=[] if page.newer or is_best else _people_above(query),
        is_best=is_best,
        is_degraded=search.is_degraded,
        window=WINDOW,
    )


def _people_above(query: ParsedQuery) -> list[User]:
    """Who is shown above the posts; nobody where the query says what only posts have."""
    if query.has_filters:
        return []
    return searches.top_people(searches.for_people(query, viewer()), PEOPLE_ABOVE)


def _people(query: ParsedQuery) -> ResponseReturnValue:
    search = searches.for_people(query, viewer())
    query_args = {"q": query.text, "in": "people"}
    ids = numbered_page(searches.best_people(search), query_args, WINDOW)
    page: Page[User] = ids.with_items(searches.people_by_id(ids.items, viewer()))
    posts_only = posts_only_message(query)
    return render_template(
        "posts/searches/people.html",
        query=query,
        notes=mistake_messages(query) + ([posts_only] if posts_only else []),
        page=page,
        is_degraded=search.is_degraded,
        window=WINDOW,
        circle=follows.circle_among(viewer(), page.items),
        next_path=request.full_path,
    )
