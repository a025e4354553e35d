"""Keyset paging by itself: for any rows, cursors and sizes, nothing is lost and nothing doubled."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import NotFound

from app.database.cursor import ID_MAX, Cursor
from app.web.paging import PAGE_MAX, Page, page_of

pytestmark = pytest.mark.slow

MANY = settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ids = st.lists(st.integers(1, 60), unique=True, max_size=40).map(sorted)
sizes = st.integers(1, 7)


def show(app, rows: list[int], size: int, query: dict[str, object]) -> Page[int]:
    """The page of `rows` (rising ids) that `query` asks for."""

    def fetch(cursor: Cursor) -> list[int]:
        if cursor.after is not None:
            return [row for row in rows if row > cursor.after][: cursor.limit]
        older = (row for row in reversed(rows) if cursor.before is None or row < cursor.before)
        return list(older)[: cursor.limit]

    app.config["POSTS_PER_PAGE"] = size
    with app.test_request_context("/explore", query_string=query):
        return page_of(fetch, key=lambda row: row)


def query_of(address: str) -> dict[str, object]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@MANY
@given(ids, sizes)
def test_older_links_show_every_row_once_and_newer_links_lead_back(app, rows, size):
    page = show(app, rows, size, {})
    assert page.newer is None
    seen = list(page.items)
    while page.older:
        page = show(app, rows, size, query_of(page.older))
        assert page.items
        seen += page.items
    assert seen == rows[::-1]
    back = list(page.items)
    while page.newer:
        page = show(app, rows, size, query_of(page.newer))
        back = [row for row in page.items if row not in back] + back
    assert back == rows[::-1]
    assert list(page.items) == rows[::-1][:size]


@MANY
@given(ids, sizes, st.sampled_from(["before", "after"]), st.integers(1, 70))
def test_any_cursor_gives_the_nearest_rows_newest_first(app, rows, size, name, cursor):
    page = show(app, rows, size, {name: cursor})
    assert list(page.items) == sorted(page.items, reverse=True)
    assert len(page.items) <= size
    newer = [row for row in rows if row > cursor]
    if name == "before":
        assert list(page.items) == [row for row in reversed(rows) if row < cursor][:size]
    elif len(newer) > size:
        assert list(page.items) == newer[:size][::-1]
    else:
        # Fewer than a page are newer: the first page, whole.
        assert list(page.items) == rows[::-1][:size]
        assert page.newer is None
    if page.items and page.items[-1] != rows[0]:
        assert page.older
    if page.items and page.items[0] != rows[-1]:
        assert page.newer


@MANY
@given(ids, sizes, st.integers(1, PAGE_MAX))
def test_numbered_pages_cut_the_same_list(app, rows, size, number):
    page = show(app, rows, size, {"page": number})
    start = (number - 1) * size
    assert list(page.items) == rows[::-1][start : start + size]


@MANY
@given(
    st.sampled_from(["before", "after", "page"]),
    st.text(max_size=25) | st.integers().map(str) | st.floats().map(str),
)
def test_any_text_as_a_cursor_is_a_page_or_a_404(app, name, text):
    most = PAGE_MAX if name == "page" else ID_MAX
    is_number = text.isascii() and text.isdigit() and len(text) <= 19
    is_right = is_number and 1 <= int(text) <= most
    try:
        show(app, [1, 2, 3], 2, {name: text})
    except NotFound:
        assert not is_right
    else:
        assert is_right


@MANY
@given(ids, sizes, st.data())
def test_rows_that_arrive_or_go_meanwhile_shift_nothing(app, rows, size, data):
    page = show(app, rows, size, {})
    seen = list(page.items)
    while page.older:
        if rows and data.draw(st.booleans()):
            rows = [*rows, rows[-1] + 1]
        page = show(app, rows, size, query_of(page.older))
        seen += page.items
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)
