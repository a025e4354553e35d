"""Searching posts and people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask_babel import get_timezone

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.base import KeysetMeta, PageLinks
from app.api.schemas.post import serialize_post
from app.api.schemas.search import Search, SearchList
from app.api.schemas.user import serialize_user
from app.database.cursor import Cursor
from app.lib.search.query import parse_query
from app.services.posts import searches
from app.services.posts.searches import SearchRequest
from app.web.rate_limits.rules import hit_search
from app.web.viewer import member


class _Kind(NamedTuple):
    """How row kind of result is found and loaded."""

    newest: Callable[[SearchRequest, Cursor], Sequence[Any]]
    best: Callable[[SearchRequest], list[int]]
    load: Callable[[Collection[int], models.User | None], Sequence[Any]]


POSTS = _Kind(searches.newest_posts, searches.best_posts, searches.posts_by_id)
PEOPLE = _Kind(searches.newest_people, searches.best_people, searches.people_by_id)


@operation("get", "/search")
def search(query: Search) -> SearchList:
    """Search posts or people, newest first.

    Posts are found by whole words, people also by how their names begin. With `sort=best`, the
    newest 500 results are ranked, best first, and paged by `page`.
    """
    hit_search()
    parsed, me = parse_query(query.q), member()
    if query.kind == "people":
        people, meta, links = _page(query, searches.for_people(parsed, me), PEOPLE)
        return SearchList(items=[serialize_user(row) for row in people], meta=meta, links=links)
    request = searches.for_posts(parsed, me, get_timezone())
    posts, meta, links = _page(query, request, POSTS)
    return SearchList(
        items=[serialize_post(row, row.author) for row in posts], meta=meta, links=links
    )


def _page(
    query: Search, request: SearchRequest, kind: _Kind
) -> tuple[Sequence[Any], KeysetMeta, PageLinks]:
    query_args = {"q": query.q, "in": query.kind}
    if query.sort == "best":
        ids = kind.best(request)
        query_args["sort"] = "best"
        page, meta, links = pagination.slice_page(query.page, query.per_page, ids, query_args)
        return kind.load(page, request.viewer), meta, links
    fetch = partial(kind.newest, request)
    return pagination.newest_first(query, fetch, query_args=query_args)
