"""Groups of notifications: the likes of a post on a day are one, and counted right."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Notification, NotificationGroup
from app.models.messages.notification import KINDS
from app.services.accounts import accounts
from app.services.community import blocks, conversation_mutes, mutes
from app.services.messages import notification_groups, notifications, updates
from app.services.posts import likes
from tests.support.factories import make_post, make_user

NOON = utcnow().replace(hour=12, minute=0, second=0, microsecond=0)


def groups_of(user):
    """What `user` sees, newest first: (kind, how many, who, whether it is read)."""
    db.session.expire_all()
    page = notification_groups.page(user, KINDS, Cursor(99))
    return [
        (
            group.name,
            group.count,
            [one.username for one in summary.people],
            group.read_at is not None,
        )
        for summary in notification_groups.summaries_of(user, page)
        for group in (summary.group,)
    ]


def badge(user):
    return updates.updates_of(user).notifications


def test_likes_of_a_post_on_a_day_are_one(ana, ben, cleo):
    post, other = make_post(ana), make_post(ana)
    with time_machine.travel(NOON, tick=False):
        for person in (ben, cleo):
            likes.like(person, post)
        likes.like(ben, other)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        likes.like(make_user("dora"), post)
    assert groups_of(ana) == [
        ("like", 1, ["dora"], False),
        ("like", 1, ["ben"], False),
        ("like", 2, ["cleo", "ben"], False),
    ]
    assert badge(ana) == 3
    # Single ones are still there.
    rows = notifications.page(ana, KINDS, Cursor(99))
    assert [row.actor_id for row in rows][1:] == [ben.id, cleo.id, ben.id]


def test_a_new_like_makes_a_group_new_again(ana, ben, cleo):
    post = make_post(ana)
    likes.like(ben, post)
    notifications.mark_read(ana, 10**9)
    assert (groups_of(ana), badge(ana)) == ([("like", 1, ["ben"], True)], 0)
    likes.like(cleo, post)
    assert (groups_of(ana), badge(ana)) == ([("like", 2, ["cleo", "ben"], False)], 1)


def test_a_like_that_is_taken_back_is_gone_and_not_told_again(ana, ben, cleo):
    post = make_post(ana)
    likes.like(ben, post)
    likes.like(cleo, post)
    likes.unlike(cleo, post.id)
    assert groups_of(ana) == [("like", 1, ["ben"], False)]
    likes.unlike(ben, post.id)
    assert (groups_of(ana), badge(ana)) == ([], 0)
    assert notifications.page(ana, KINDS, Cursor(9)) == []
    likes.like(ben, post)
    assert (groups_of(ana), badge(ana)) == ([("like", 1, ["ben"], True)], 0)
    likes.like(cleo, post)
    assert (groups_of(ana), badge(ana)) == ([("like", 2, ["cleo", "ben"], True)], 0)
    rows = sa.select(sa.func.count()).select_from(Notification)
    assert db.session.scalar(rows) == 2


def test_blocks_and_mutes_leave_out_people_and_groups_without_others(ana, ben, cleo):
    post, other = make_post(ana), make_post(ana)
    likes.like(cleo, post)
    likes.like(ben, post)
    likes.like(ben, other)
    blocks.block(ana, ben)
    db.session.commit()
    assert groups_of(ana) == [("like", 2, ["cleo"], False)]
    assert badge(ana) == 1
    blocks.unblock(ana, ben)
    mutes.mute(ana, cleo)
    db.session.commit()
    assert [who for _, _, who, _ in groups_of(ana)] == [["ben"], ["ben"]]


def test_whoever_mutes_a_person_or_the_conversation_hears_of_no_likes(ana, ben, cleo):
    post = make_post(ana)
    mutes.mute(ana, ben)
    likes.like(ben, post)
    conversation_mutes.mute(ana, post)
    likes.like(cleo, post)
    assert groups_of(ana) == []


def test_an_erased_account_takes_its_likes_along_and_leaves_those_of_others(ana, ben, cleo):
    post = make_post(ana)
    likes.like(cleo, post)
    likes.like(ben, post)
    ben.closed_at = utcnow() - accounts.ERASE_AFTER - timedelta(hours=1)
    db.session.commit()
    accounts.erase_closed()
    db.session.commit()
    assert groups_of(ana) == [("like", 1, ["cleo"], False)]


def test_a_page_of_groups_is_read_as_a_whole(ana, ben, cleo):
    post = make_post(ana)
    likes.like(ben, post)
    notifications.follow(ben, ana)
    likes.like(cleo, post)
    newest = notification_groups.page(ana, KINDS, Cursor(1))[0].newest_id
    notifications.mark_read(ana, newest, down_to=newest)
    assert [(name, is_read) for name, _, _, is_read in groups_of(ana)] == [
        ("like", True),
        ("follow", False),
    ]
    # The first like too, although it came before what is not read.
    singles = notifications.page(ana, ["like"], Cursor(9))
    assert all(row.read_at for row in singles)


def test_old_notifications_go_with_their_groups(ana, ben):
    with time_machine.travel(utcnow() - timedelta(days=91), tick=False):
        likes.like(ben, make_post(ana))
        notifications.follow(ben, ana)
    db.session.commit()
    assert notifications.purge() == 2
    db.session.commit()
    assert db.session.scalars(sa.select(NotificationGroup)).all() == []
