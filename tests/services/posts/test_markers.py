"""Where somebody stopped reading: what is remembered, and where that is on a page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app import db
from app.models import Marker
from app.services.posts import markers
from tests.support.factories import make_post

READER = 1


def page(*ids: int, mine: tuple[int, ...] = ()) -> Any:
    return [SimpleNamespace(id=one, actor_id=READER if one in mine else 2) for one in ids]


def place(read: int, posts: Any, **options: Any) -> tuple[int | None, int]:
    marker = Marker(user_id=READER, last_read_id=read)
    found = markers.place_on(posts, marker, **options)
    return found.position, found.new_count


@pytest.mark.parametrize(
    ("read", "options", "expected"),
    [
        # Between two posts, also if the one read last is gone.
        (20, {}, (1, 1)),
        (25, {}, (1, 1)),
        # All of them are read, or none.
        (30, {}, (0, 0)),
        (99, {}, (0, 0)),
        (5, {}, (3, 3)),
        (5, {"has_older": True}, (None, 3)),
        # A page that begins right above the place, or somewhere below.
        (5, {"has_older": True, "after": 5}, (3, 3)),
        (5, {"has_older": True, "after": 4, "has_newer": True}, (3, 3)),
        (5, {"has_older": True, "after": 7, "has_newer": True}, (None, 3)),
        # A page that begins right below the place, or further down.
        (35, {"has_newer": True, "before": 40}, (0, 0)),
        (40, {"has_newer": True, "before": 40}, (None, 0)),
        (30, {"has_newer": True}, (0, 0)),
        (31, {"has_newer": True}, (None, 0)),
    ],
)
def test_the_place_is_where_nothing_else_can_be_between(read, options, expected):
    assert place(read, page(30, 20, 10), **options) == expected


def test_what_the_reader_wrote_is_not_new_to_them():
    assert place(5, page(30, 20, 10, mine=(30, 10))) == (3, 1)
    nothing = markers.place_on(page(30, mine=(30,)), Marker(user_id=READER, last_read_id=5))
    assert not nothing.is_shown(None)


def test_a_place_only_grows_and_never_beyond_what_there_is(ana, ben):
    markers.mark_read(ana, 1)
    assert markers.home_marker(ana) is None
    old, new = make_post(ben), make_post(ben)
    for post_id, remembered, version in [
        (old.id, old.id, 1),
        (old.id, old.id, 1),
        (10**18, new.id, 2),
        (old.id, new.id, 2),
    ]:
        markers.mark_read(ana, post_id, session_id=7)
        db.session.commit()
        marker = markers.home_marker(ana)
        assert (marker.last_read_id, marker.version) == (remembered, version)
    assert markers.home_marker(ben) is None


def test_it_goes_with_its_reader(ana, ben):
    post = make_post(ben)
    markers.mark_read(ana, post.id)
    db.session.commit()
    db.session.delete(ana)
    db.session.commit()
    assert db.session.query(Marker).count() == 0
