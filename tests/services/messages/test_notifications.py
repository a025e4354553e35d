"""Notifications below the front door: who is notified, of what, and what reading changes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Notification, User
from app.models.messages.notification import KINDS
from app.services.messages import notifications
from app.services.posts import posts
from tests.support.factories import make_post
from tests.support.pages import counted_statements


def rows(user: User) -> list[Notification]:
    """What `user` was notified of, oldest first."""
    db.session.expire_all()
    return notifications.page(user, KINDS, Cursor(99, after=0))


def test_following_again_is_news_after_a_day_and_for_each_pair(ana, ben, cleo):
    for passed, count in ((0, 1), (23, 1), (25, 2)):
        with time_machine.travel(utcnow() + timedelta(hours=passed), tick=False):
            notifications.follow(ana, ben)
        assert len(rows(ben)) == count
    notifications.follow(cleo, ben)
    notifications.follow(ben, ana)
    assert [row.actor_id for row in rows(ben)] == [ana.id, ana.id, cleo.id]
    assert [row.actor_id for row in rows(ana)] == [ben.id]


def test_a_mention_is_for_others_and_once_per_post(ana, ben):
    post = make_post(ana)
    for _ in range(2):
        notifications.mention(post, [ana.id, ben.id, ben.id])
    assert [row.post_id for row in rows(ben)] == [post.id]
    assert rows(ana) == []
    notifications.mention(make_post(ana), [ben.id])
    assert len(rows(ben)) == 2


def test_the_first_ten_people_of_a_post_are_notified(ana, ben, cleo, monkeypatch):
    monkeypatch.setattr(notifications, "MENTIONS_MAX", 1)
    post = make_post(ana)
    notifications.mention(post, [ben.id, cleo.id])
    assert (len(rows(ben)), len(rows(cleo))) == (1, 0)


def test_a_post_without_mentions_costs_nothing(ana):
    post = make_post(ana)
    with counted_statements() as ran:
        notifications.mention(post, [])
        assert notifications.posts_of(ana, []) == {}
    assert ran == []


def test_what_is_known_of_an_event_comes_along(ana, ben):
    notifications.security(ana, "new_device", {"device": "Firefox"})
    notifications.export(ana.id, "ready")
    assert [(row.name, row.payload) for row in rows(ana)] == [
        ("security", {"event": "new_device", "device": "Firefox"}),
        ("export", {"event": "ready"}),
    ]
    assert rows(ben) == []


def test_a_page_has_the_wanted_kinds_newest_first_and_may_begin_at_a_moment(ana, ben):
    long_ago = utcnow() - timedelta(days=2)
    with time_machine.travel(long_ago, tick=False):
        notifications.follow(ben, ana)
    for event in ("ready", "failed"):
        notifications.export(ana.id, event)
    page = notifications.page(ana, ["export"], Cursor(9))
    assert [row.payload["event"] for row in page] == ["failed", "ready"]
    assert len(notifications.page(ana, KINDS, Cursor(2))) == 2
    assert len(notifications.page(ana, KINDS, Cursor(9), since=long_ago)) == 2
    assert notifications.page(ana, [], Cursor(9)) == []


def test_the_post_of_a_mention_is_there_while_it_may_be_seen(ana, ben):
    kept, deleted = (make_post(ana, "Hello @ben") for _ in range(2))
    posts.delete(deleted)
    assert notifications.posts_of(ben, rows(ben)) == {kept.id: kept}


def test_reading_marks_ones_own_up_to_an_id_and_keeps_the_first_moment(ana, ben):
    for user in (ana, ben, ana, ana):
        notifications.export(user.id, "ready")
    first, second, third = (row.id for row in rows(ana))
    notifications.mark_read(ana, first)
    moment = rows(ana)[0].read_at
    with time_machine.travel(utcnow() + timedelta(hours=1), tick=False):
        notifications.mark_read(ana, second)
    is_read = {row.id: row.read_at is not None for row in rows(ana)}
    assert is_read == {first: True, second: True, third: False}
    assert rows(ana)[0].read_at == moment
    assert rows(ben)[0].read_at is None


def test_a_notification_is_erased_after_ninety_days_whether_it_was_read_or_not(ana):
    limit = utcnow() - notifications.NOTIFICATION_RETENTION
    for age in (-1, 1):
        for read_at in (None, utcnow()):
            moment = limit + timedelta(minutes=age)
            values = {"created_at": moment, "read_at": read_at, "payload": {}}
            db.session.add(Notification(name="export", user_id=ana.id, **values))
    db.session.flush()
    assert (notifications.purge(), notifications.purge()) == (2, 0)
    oldest = db.session.scalars(sa.select(sa.func.min(Notification.created_at))).one()
    assert oldest > limit
