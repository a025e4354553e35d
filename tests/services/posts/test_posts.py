"""Posts below the front door: purging, counters, keys, and what no form can ask for."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Post, PostRevision, PostTag, RateLimit, User
from app.services.accounts import accounts
from app.services.community import follows
from app.services.errors import GoneError, SelfFollowError
from app.services.posts import posts
from app.services.posts.composition import compose, compose_in
from tests.support.factories import exists, make_post, make_user


def test_what_was_deleted_30_days_ago_is_erased_with_its_versions_and_tags(ana):
    old, recent, live = (make_post(ana, f"{n} #tag") for n in range(3))
    for post in (old, recent):
        posts.edit(post, compose_in(None, "edited #tag"))
        posts.delete(post)
    now = utcnow()
    for post, age in ((old, timedelta(days=30, minutes=1)), (recent, timedelta(days=29))):
        db.session.execute(sa.update(Post).where(Post.id == post.id).values(deleted_at=now - age))
    db.session.commit()
    assert posts.purge() == 1
    db.session.commit()
    assert [exists(post) for post in (old, recent, live)] == [False, True, True]
    for model in (PostRevision, PostTag):
        kept = set(db.session.scalars(sa.select(model.post_id)))
        assert sa.inspect(old).identity[0] not in kept
    assert db.session.get(User, ana.id).posts_count == 1
    assert posts.purge() == 0


def test_deleting_twice_or_restoring_what_is_there_says_so(ana):
    post = make_post(ana)
    with pytest.raises(GoneError):
        posts.restore(post)
    posts.delete(post)
    with pytest.raises(GoneError):
        posts.delete(post)
    with pytest.raises(GoneError):
        posts.edit(post, compose_in(None, "too late"))


def test_nobody_follows_themselves(ana):
    for change in (follows.follow, follows.unfollow):
        with pytest.raises(SelfFollowError):
            change(ana, ana)


class Counting(RuleBasedStateMachine):
    """Any order of posting, deleting, restoring, following and leaving."""

    @initialize()
    def people(self) -> None:
        self.users = [make_user() for _ in range(4)]
        self.posts: list[Post] = []

    people_indexes = st.integers(0, 3)

    def _here(self, index: int) -> User | None:
        user = self.users[index]
        return user if user.closed_at is None else None

    @rule(index=people_indexes)
    def publish(self, index: int) -> None:
        if author := self._here(index):
            self.posts.append(posts.publish(author, compose("Words")))

    @precondition(lambda self: self.posts)
    @rule(data=st.data(), verb=st.sampled_from([posts.delete, posts.restore]))
    def hide_or_show(self, data, verb) -> None:
        with suppress(GoneError):
            verb(data.draw(st.sampled_from(self.posts)))

    @rule(pair=st.permutations(range(4)), verb=st.sampled_from([follows.follow, follows.unfollow]))
    def tie(self, pair, verb) -> None:
        first, second = self._here(pair[0]), self._here(pair[1])
        if first and second:
            verb(first, second)

    @rule(index=people_indexes)
    def leave_or_return(self, index: int) -> None:
        user = self.users[index]
        if user.closed_at is None:
            # A new day: nobody closes their account more often than we may write to them.
            db.session.execute(sa.delete(RateLimit))
            accounts.close(user)
        else:
            accounts.reopen(Returning(user))

    @invariant()
    def counters_are_what_a_count_finds(self) -> None:
        if not hasattr(self, "users"):
            return
        db.session.commit()
        db.session.expire_all()
        for user in self.users:
            live = sa.select(sa.func.count()).where(
                Post.author_id == user.id, Post.deleted_at.is_(None)
            )
            assert user.posts_count == db.session.scalar(live)
            assert user.followers_count == len(follows.followers_of(user, None, Cursor(99)))
            assert user.following_count == len(follows.followed_by(user, None, Cursor(99)))

    def teardown(self) -> None:
        db.session.rollback()


class Returning:
    """What reopening an account needs of the link in the mail."""

    def __init__(self, user: User) -> None:
        self.user = user


@pytest.mark.slow
def test_counters_never_drift(app):
    Counting.TestCase.settings = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    Counting.TestCase("runTest").runTest()
