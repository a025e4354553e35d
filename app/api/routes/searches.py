"""Searching posts and people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import g
from flask_babel import get_timezone

from app.api import pagination
from app.api.operations import operation
from app.api.schemas.base import KeysetMeta, PageLinks
from app.api.schemas.post import Post, post_answer
from app.api.schemas.search import Search, SearchList
from app.api.schemas.user import User, user_answer
from app.backends.search import Wanted, get_search
from app.lib.search import parse_query
from app.services.posts import searches
from app.web.rate_limits.rules import count_read, per_person


@operation("get", "/search", query=Search, answer=SearchList)
def search(query: Search) -> SearchList:
    """Find posts or people, newest first.

    With `sort=best`, the newest 500 finds are put in order, the best first, and paged by `page`.
    """
    count_read("search", per_person("60/minute"))
    asked = parse_query(query.q)
    items: list[Post | User]
    if query.kind == "people":
        ids, meta, links = _found(query, searches.wanted_people(asked))
        items = [user_answer(person) for person in searches.people_among(ids)]
    else:
        ids, meta, links = _found(query, searches.wanted_posts(asked, get_timezone()))
        rows = searches.posts_among(ids, g.api_token.user)
        items = [post_answer(post, post.author) for post in rows]
    return SearchList(items=items, meta=meta, links=links)


def _found(query: Search, wanted: Wanted | None) -> tuple[Sequence[int], KeysetMeta, PageLinks]:
    """The ids on the page; there are none when there is nothing to look for."""

    def none(limit: int, before: int | None, after: int | None) -> list[int]:
        return []

    kept = {"q": query.q, "in": query.kind}
    if query.sort == "best":
        best = [] if wanted is None else get_search().best(wanted)
        return pagination.of_all(query.page, query.per_page, best, {**kept, "sort": "best"})
    fetch = none if wanted is None else partial(get_search().newest, wanted)
    return pagination.newest_first(query, fetch, key=int, kept=kept)
