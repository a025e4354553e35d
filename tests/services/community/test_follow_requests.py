"""Requests to follow: asked, withdrawn, accepted, declined, undone; counted right throughout."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import FollowRequest, Notification, User
from app.services.accounts import accounts
from app.services.community import blocks, follow_requests, follows, mutes
from app.services.data import counters
from app.services.messages import notifications
from app.services.messages.updates import updates_of
from tests.support.factories import make_follow, make_user


@pytest.fixture
def ana(ana: User) -> User:
    ana.approves_followers = True
    db.session.commit()
    return ana


def waiting(user: User) -> list[str]:
    return [row.follower.username for row in follow_requests.page(user, Cursor(99))]


def told(user: User) -> list[str]:
    return [row.name for row in notifications.page(user, notifications.KINDS, Cursor(99))]


def counts(user: User) -> tuple[int, int]:
    db.session.refresh(user)
    return user.followers_count, user.following_count


def is_right(*people: User) -> bool:
    """Whether counting again finds the same."""
    before = [counts(person) for person in people]
    counters.recount()
    return before == [counts(person) for person in people]


def test_somebody_asks_and_follows_only_once_accepted(ana, ben):
    assert follows.follow(ben, ana) is False
    assert follows.follow(ben, ana) is False
    assert (waiting(ana), counts(ana), counts(ben)) == (["ben"], (0, 0), (0, 0))
    assert follows.relationship(ben, ana).has_asked
    assert follows.circle_among(ben, [ana]).asked == {ana.id}
    assert told(ana) == ["follow_request"]
    assert follow_requests.accept(ana, ben)
    assert not follow_requests.accept(ana, ben)
    assert (waiting(ana), counts(ana), counts(ben)) == ([], (1, 0), (0, 1))
    assert (told(ana), told(ben)) == ([], ["follow_accepted"])
    assert updates_of(ana).notifications == 0
    # Whoever follows already does not ask again.
    assert follows.follow(ben, ana) is True
    assert is_right(ana, ben)


def test_nobody_is_told_of_what_was_declined_and_they_may_ask_again(ana, ben):
    follows.follow(ben, ana)
    assert follow_requests.decline(ana, ben)
    assert not follow_requests.decline(ana, ben)
    assert (waiting(ana), told(ana), told(ben)) == ([], [], [])
    assert not follows.relationship(ben, ana).has_asked
    assert not follow_requests.accept(ana, ben)
    follows.follow(ben, ana)
    assert waiting(ana) == ["ben"]
    # It is told once a day, however often they change their mind.
    assert told(ana) == []
    follow_requests.decline(ana, ben)
    with time_machine.travel(utcnow() + timedelta(days=1, minutes=1), tick=False):
        follows.follow(ben, ana)
        assert told(ana) == ["follow_request"]


def test_a_request_can_be_withdrawn(ana, ben):
    follows.follow(ben, ana)
    assert follows.unfollow(ben, ana) is False
    assert (waiting(ana), told(ana)) == ([], [])
    assert not follow_requests.accept(ana, ben)
    assert updates_of(ana).notifications == 0


def test_both_answers_can_be_undone(ana, ben, cleo):
    for person in (ben, cleo):
        follows.follow(person, ana)
    follow_requests.accept(ana, ben)
    follow_requests.decline(ana, cleo)
    assert follow_requests.restore(ana, ben)
    assert follow_requests.restore(ana, cleo)
    assert sorted(waiting(ana)) == ["ben", "cleo"]
    assert counts(ana) == (0, 0)
    assert told(ben) == []
    assert is_right(ana, ben, cleo)
    # However often one changes one's mind, it is told once a day.
    follow_requests.accept(ana, ben)
    assert told(ben) == []


def test_an_answer_can_be_undone_for_a_day(ana, ben):
    follows.follow(ben, ana)
    follow_requests.accept(ana, ben)
    with time_machine.travel(utcnow() + timedelta(days=1, minutes=1), tick=False):
        assert not follow_requests.restore(ana, ben)
    follow_requests.set_approval(ana, is_needed=False)
    assert not follow_requests.restore(ana, ben)
    assert ben.is_following(ana)


def test_whoever_is_sent_away_asks_anew(ana, ben):
    follows.follow(ben, ana)
    follow_requests.accept(ana, ben)
    follows.remove_follower(ana, ben)
    assert not follow_requests.restore(ana, ben)
    assert follows.follow(ben, ana) is False
    assert (waiting(ana), counts(ana)) == (["ben"], (0, 0))


def test_a_short_block_is_no_way_around_being_asked(ana, ben):
    make_follow(ben, ana)
    blocks.block(ben, ana)
    blocks.unblock(ben, ana)
    assert not ben.is_following(ana)
    # Whom she blocks for a moment, she wanted to have.
    make_follow(ben, ana)
    blocks.block(ana, ben)
    blocks.unblock(ana, ben)
    assert ben.is_following(ana)


def test_nobody_is_made_to_ask(ana, ben, cleo):
    assert not follow_requests.restore(ana, ben)
    assert not follow_requests.accept(ana, ben)
    assert waiting(ana) == []
    assert counts(ana) == (0, 0)
    # Nor whoever followed before, or withdrew what was declined.
    make_follow(cleo, ana)
    assert not follow_requests.restore(ana, cleo)
    assert cleo.is_following(ana)
    follows.follow(ben, ana)
    follow_requests.decline(ana, ben)
    follows.unfollow(ben, ana)
    assert not follow_requests.restore(ana, ben)


def test_who_approves_no_more_lets_everybody_in(ana, ben, cleo):
    people = [ben, cleo, *(make_user() for _ in range(4))]
    for person in people:
        follows.follow(person, ana)
    follow_requests.decline(ana, cleo)
    mutes.mute(people[2], ana)
    accounts.close(people[3])
    db.session.flush()
    follow_requests.set_approval(ana, is_needed=False)
    assert waiting(ana) == []
    assert counts(ana) == (4, 0)
    assert counts(ben) == (0, 1)
    assert counts(cleo) == (0, 0)
    assert (told(ben), told(cleo), told(people[2])) == (["follow_accepted"], [], [])
    assert is_right(ana, *people)
    # Whoever left comes back as a follower.
    people[3].closed_at = None
    counters.count_follows_of(people[3], 1)
    assert counts(ana) == (5, 0)
    assert is_right(ana, *people)


def test_many_wait_and_are_let_in(ana, monkeypatch):
    monkeypatch.setattr(follow_requests, "BATCH", 2)
    for _ in range(5):
        follows.follow(make_user(), ana)
    assert follow_requests.accept_all(ana) == 5
    assert counts(ana) == (5, 0)


def test_turning_approval_on_keeps_the_followers(ana, ben):
    ana.approves_followers = False
    make_follow(ben, ana)
    follow_requests.set_approval(ana, is_needed=True)
    assert counts(ana) == (1, 0)
    assert follows.follow(ben, ana) is True


def test_a_block_ends_requests_both_ways(ana, ben):
    ben.approves_followers = True
    db.session.flush()
    follows.follow(ben, ana)
    follows.follow(ana, ben)
    blocks.block(ana, ben)
    assert db.session.scalars(sa.select(FollowRequest.id)).all() == []
    blocks.unblock(ana, ben)
    assert (waiting(ana), waiting(ben)) == ([], [])
    assert (told(ana), told(ben)) == ([], [])


def test_lists_have_only_whom_one_may_know_of(ana, ben, cleo):
    for person in (ben, cleo):
        follows.follow(person, ana)
    ben.suspended_until = utcnow() + timedelta(days=1)
    db.session.flush()
    assert (waiting(ana), follow_requests.count(ana)) == (["cleo"], 1)
    sent = follow_requests.sent_page(cleo, Cursor(9))
    assert [row.followed.username for row in sent] == ["ana"]
    ana.suspended_until = utcnow() + timedelta(days=1)
    db.session.flush()
    assert follow_requests.sent_page(cleo, Cursor(9)) == []


def test_what_was_declined_is_erased_after_a_day(ana, ben, cleo):
    for person in (ben, cleo):
        follows.follow(person, ana)
    follow_requests.decline(ana, ben)
    with time_machine.travel(utcnow() + timedelta(days=1, minutes=1), tick=False):
        assert follow_requests.purge() == 1
    assert not follow_requests.restore(ana, ben)
    assert waiting(ana) == ["cleo"]


def test_whom_one_mutes_one_does_not_hear_of(ana, ben):
    mutes.mute(ana, ben)
    follows.follow(ben, ana)
    assert (told(ana), waiting(ana)) == ([], ["ben"])
    assert db.session.scalars(sa.select(Notification.id)).all() == []
