"""Keyset pagination: a page starts from a row's id, so it stays correct while rows arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import abort, current_app, request, url_for

from app.database.cursor import ID_MAX, Cursor
from app.models import Post
from app.services.posts import posts

Row = TypeVar("Row")
# `?page=` gets slower with each page (OFFSET); deeper pages are linked by id.
PAGE_MAX = 40

Fetch = Callable[[Cursor], Sequence[Row]]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A page of rows, and the URLs of the newer and older pages (None at the ends)."""

    items: Sequence[Row]
    newer: str | None
    older: str | None
    # Whether the list ends here because of a limit, not for lack of rows.
    is_cut: bool = False

    def with_items(self, items: Sequence[Other]) -> Page[Other]:
        """The same page, with items made from its rows."""
        return Page(items, self.newer, self.older, self.is_cut)


Other = TypeVar("Other")


def number_argument(name: str, maximum: int = ID_MAX) -> int | None:
    """A positive integer from the query string, None when absent; 404 for anything else."""
    raw = request.args.get(name)
    if raw is None:
        return None
    number = _number(raw, maximum)
    if number is None:
        abort(404)
    return number


def day_argument(name: str) -> date | None:
    """A day such as 2026-11-30 from the query string, None when absent; 404 for anything else."""
    raw = request.args.get(name)
    if raw is None:
        return None
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        abort(404)
    # Python takes other forms too.
    if day.isoformat() != raw:
        abort(404)
    return day


def number_field(name: str) -> int:
    """A positive integer from the form; 422 for anything else."""
    number = optional_number_field(name)
    if number is None:
        abort(422)
    return number


def optional_number_field(name: str) -> int | None:
    """A positive integer from the form, None for anything else."""
    return _number(request.form.get(name, ""), ID_MAX)


def number_fields(name: str) -> list[int]:
    """The positive integers of all fields `name` of the form; 422 for anything else."""
    numbers = [_number(raw, ID_MAX) for raw in request.form.getlist(name)]
    if None in numbers:
        abort(422)
    return [number for number in numbers if number is not None]


def _number(raw: str, maximum: int) -> int | None:
    is_number = raw.isascii() and raw.isdigit() and len(raw) <= 19
    return int(raw) if is_number and 1 <= int(raw) <= maximum else None


def page_of(
    fetch: Fetch[Row],
    key: Callable[[Row], int],
    query_args: Mapping[str, str] | None = None,
    place: Callable[[Row], Mapping[str, str]] = lambda _row: {},
) -> Page[Row]:
    """The page that `before`, `after` or `page` in the query string selects.

    The links repeat `query_args`, the rest of the query string, and say the `place` of the row
    where the next page begins, if it is more than its `key`.
    """
    query_args = query_args or {}

    def newer_than(row: Row) -> str:
        return _link({**query_args, **place(row)}, after=key(row))

    def older_than(row: Row) -> str:
        return _link({**query_args, **place(row)}, before=key(row))

    size = int(current_app.config["POSTS_PER_PAGE"])
    before, after = number_argument("before"), number_argument("after")
    skipped = 0 if before or after else ((number_argument("page", PAGE_MAX) or 1) - 1) * size
    rows = list(fetch(Cursor(skipped + size + 1, before, None if before else after)))[skipped:]
    has_more, rows = len(rows) > size, rows[:size]
    if after and not before:
        rows.reverse()
        # Less than a page of newer rows: show the whole first page instead.
        if not has_more:
            rows = list(fetch(Cursor(size + 1)))
            has_more, rows = len(rows) > size, rows[:size]
            return Page(rows, None, older_than(rows[-1]) if has_more else None)
        return Page(rows, newer_than(rows[0]), older_than(rows[-1]))
    newer = None
    if before or skipped:
        # From an empty page, the way back is the first page.
        newer = newer_than(rows[0]) if rows else _link(query_args)
    return Page(rows, newer, older_than(rows[-1]) if has_more else None)


def page_of_posts(posts_query: sa.Select[Post]) -> Page[Post]:
    """The page of posts that the query string selects."""
    return page_of(partial(posts.page, posts_query), key=lambda post: post.id)


def numbered_page(rows: Sequence[Row], query_args: Mapping[str, str], maximum: int) -> Page[Row]:
    """The page that `page` in the query string selects, of a full list capped at `maximum` rows."""
    size = int(current_app.config["POSTS_PER_PAGE"])
    number = number_argument("page", maximum) or 1
    end = number * size
    newer = _link(query_args, page=number - 1) if number > 1 else None
    older = _link(query_args, page=number + 1) if end < len(rows) else None
    is_cut = older is None and len(rows) >= maximum
    return Page(rows[end - size : end], newer, older, is_cut)


def _link(query_args: Mapping[str, str], **cursor: int) -> str:
    values: dict[str, Any] = {**(request.view_args or {}), **query_args, **cursor}
    return url_for(str(request.endpoint), **values)
