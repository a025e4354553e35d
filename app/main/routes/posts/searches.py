"""Searching posts and people."""

from __future__ import annotations

from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone
from flask_login import current_user

from app.backends.search import WINDOW, Search, Wanted, get_search
from app.lib.search import Query, parse_query
from app.main.blueprint import bp
from app.main.routes.posts.timelines import viewer
from app.models import Post, User
from app.services.community import follows
from app.services.posts import searches
from app.web.access import readable
from app.web.paging import Page, numbered_page, page_of
from app.web.rate_limits.rules import count_read, per_network, per_person

LIMIT = "60/minute"


@bp.get("/search")
@readable
def search() -> ResponseReturnValue:
    query = parse_query(request.args.get("q", ""))
    if not query.text:
        return render_template("searches/start.html", query=query)
    is_member = current_user.is_authenticated
    count_read("search", per_person(LIMIT) if is_member else per_network(LIMIT))
    return _people(query) if request.args.get("in") == "people" else _posts(query)


def _posts(query: Query) -> ResponseReturnValue:
    is_best = request.args.get("sort") == "best"
    kept = {"q": query.text} | ({"sort": "best"} if is_best else {})
    search, wanted = get_search(), searches.wanted_posts(query, get_timezone())
    ids = _found(search, wanted, kept, is_best=is_best)
    page: Page[Post] = ids.with_items(searches.posts_among(ids.items, viewer()))
    return render_template(
        "searches/posts.html",
        query=query,
        page=page,
        is_best=is_best,
        is_limited=search.is_limited,
        window=WINDOW,
    )


def _people(query: Query) -> ResponseReturnValue:
    kept = {"q": query.text, "in": "people"}
    search = get_search()
    ids = _found(search, searches.wanted_people(query), kept, is_best=True)
    page: Page[User] = ids.with_items(searches.people_among(ids.items))
    me = viewer()
    following_ids = follows.followed_among(me, page.items) if me and page.items else set()
    return render_template(
        "searches/people.html",
        query=query,
        page=page,
        is_limited=search.is_limited,
        window=WINDOW,
        following_ids=following_ids,
        next_path=request.full_path,
    )


def _found(
    search: Search, wanted: Wanted | None, kept: dict[str, str], *, is_best: bool
) -> Page[int]:
    """The ids for the page that the query asks for."""
    if wanted is None:
        return Page((), None, None)
    if is_best:
        return numbered_page(search.best(wanted), kept, WINDOW)
    return page_of(partial(search.newest, wanted), key=int, kept=kept)
