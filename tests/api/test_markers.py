"""How far one has read in home, through the API."""

from __future__ import annotations

import pytest

from app import db
from app.services.posts import markers
from tests.support.factories import make_post

MARKER = "/timelines/home/marker"


def test_a_program_reads_and_moves_the_place_which_only_grows(program_of, ana, ben):
    program, other = program_of(ana), program_of(ben)
    nothing = {"last_read_id": None, "version": 0, "updated_at": None}
    assert program.get(MARKER).json == nothing
    old, new = make_post(ben), make_post(ben)
    answer = program.put(MARKER, json={"last_read_id": new.id})
    assert (answer.status_code, answer.json["last_read_id"]) == (200, new.id)
    answer = program.put(MARKER, json={"last_read_id": old.id})
    assert (answer.status_code, answer.json["last_read_id"]) == (200, new.id)
    assert program.get(MARKER).json == answer.json
    assert other.get(MARKER).json == nothing


def test_what_a_program_has_read_is_elsewhere_for_browsers(program_of, ana):
    post = make_post(ana)
    markers.mark_read(ana, post.id - 1, session_id=1)
    db.session.commit()
    program_of(ana).put(MARKER, json={"last_read_id": post.id})
    db.session.expire_all()
    assert markers.home_marker(ana).session_id is None


@pytest.mark.parametrize("value", [None, "", "5", 0, -1, 1.5, 2**63, [1]])
def test_what_is_no_post_is_refused(program_of, ana, value):
    assert program_of(ana).put(MARKER, json={"last_read_id": value}).status_code in (400, 422)
