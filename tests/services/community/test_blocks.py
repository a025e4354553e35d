"""Blocking and unblocking, and what becomes of follows and messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Block, User
from app.services.community import blocks, follows
from app.services.errors import MessageRefusedError, NotAllowedError, SelfBlockError
from app.services.messages import messages, updates
from tests.support.factories import make_follow, make_message, make_user
from tests.support.pages import counted_statements


def counts(person: User) -> tuple[int, int]:
    row = sa.select(User.followers_count, User.following_count).where(User.id == person.id)
    return tuple(db.session.execute(row).one())


def test_a_block_ends_the_follows_both_ways(ana, ben):
    make_follow(ana, ben)
    make_follow(ben, ana)
    assert blocks.block(ana, ben)
    assert (counts(ana), counts(ben)) == ((0, 0), (0, 0))
    assert follows.relationship(ana, ben) == follows.Relationship()


def test_blocking_again_changes_nothing(ana, ben):
    assert blocks.block(ana, ben)
    assert not blocks.block(ana, ben)
    assert blocks.count(ana) == 1


def test_nobody_can_block_themselves(ana):
    with pytest.raises(SelfBlockError):
        blocks.block(ana, ana)


@pytest.mark.parametrize(("minutes", "is_restored"), [(59, True), (61, False)])
def test_undoing_within_the_hour_brings_the_follows_back(ana, ben, minutes, is_restored):
    make_follow(ana, ben)
    make_follow(ben, ana)
    blocks.block(ana, ben)
    with time_machine.travel(utcnow() + timedelta(minutes=minutes), tick=False):
        assert blocks.unblock(ana, ben)
    assert follows.relationship(ana, ben).is_following is is_restored
    assert follows.relationship(ana, ben).is_follower is is_restored
    assert counts(ana) == counts(ben) == ((1, 1) if is_restored else (0, 0))


def test_undoing_brings_back_only_what_there_was(ana, ben):
    make_follow(ben, ana)
    blocks.block(ana, ben)
    blocks.unblock(ana, ben)
    assert follows.relationship(ana, ben) == follows.Relationship(is_follower=True)


def test_no_follow_comes_back_while_the_other_one_blocks_too(ana, ben):
    make_follow(ana, ben)
    blocks.block(ana, ben)
    blocks.block(ben, ana)
    blocks.unblock(ana, ben)
    assert follows.relationship(ana, ben) == follows.Relationship()
    with pytest.raises(NotAllowedError):
        follows.follow(ana, ben)


def test_unblocking_somebody_who_is_not_blocked_does_nothing(ana, ben):
    assert not blocks.unblock(ana, ben)


def test_nobody_follows_or_writes_across_a_block(ana, ben):
    blocks.block(ana, ben)
    for one, other in ((ana, ben), (ben, ana)):
        with pytest.raises(NotAllowedError):
            follows.follow(one, other)
        with pytest.raises(MessageRefusedError):
            messages.send(one, other, "Hello?")


def test_what_the_blocked_wrote_counts_as_read(ana, ben, cleo):
    make_message(ben, ana)
    make_message(cleo, ana)
    assert updates.updates_of(ana).messages == 2
    blocks.block(ana, ben)
    assert updates.updates_of(ana).messages == 1


def test_many_are_blocked_at_once_in_a_few_statements(ana, ben):
    people = [make_user() for _ in range(30)]
    make_follow(ana, people[3])
    make_message(people[4], ana)
    with counted_statements() as ran:
        assert blocks.block_all(ana, [*people, *people, ana, ben]) == 31
    # Also one that ends reposts, however many people there are.
    assert len(ran) < 13, ran
    assert blocks.block_all(ana, people) == 0
    flags = sa.select(Block.blocked_id).where(Block.was_following)
    assert db.session.scalars(flags).all() == [people[3].id]


def test_the_list_has_the_latest_first_and_nobody_who_left(ana, ben, cleo):
    blocks.block(ana, ben)
    blocks.block(ana, cleo)
    assert [row.blocked.username for row in blocks.page(ana, Cursor(9))] == ["cleo", "ben"]
    assert blocks.usernames(ana) == ["ben", "cleo"]
    ben.closed_at = ben.created_at
    db.session.flush()
    assert blocks.usernames(ana) == ["cleo"]
    assert blocks.count(ana) == 1
    assert blocks.find_blocked(ana, "CLEO") == cleo
    assert blocks.find_blocked(cleo, "ana") is None
    assert blocks.is_blocking(ana, cleo)
    assert not blocks.is_blocking(cleo, ana)
