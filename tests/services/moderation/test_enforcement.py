"""What decisions do to a person, in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Decision, Export, Post, Task, User
from app.models.accounts.user import FOR_GOOD
from app.services.accounts import accounts
from app.services.data import counters, exports
from app.services.moderation import decisions, enforcement
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_follow, make_post
from tests.support.moderation import decide


def again(decision: Decision) -> Decision:
    """The decision as a page loads it."""
    found = decisions.find(decision.id)
    assert found is not None
    return found


def test_the_columns_follow_the_decisions(app, ben):
    now = utcnow()
    week = decide(ben, "suspend", until=now + timedelta(days=7))
    forever = decide(ben, "suspend")
    assert ben.suspended_until == FOR_GOOD
    decisions.lift(again(forever), COMMAND_LINE)
    assert ben.suspended_until == now + timedelta(days=7)
    decisions.undo(again(week), COMMAND_LINE)
    assert ben.suspended_until is None


def test_counts_stay_right_however_an_account_comes_and_goes(app, ana, ben):
    make_follow(ana, ben)
    decision = decide(ben, "suspend")
    accounts.close(ben)
    db.session.commit()
    assert counters.recount() == 0
    decisions.lift(again(decision), COMMAND_LINE)
    db.session.commit()
    assert counters.recount() == 0
    db.session.refresh(ana)
    assert ana.following_count == 0
    user = db.session.get_one(User, ben.id)
    user.closed_at = None
    db.session.commit()
    assert counters.recount() == 1


def test_a_queued_archive_is_given_up(app, ben):
    exports.start(ben)
    db.session.commit()
    decide(ben, "suspend")
    assert db.session.query(Export).count() == 0
    waiting = sa.select(sa.func.count()).where(Task.name == "export_posts")
    assert db.session.scalar(waiting) == 0
    # Another can be asked for.
    exports.start(ben)


def test_who_is_let_go_is_found_by_the_time(app, ana, ben):
    decide(ben, "suspend", until=utcnow() + timedelta(days=1))
    decide(ana, "silence", until=utcnow() + timedelta(days=2))
    assert enforcement.end_expired() == 0
    with time_machine.travel(utcnow() + timedelta(days=1, seconds=1)):
        assert enforcement.end_expired() == 1
        assert enforcement.end_expired() == 0
    db.session.refresh(ana)
    assert ana.silenced_until is not None


@pytest.mark.parametrize("end", [decisions.lift, decisions.undo])
def test_a_post_hidden_twice_shows_when_both_have_ended(app, ben, end):
    post = make_post(ben)
    first = decide(ben, "hide_posts", post_ids=[post.id])
    second = decide(ben, "hide_posts", post_ids=[post.id])
    end(again(first), COMMAND_LINE)
    db.session.refresh(post)
    assert post.hidden_at is not None
    end(again(second), COMMAND_LINE)
    db.session.refresh(post)
    assert post.hidden_at is None


@pytest.mark.parametrize("end", [decisions.lift, decisions.undo])
def test_of_two_required_notes_the_later_one_stands(app, ben, end):
    post = make_post(ben, content_note="mine")
    first = decide(ben, "require_note", post_ids=[post.id], note="one")
    second = decide(ben, "require_note", post_ids=[post.id], note="two")
    assert noted(post) == "two"
    end(again(second), COMMAND_LINE)
    assert noted(post) == "one"
    end(again(first), COMMAND_LINE)
    assert noted(post) == "mine"


def test_a_required_note_ends_when_it_says_and_the_one_for_good_stays(app, ben, ana):
    posts = [make_post(ben) for _ in range(2)]
    decide(ben, "require_note", post_ids=[posts[0].id], note="for good")
    until = utcnow() + timedelta(days=1)
    decide(ben, "require_note", post_ids=[one.id for one in posts], note="a day", until=until)
    assert [noted(post) for post in posts] == ["a day", "a day"]
    with time_machine.travel(until + timedelta(seconds=1)):
        assert enforcement.end_expired() == 1
        assert enforcement.end_expired() == 0
    db.session.commit()
    assert [noted(post) for post in posts] == ["for good", None]


def noted(post: Post) -> str | None:
    db.session.refresh(post)
    return post.note
