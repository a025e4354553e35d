"""Scheduled posts: published once, at their time, with the rights that their author has then."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Draft, Notification, Post, User
from app.models.posts.draft import FAILURES
from app.services.community import blocks
from app.services.errors import ScheduleRangeError, TooManyScheduledError
from app.services.posts import drafts, posts, schedules
from app.services.posts.composition import compose
from app.services.posts.drafts import Writing
from app.tasks import TASKS
from tests.support.factories import make_follow, make_post
from tests.support.moderation import decide
from tests.support.roles import make_role

DAY = timedelta(days=1)


def plan(author: User, body: str = "Closed on Friday", key: str = "key", **values) -> Draft:
    draft = schedules.schedule(author, key, Writing(body, **values), utcnow() + DAY)
    db.session.commit()
    return draft


def run(*, after: timedelta = DAY) -> list[str]:
    """Let the worker run once, `after` so long; returns what is published then."""
    with time_machine.travel(utcnow() + after, tick=False):
        TASKS["publish_scheduled"](None)
    return list(db.session.scalars(db.select(Post.body).order_by(Post.id)))


def reasons() -> list[str]:
    return [row.payload["event"] for row in db.session.scalars(db.select(Notification))]


def test_it_is_published_once_at_its_time(ana, ben):
    make_follow(ben, ana)
    plan(ana, "Dear **all**", title="News", content_note="spring", visibility="unlisted")
    assert run(after=DAY - timedelta(seconds=1)) == []
    assert run() == ["Dear **all**"] == run()
    post = db.session.scalars(db.select(Post)).one()
    assert (post.title, post.note, post.visibility) == ("News", "spring", "unlisted")
    assert (post.created_at - utcnow() - DAY) < timedelta(minutes=1)
    assert db.session.scalars(db.select(Draft)).all() == [] and reasons() == []


def test_a_thread_a_reply_a_language_and_who_may_reply(ana, ben):
    parent = make_post(ben, "When do you close?")
    plan(ana, "On Friday", "a", more=["at noon"], language="gl", replies_from="nobody")
    plan(ana, "Also on Friday", "b", reply_to_id=parent.id)
    assert run() == ["When do you close?", "On Friday", "at noon", "Also on Friday"]
    _, first, second, reply = db.session.scalars(db.select(Post).order_by(Post.id))
    assert (second.reply_to_id, reply.reply_to_id) == (first.id, parent.id)
    assert (first.replies_from, first.language) == ("nobody", "gl")
    # Like any reply, it is a notification for whom it replies to.
    assert [row.user_id for row in db.session.scalars(db.select(Notification))] == [ben.id]


def test_it_is_published_within_a_day_and_no_later(ana):
    plan(ana, "Late", "a")
    assert run(after=2 * DAY - timedelta(minutes=1)) == ["Late"]
    draft = plan(ana, "Too late", "b")
    assert run(after=2 * DAY + timedelta(minutes=1)) == ["Late"]
    assert reasons() == ["late"]
    db.session.refresh(draft)
    assert draft.publish_at is None and draft.failure == "late"
    assert drafts.page(ana) == [draft] and schedules.page(ana) == []
    # It is said once.
    assert run(after=3 * DAY) == ["Late"] and reasons() == ["late"]
    # Saving it again forgets why.
    assert drafts.save(ana, "b", Writing("Not late")).failure is None


def test_with_the_rights_that_its_author_has_then(app, ana, ben, cleo):
    parent, theirs = make_post(ben, "Anyone?"), make_post(cleo, "For some")
    gone = make_post(ben, "Gone")
    plan(ana, "To ben", "a", reply_to_id=parent.id)
    plan(ana, "To cleo", "b", reply_to_id=theirs.id)
    plan(ana, "To nobody", "c", reply_to_id=gone.id)
    plan(ana, "x" * 281, "d")
    plan(ana, "Said already", "e")
    plan(ana, "And this", "f")
    blocks.block(ben, ana)
    posts.delete(gone)
    theirs.replies_from = "nobody"
    db.session.commit()
    with time_machine.travel(utcnow() + DAY - timedelta(minutes=5), tick=False):
        posts.publish_new(ana, compose("Said already"))
        db.session.commit()
    published = run()
    assert published[3:] == ["Said already", "And this"]
    failures = db.session.execute(db.select(Draft.key, Draft.failure).order_by(Draft.key)).all()
    assert [tuple(row) for row in failures] == [
        ("a", "parent_gone"),
        ("b", "replies_closed"),
        ("c", "parent_gone"),
        ("d", "too_long"),
        ("e", "repeated"),
    ]


def test_what_the_suspended_have_scheduled_becomes_drafts(ana):
    draft = plan(ana)
    decide(ana, "suspend")
    db.session.refresh(draft)
    assert draft.publish_at is None and draft.failure == "unscheduled"
    assert run() == []


def test_whoever_may_not_write_anymore_publishes_nothing(ana):
    plan(ana)
    ana.role = make_role("Reader")
    db.session.commit()
    assert run() == [] and reasons() == ["not_allowed"]


def test_what_was_deleted_or_changed_meanwhile_is_left_alone(ana, monkeypatch):
    deleted, changed = plan(ana, "Deleted", "a"), plan(ana, "Changed", "b")
    drafts.delete(ana, deleted.id)
    db.session.commit()
    real = schedules.restart_for_write

    def change_and_restart():
        drafts.write(ana, "b", Writing("Changed again"), utcnow())
        db.session.commit()
        real()

    monkeypatch.setattr(schedules, "restart_for_write", change_and_restart)
    assert run() == []
    monkeypatch.undo()
    assert run(after=DAY + timedelta(minutes=1)) == ["Changed again"]
    assert changed.id


def test_one_that_fails_does_not_hold_up_the_others(ana, ben, monkeypatch):
    plan(ana, "Broken", "a")
    plan(ben, "Fine", "b")
    real = posts.publish_thread

    def break_one(author, *arguments, **options):
        if author.id == ana.id:
            raise OSError("disk")
        return real(author, *arguments, **options)

    monkeypatch.setattr(posts, "publish_thread", break_one)
    with pytest.raises(Exception, match="disk"):
        run()
    monkeypatch.undo()
    # It stays scheduled, and its turn comes again.
    assert run() == ["Fine", "Broken"]


def test_a_time_is_ahead_but_not_too_far(ana):
    for ahead in (timedelta(minutes=4), timedelta(0), -DAY, timedelta(days=366)):
        with pytest.raises(ScheduleRangeError):
            schedules.schedule(ana, "key", Writing("No"), utcnow() + ahead)


def test_a_hundred_are_the_most(ana, monkeypatch):
    monkeypatch.setattr(schedules, "SCHEDULED_MAX", 2)
    plan(ana, key="a")
    plan(ana, key="b")
    with pytest.raises(TooManyScheduledError):
        plan(ana, key="c")
    # The same one can be moved.
    plan(ana, "Another day", key="b")
    assert len(schedules.page(ana)) == 2


def test_every_reason_fits_its_column():
    assert max(map(len, FAILURES)) <= 16
