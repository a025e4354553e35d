"""The home timeline against a query that looks at everything: same posts, same order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Follow, Post, TagFollow, User
from app.models.posts import home_parts, timeline
from app.models.posts.timeline import entries_of, home_of, leading_authors
from app.services.posts import reposts
from tests.support.databases import sqlite_in
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import counted_statements
from tests.support.sites import open_site

PEOPLE = 12
POSTS = 150


def settle() -> list[User]:
    """People who follow each other at random and wrote, reposted, deleted and left at random."""
    dice = random.Random(20261121)
    people = [make_user() for _ in range(PEOPLE)]
    now = utcnow()
    posts: list[Post] = []
    for _ in range(POSTS):
        author = dice.choice(people[: dice.randint(1, PEOPLE)])
        parent = dice.choice(posts) if posts and dice.random() < 0.6 else None
        post = make_post(author, "x #dice" if dice.random() < 0.2 else "x", reply_to=parent)
        post.deleted_at = now if dice.random() < 0.2 else None
        posts.append(post)
        if dice.random() < 0.4:
            # By the first few, who then repost more than is read of anybody.
            reposts.repost(dice.choice(people[: dice.randint(1, PEOPLE)]), dice.choice(posts))
    for follower in people:
        for followed in dice.sample(people, dice.randint(0, PEOPLE - 1)):
            if followed is not follower:
                follower.follow(followed)
    for row in db.session.scalars(sa.select(Follow).order_by(Follow.id)):
        row.shows_reposts, row.shows_replies = dice.random() < 0.7, dice.random() < 0.7
    for person in people:
        person.home_has_reposts, person.home_has_replies = dice.random() < 0.8, dice.random() < 0.8
        if dice.random() < 0.5:
            db.session.add(TagFollow(user_id=person.id, tag="dice"))
    people[1].closed_at = now
    db.session.commit()
    return people


def brute_force(reader: User, limit: int, before: int | None, after: int | None) -> list[int]:
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == reader.id)
    gone = sa.select(User.id).where(User.closed_at.is_not(None))
    rows = sa.select(Post).where(Post.author_id.not_in(gone), Post.deleted_at.is_(None))
    circle = {reader.id, *db.session.scalars(followed.where(Follow.followed_id.not_in(gone)))}
    found = [post for post in db.session.scalars(rows) if belongs(post, reader, circle)]
    found.sort(key=lambda post: post.id, reverse=after is None)
    if after is not None:
        found = [post for post in found if post.id > after]
    elif before is not None:
        found = [post for post in found if post.id < before]
    # What is repeated is there once: at its nearest place.
    nearest: dict[int, int] = {}
    for post in found:
        nearest.setdefault(post.repost_of_id or post.id, post.id)
    return list(nearest.values())[:limit]


def belongs(post: Post, reader: User, circle: set[int]) -> bool:
    """Whether somebody of the circle wrote it, and it answers none but people of the circle.

    Of a repost, whether what it repeats is there. Others write what has the reader's tag.
    """
    choices = (reader.home_has_reposts, reader.home_has_replies)
    has_reposts, has_replies = choices if post.author_id != reader.id else (True, True)
    row = db.session.scalar(
        sa.select(Follow).where(
            Follow.follower_id == reader.id, Follow.followed_id == post.author_id
        )
    )
    if row is not None:
        has_reposts, has_replies = (
            has_reposts and row.shows_reposts,
            has_replies and row.shows_replies,
        )
    if post.repost_of_id is not None:
        original = db.session.get_one(Post, post.repost_of_id)
        author = db.session.get_one(User, original.author_id)
        is_there = original.deleted_at is None and author.closed_at is None
        return post.author_id in circle and has_reposts and is_there
    tags = sa.select(TagFollow.tag).where(TagFollow.user_id == reader.id)
    is_tagged = "#dice" in post.body and db.session.scalar(tags) is not None
    parent: Post | None = post
    # Somebody who goes on with what they have written goes on answering the same person.
    while parent is not None and parent.author_id == post.author_id:
        parent = db.session.get(Post, parent.reply_to_id) if parent.reply_to_id else None
    if parent is None:
        return post.author_id in circle or is_tagged
    if post.author_id == reader.id:
        return True
    return post.author_id in circle and has_replies and parent.author_id in circle


@pytest.fixture(params=[1, 3, 125])
def answers_read(request, monkeypatch) -> Iterator[int]:
    """Somebody has replied and reposted too often to read all of it sooner or later."""
    timeline._statements.cache_clear()
    monkeypatch.setattr(home_parts, "ANSWERS_READ", request.param)
    yield request.param
    timeline._statements.cache_clear()


@pytest.mark.slow
def test_home_is_exactly_what_looking_at_everything_finds(app, answers_read):
    town = settle()
    first = db.session.scalars(sa.select(sa.func.min(Post.id))).one()
    cursors = st.none() | st.integers(first - 3, first + POSTS + 3)
    readers = st.sampled_from([person for person in town if person.is_active])

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    # More is read of each author than a page has.
    @given(readers, st.integers(1, min(40, answers_read)), cursors, st.booleans())
    def check(reader: User, limit: int, cursor: int | None, is_after: bool) -> None:
        before, after = (None, cursor) if is_after else (cursor, None)
        found = [entry.id for entry in home_of(reader, Cursor(limit, before, after))]
        assert found == brute_force(reader, limit, before, after)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("cursor", [{}, {"before": 10**9}, {"after": 1}])
def test_the_number_of_statements_does_not_depend_on_anything(ana, cursor):
    def cost(person: User) -> int:
        with counted_statements() as ran:
            home_of(person, Cursor(26, **cursor))
        return len(ran)

    assert cost(ana) == 2
    for _ in range(40):
        other = make_user()
        make_post(ana, reply_to=make_post(other))
        make_follow(ana, other)
    assert cost(ana) == 2


@pytest.mark.slow
@pytest.mark.parametrize("cursor", [{}, {"before": 10**9}, {"after": 1}])
def test_no_step_of_the_plan_reads_all_posts_or_all_follows(tmp_path, cursor):
    # PostgreSQL chooses plans by size; SQLite says at once which it always takes.
    with open_site(tmp_path, DATABASE_URL=sqlite_in(tmp_path)):
        town, ana = settle(), make_user("ana")
        ids = [person.id for person in town]
        for query in (
            leading_authors(ana, Cursor(26, **cursor), utcnow()),
            entries_of(ana, ids, Cursor(26, **cursor), utcnow(), page_size=26),
        ):
            sql = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {sql}"))]
            assert any("post" in step for step in plan)
            scans = [step for step in plan if step.startswith("SCAN")]
            # Followed people, and what was found of them, is all that is read from end to end.
            found = {"newest", "answers_read", "circle", "answerer", "replier", "reposter", "own"}
            found |= {
                "followed",
                "addressee",
                "found",
                "busy",
                "chosen",
                "grouped",
                "anon_1",
                "CONSTANT",
            }
            assert {step.split()[1] for step in scans} <= found, plan


def test_ids_decide_the_order_when_the_clock_jumps(ana, ben):
    make_follow(ana, ben)
    now = utcnow()
    written = [make_post(ben, created_at=now - timedelta(hours=n)) for n in range(3)]
    ids = [post.id for post in home_of(ana, Cursor(10))]
    assert ids == [post.id for post in reversed(written)]
    assert all(newer > older for newer, older in pairwise(ids))


def test_the_author_is_there_without_another_statement(ana):
    make_post(ana)
    entry = home_of(ana, Cursor(1))[0]
    with counted_statements() as ran:
        assert entry.post.author.username == "ana"
    assert not ran
