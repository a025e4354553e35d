"""Searching posts and people: queries, and pages of results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from app.backends.search import WINDOW, Search, SearchQuery, get_search
from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.search.documents import author_key, language_key, tag_term
from app.lib.search.query import ParsedQuery
from app.lib.usernames import username_key
from app.models import Block, Mute, Post, User

Result = TypeVar("Result", Post, User)


@dataclass(frozen=True)
class SearchRequest:
    """One search by one viewer. Without a `query` it cannot have results."""

    engine: Search
    query: SearchQuery | None
    viewer: User | None
    # Whether that is because nobody has the name in `from:`.
    is_author_unknown: bool = False
    # What may be somebody's whole username, who then comes first.
    username: str = ""

    @property
    def is_of_own(self) -> bool:
        """Whether the viewer seeks among what they wrote, whoever else may read it."""
        return self.query is not None and self.query.viewer_id is not None

    @property
    def is_degraded(self) -> bool:
        """Whether the last query went to a fallback."""
        return self.engine.is_degraded


def for_posts(query: ParsedQuery, viewer: User | None, zone: tzinfo) -> SearchRequest:
    """A search for posts; the days in `query` are those of `zone`."""
    author_id = _author_id(query, viewer)
    is_author_unknown = query.author is not None and author_id is None
    sought = None if is_author_unknown else _post_query(query, author_id, zone)
    if sought is not None and viewer is not None:
        own_id = viewer.id if viewer.id == author_id else None
        sought = replace(sought, viewer_id=own_id, is_hidden=_unlisted_for(viewer))
    return SearchRequest(get_search(), sought, viewer, is_author_unknown=is_author_unknown)


def for_people(query: ParsedQuery, viewer: User | None) -> SearchRequest:
    """A search for people by the words of `query` and the name in its `from:`."""
    words = tuple(filter(None, (*query.words, query.author)))
    terms = ParsedQuery(query.text, words, query.phrases).terms
    username = words[0].lstrip("@") if len(words) == 1 and not query.phrases else ""
    found = SearchQuery("user", terms) if terms else None
    if found is not None and viewer is not None:
        found = replace(found, is_hidden=partial(Block.stands_between, viewer))
    return SearchRequest(get_search(), found, viewer, username=username)


def newest_posts(request: SearchRequest, cursor: Cursor) -> list[Post]:
    """A page of the matching posts that the viewer may find."""
    return _newest(request, cursor, partial(posts_by_id, with_own=request.is_of_own))


def best_posts(request: SearchRequest) -> list[int]:
    """The ids of the matching posts that the viewer may find, the best match first."""
    ids = _ranked(request)
    if not ids:
        return []
    listed = Post.listed_for(request.viewer, with_own=request.is_of_own)
    allowed = listed.with_only_columns(Post.id)
    visible = set(db.session.scalars(allowed.where(Post.id.in_(ids))))
    return [post_id for post_id in ids if post_id in visible]


def best_people(request: SearchRequest) -> list[int]:
    """The ids of the matching people, the best match first."""
    ids = _ranked(request)
    if not ids:
        return []
    rows = _matched(request, ids).with_only_columns(User.id, User.username_key)
    keys: dict[int, str] = {row.id: row.username_key for row in db.session.execute(rows)}
    return _named_first(request, ids, keys)


def top_people(request: SearchRequest, limit: int) -> list[User]:
    """The best matches among people, who are shown above the posts; two statements."""
    # A few more than that, since some may be hidden.
    ids = _ranked(request)[: 4 * limit]
    if not ids:
        return []
    people = {person.id: person for person in db.session.scalars(_matched(request, ids))}
    keys = {person.id: person.username_key for person in people.values()}
    return [people[person_id] for person_id in _named_first(request, ids, keys)[:limit]]


def newest_people(request: SearchRequest, cursor: Cursor) -> list[User]:
    """A page of the matching people."""
    return _newest(request, cursor, people_by_id)


def posts_by_id(ids: Collection[int], viewer: User | None, *, with_own: bool = True) -> list[Post]:
    """Those of the posts that lists show `viewer`, in the order of `ids`.

    `with_own`: and all of their own.
    """
    if not ids:
        return []
    listed = Post.listed_for(viewer, with_own=with_own)
    rows = db.session.scalars(listed.where(Post.id.in_(ids)))
    posts = {post.id: post for post in rows}
    return [posts[post_id] for post_id in ids if post_id in posts]


def people_by_id(ids: Collection[int], viewer: User | None) -> list[User]:
    """Those of the people whom lists show `viewer`, in the order of `ids`."""
    if not ids:
        return []
    rows = db.session.scalars(User.listed_for(viewer).where(User.id.in_(ids)))
    people = {person.id: person for person in rows}
    return [people[person_id] for person_id in ids if person_id in people]


def _newest(
    request: SearchRequest,
    cursor: Cursor,
    load: Callable[[Collection[int], User | None], list[Result]],
) -> list[Result]:
    """Query until the page is full, since an index may lag behind or ignore permissions."""
    page: list[Result] = []
    batch = cursor
    while request.query is not None:
        ids = request.engine.search_by_date(request.query, batch)
        page += load(ids, request.viewer)
        if len(page) >= cursor.limit or len(ids) < batch.limit:
            break
        batch = batch.beyond(ids[-1]).with_limit(min(2 * batch.limit, WINDOW))
    return page[: cursor.limit]


def _ranked(request: SearchRequest) -> list[int]:
    return [] if request.query is None else request.engine.search_by_relevance(request.query)


def _matched(request: SearchRequest, ids: Collection[int]) -> sa.Select[User]:
    """Those of the people whom lists show the viewer, and whoever has exactly this username.

    Among very many who match, that person may have joined too early to be ranked.
    """
    is_named = User.username_key == username_key(request.username)
    is_matched = sa.or_(User.id.in_(ids), is_named) if request.username else User.id.in_(ids)
    return User.listed_for(request.viewer).where(is_matched)


def _named_first(
    request: SearchRequest, ids: Collection[int], keys: Mapping[int, str]
) -> list[int]:
    """Those of `ids` that `keys`, the usernames by id, has; whoever is named exactly so first."""
    wanted = username_key(request.username)
    named = [person_id for person_id, key in keys.items() if key == wanted]
    return [*named, *(id_ for id_ in ids if id_ in keys and id_ not in named)]


def _author_id(query: ParsedQuery, viewer: User | None) -> int | None:
    if not query.author:
        return None
    author = User.named_for(viewer, query.author)
    return db.session.scalar(author.with_only_columns(User.id))


def _post_query(query: ParsedQuery, author_id: int | None, zone: tzinfo) -> SearchQuery | None:
    terms = [*query.terms, *map(tag_term, query.tags)]
    if query.language:
        terms.append(language_key(query.language))
    if author_id is not None:
        terms.append(author_key(author_id))
    if not terms and not query.has_filters:
        return None
    since, until = _start_of(query.after, zone), _start_of(query.before, zone)
    return SearchQuery("post", tuple(terms), since, until)


def _unlisted_for(viewer: User) -> Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]:
    """The condition that lists of posts do not show the posts of an author to `viewer`."""
    now = utcnow()
    return lambda author_id: sa.or_(
        Mute.is_muted(viewer, author_id, now), Block.stands_between(viewer, author_id)
    )


def _start_of(day: date | None, zone: tzinfo) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        # The first or last day of the calendar, which the zone's offset moves beyond it.
        return datetime.combine(day, time(), UTC)
