"""Pagination: pages of lists, with links to the next and previous one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from flask import request, url_for

from app.api.schemas.base import (
    PER_PAGE_MAX,
    Ascending,
    Descending,
    KeysetMeta,
    Numbered,
    NumberedMeta,
    PageLinks,
)
from app.database.cursor import Cursor

Row = TypeVar("Row")


def numbered(
    query: Numbered,
    total: int,
    fetch: Callable[[int, int], Sequence[Row]],
    query_args: Mapping[str, Any] | None = None,
) -> tuple[Sequence[Row], NumberedMeta, PageLinks]:
    """The page by its number; `fetch(limit, offset)` returns its rows.

    The links repeat `query_args`, the rest of the query string.
    """
    size = min(query.per_page, PER_PAGE_MAX)
    pages = -(-total // size)
    rows = fetch(size, (query.page - 1) * size)
    # Beyond the end, the previous page is the last one.
    before = min(query.page - 1, max(pages, 1))
    query_args = {**(query_args or {}), "per_page": size}
    links = PageLinks(
        self=_link(page=query.page, **query_args),
        next=_link(page=query.page + 1, **query_args) if query.page < pages else None,
        prev=_link(page=before, **query_args) if before else None,
    )
    return rows, _meta(query.page, size, pages, total), links


def after_id(
    query: Ascending, total: int, fetch: Callable[[int, int], Sequence[Row]]
) -> tuple[Sequence[Row], NumberedMeta, PageLinks]:
    """The rows after the id `query.after`; `fetch(limit, after)` returns them."""
    size, after = min(query.per_page, PER_PAGE_MAX), query.after or 0
    rows: list[Any] = list(fetch(size + 1, after))
    has_more, rows = len(rows) > size, rows[:size]
    links = PageLinks(
        self=_link(after=after, per_page=size),
        next=_link(after=rows[-1].id, per_page=size) if has_more else None,
        prev=None,
    )
    return rows, _meta(None, size, -(-total // size), total), links


def after_row(
    query: Ascending,
    total: int,
    fetch: Callable[[Cursor], Sequence[Row]],
    place: Callable[[Any], Mapping[str, Any]],
) -> tuple[Sequence[Row], NumberedMeta, PageLinks]:
    """The rows behind the one with the id `query.after`, in an order of their own.

    The links say the `place` where the next page begins, with the rest of the query string.
    """
    size, after = min(query.per_page, PER_PAGE_MAX), query.after or None
    rows: list[Any] = list(fetch(Cursor(size + 1, before=after)))
    has_more, rows = len(rows) > size, rows[:size]
    own = query.model_dump(exclude={"page", "per_page", "after"}, exclude_none=True, mode="json")
    links = PageLinks(
        self=_link(after=after, per_page=size, **own),
        next=_link(per_page=size, **{**own, **place(rows[-1])}) if has_more else None,
        prev=None,
    )
    return rows, _meta(None, size, -(-total // size), total), links


def newest_first(
    query: Descending,
    fetch: Callable[[Cursor], Sequence[Row]],
    key: Callable[[Any], int] = attrgetter("id"),
    query_args: Mapping[str, Any] | None = None,
) -> tuple[Sequence[Row], KeysetMeta, PageLinks]:
    """The page before or after an id, as in `query`; `fetch` takes a Cursor.

    The links repeat `query_args`, the rest of the query string.
    """
    size = min(query.per_page, PER_PAGE_MAX)
    before, after = query.before, None if query.before else query.after
    rows: list[Any] = list(fetch(Cursor(size + 1, before, after)))
    has_more, rows = len(rows) > size, rows[:size]
    if after is not None:
        rows.reverse()
    has_newer = has_more if after is not None else before is not None
    has_older = after is not None or has_more
    query_args = {**(query_args or {}), "per_page": size}
    cursor = {name: id_ for name, id_ in (("before", before), ("after", after)) if id_}
    links = PageLinks(
        self=_link(**cursor, **query_args),
        next=_link(before=key(rows[-1]), **query_args) if rows and has_older else None,
        prev=_link(after=key(rows[0]), **query_args) if rows and has_newer else None,
    )
    return rows, KeysetMeta(per_page=size), links


def slice_page(
    page: int, per_page: int, items: Sequence[Row], query_args: Mapping[str, Any]
) -> tuple[Sequence[Row], KeysetMeta, PageLinks]:
    """The page by its number, of a list in memory. The links repeat `query_args`."""
    size = min(per_page, PER_PAGE_MAX)
    pages = max(-(-len(items) // size), 1)
    query_args = {**query_args, "per_page": size}
    links = PageLinks(
        self=_link(page=page, **query_args),
        next=_link(page=page + 1, **query_args) if page < pages else None,
        prev=_link(page=min(page - 1, pages), **query_args) if page > 1 else None,
    )
    return items[(page - 1) * size : page * size], KeysetMeta(per_page=size), links


def _meta(page: int | None, size: int, pages: int, total: int) -> NumberedMeta:
    return NumberedMeta(page=page, per_page=size, total_pages=pages, total_items=total)


def _link(**values: Any) -> str:
    arguments: dict[str, Any] = {**(request.view_args or {}), **values}
    return url_for(str(request.endpoint), **arguments)
