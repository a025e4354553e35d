"""Reposts: one a person, counted right, and shown to whoever may read what they repeat."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import NotificationGroup, Post, PostCount, User
from app.models.posts import home_parts, timeline
from app.models.posts.entry import Entry
from app.models.posts.timeline import home_of
from app.services.accounts import accounts
from app.services.community import blocks, mutes
from app.services.data import counters
from app.services.errors import NotRepostableError, RepeatedPostError
from app.services.posts import pins, posts, reposts, search_index, visibilities
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post

PAGE = Cursor(26)
Shown = tuple[int, str | None, int]


def reposts_count(post: Post) -> int:
    found = sa.select(PostCount.reposts_count).where(PostCount.post_id == post.id)
    return db.session.scalar(found) or 0


def shown(entries: list[Entry]) -> list[Shown]:
    return [
        (one.post.id, one.reposter.username if one.reposter else None, one.others_count)
        for one in entries
    ]


def home(reader: User) -> list[Shown]:
    db.session.commit()
    return shown(home_of(reader, PAGE))


def profile(author: User, viewer: User | None = None) -> list[Shown]:
    db.session.commit()
    return shown(pins.profile_page(author, viewer, PAGE)[1])


def test_a_second_repost_changes_nothing(ana, ben):
    post = make_post(ana)
    assert [reposts.repost(ben, post), reposts.repost(ben, post)] == [True, False]
    assert reposts_count(post) == 1
    assert [reposts.unrepost(ben, post.id), reposts.unrepost(ben, post.id)] == [True, False]
    assert reposts_count(post) == 0
    assert db.session.scalars(sa.select(Post.id)).all() == [post.id]


def test_it_is_in_the_homes_of_those_who_follow_whoever_reposts(ana, ben, cleo):
    make_follow(ana, ben)
    post, newer = make_post(cleo), make_post(ben)
    assert home(ana) == [(newer.id, None, 0)]
    reposts.repost(ben, post)
    assert home(ana) == [(post.id, "ben", 0), (newer.id, None, 0)]
    assert home(ben) == [(post.id, "ben", 0), (newer.id, None, 0)]
    assert home(cleo) == [(post.id, None, 0)]
    reposts.unrepost(ben, post.id)
    assert home(ana) == [(newer.id, None, 0)]


def test_what_several_repost_is_one_entry_at_its_newest_place(ana, ben, cleo):
    make_follow(ana, ben)
    make_follow(ana, cleo)
    post, newer = make_post(ben), make_post(ben)
    reposts.repost(cleo, post)
    assert home(ana) == [(post.id, "cleo", 0), (newer.id, None, 0)]
    # One's own posts may be repeated, too.
    reposts.repost(ben, post)
    assert home(ana) == [(post.id, "ben", 1), (newer.id, None, 0)]


def test_the_profile_has_it_with_what_they_wrote(ana, ben, cleo):
    own, other = make_post(ben), make_post(cleo)
    reposts.repost(ben, other)
    assert profile(ben, ana) == profile(ben) == [(other.id, "ben", 0), (own.id, None, 0)]
    assert profile(cleo) == [(other.id, None, 0)]
    db.session.commit()
    assert [one.post.id for one in reposts.posts_page(ben, ana, PAGE)] == [other.id]


def test_what_is_for_followers_cannot_be_reposted(ana, ben):
    make_follow(ben, ana)
    post = make_post(ana, visibility="followers")
    for person in (ana, ben):
        with pytest.raises(NotRepostableError):
            reposts.repost(person, post)
    assert reposts_count(post) == 0


def test_narrowing_hides_the_reposts_there_are(ana, ben, cleo):
    for reader in (ben, cleo):
        make_follow(reader, ana)
    make_follow(cleo, ben)
    post = make_post(ana)
    reposts.repost(ben, post)
    assert home(cleo) == [(post.id, "ben", 0)]
    visibilities.narrow(post, "followers")
    # Who may read it has it from its author alone.
    assert home(cleo) == [(post.id, None, 0)]
    assert profile(ben, cleo) == profile(ben) == []


@pytest.mark.parametrize("end", ["deleted", "hidden", "blocked", "blocking", "muted", "closed"])
def test_it_is_gone_while_the_reader_may_not_read_it(ana, ben, cleo, end):
    make_follow(ana, ben)
    post = make_post(cleo)
    reposts.repost(ben, post)
    assert home(ana) == profile(ben, ana) == [(post.id, "ben", 0)]
    now = utcnow()
    match end:
        case "deleted":
            posts.delete(post)
        case "hidden":
            post.hidden_at = now
        case "blocked":
            blocks.block(cleo, ana)
        case "blocking":
            blocks.block(ana, cleo)
        case "muted":
            mutes.mute(ana, cleo)
        case "closed":
            cleo.closed_at = now
    assert home(ana) == profile(ben, ana) == []
    if end == "deleted":
        posts.restore(post)
        assert home(ana) == [(post.id, "ben", 0)]


def test_a_repost_is_no_post(ana, ben):
    post = make_post(ana)
    reposts.repost(ben, post)
    db.session.commit()
    db.session.refresh(ben)
    assert (ben.posts_count, ben.last_posted_on) == (0, None)
    assert search_index.count("post") == 1
    assert db.session.scalars(Post.visible_to(ana)).all() == [post]
    assert list(posts.page(Post.replied_by(ben, None), PAGE)) == []
    # Somebody who reposts says nothing, so what they write next repeats nothing.
    new = compose("Hello", title="", prior=None)
    posts.publish_new(ben, new)
    reposts.repost(ben, make_post(ana))
    with pytest.raises(RepeatedPostError):
        posts.publish_new(ben, new)


def test_purging_a_post_takes_its_reposts(ana, ben):
    post = make_post(ana)
    reposts.repost(ben, post)
    posts.delete(post)
    post.deleted_at = utcnow() - posts.PURGE_AFTER - timedelta(hours=1)
    db.session.commit()
    assert posts.purge() == 1
    db.session.commit()
    assert db.session.scalars(sa.select(Post.id)).all() == []


def test_an_erased_account_takes_its_reposts_from_the_numbers(ana, ben, cleo):
    post = make_post(ana)
    for person in (ben, cleo):
        reposts.repost(person, post)
    ben.closed_at = utcnow() - accounts.ERASE_AFTER - timedelta(hours=1)
    db.session.commit()
    # Others no longer see who it was, but it still counts.
    assert [row.author.username for row in reposts.people_page(post, None, PAGE)] == ["cleo"]
    assert reposts_count(post) == 2
    assert accounts.erase_closed() == 1
    db.session.commit()
    assert reposts_count(post) == 1


def test_wrong_numbers_are_corrected(ana, ben, cleo):
    first, second = make_post(ana), make_post(ben)
    for person, post in ((ben, first), (cleo, first), (ana, second)):
        reposts.repost(person, post)
    db.session.execute(sa.update(PostCount).values(reposts_count=9))
    db.session.execute(sa.delete(PostCount).where(PostCount.post_id == second.id))
    ana.posts_count = 7
    db.session.commit()
    counters.recount(ana)
    db.session.refresh(ana)
    assert (reposts_count(first), reposts_count(second), ana.posts_count) == (2, 0, 1)
    counters.recount()
    assert (reposts_count(first), reposts_count(second)) == (2, 1)


def test_however_many_are_hidden_the_others_are_there(ana, ben, cleo, monkeypatch):
    timeline._statements.cache_clear()
    monkeypatch.setattr(home_parts, "ANSWERS_READ", 3)
    make_follow(ana, ben)
    old = make_post(cleo)
    gone = [make_post(cleo) for _ in range(9)]
    for post in (old, *gone):
        reposts.repost(ben, post)
    # The reader does not follow whom these answer.
    for _ in range(4):
        make_post(ben, reply_to=old)
    for post in gone:
        posts.delete(post)
    db.session.commit()
    one = Cursor(1)
    assert shown(home_of(ana, one)) == [(old.id, "ben", 0)]
    assert shown(pins.profile_page(ben, ana, one)[1]) == [(old.id, "ben", 0)]
    assert shown(reposts.posts_page(ben, ana, one)) == [(old.id, "ben", 0)]
    timeline._statements.cache_clear()


def test_a_block_ends_the_reposts_between_two(ana, ben, cleo):
    hers, his, other = make_post(ana), make_post(ben), make_post(cleo)
    for person, post in ((ben, hers), (cleo, hers), (ana, his), (ben, other)):
        reposts.repost(person, post)
    db.session.commit()
    blocks.block(ana, ben)
    assert profile(ben) == [(other.id, "ben", 0), (his.id, None, 0)]
    assert profile(ana) == [(hers.id, None, 0)]
    assert [reposts_count(post) for post in (hers, his, other)] == [1, 0, 1]
    groups = sa.select(NotificationGroup.user_id, NotificationGroup.count)
    assert sorted(db.session.execute(groups)) == [(ana.id, 1), (cleo.id, 1)]
