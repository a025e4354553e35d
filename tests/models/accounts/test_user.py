"""What readers of the tutorial know of a user, and what the database itself refuses."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app import db
from app.lib.dates import utcnow
from app.models import Follow, Post, PostTag, User
from tests.support.factories import PASSWORD, exists, make_follow, make_post, make_user


def refuses(change) -> None:
    def change_and_write() -> None:
        change()
        db.session.flush()

    with pytest.raises(DBAPIError):
        change_and_write()
    db.session.rollback()


def test_a_password_is_checked_and_never_kept(app, ana):
    assert ana.check_password(PASSWORD)
    assert not ana.check_password(PASSWORD.upper())
    assert PASSWORD not in ana.password_hash
    ana.set_password("another secret")
    assert ana.check_password("another secret")


def test_following_and_unfollowing(ana, ben):
    assert not ana.is_following(ben)
    assert [ana.follow(ben), ana.follow(ben)] == [True, False]
    assert ana.is_following(ben)
    assert not ben.is_following(ana)
    assert [ana.unfollow(ben), ana.unfollow(ben)] == [True, False]
    assert not ana.is_following(ben)


def test_the_database_refuses_what_must_not_be(ana, ben):
    make_follow(ana, ben)
    pair = {"follower_id": ana.id, "followed_id": ben.id, "created_at": utcnow()}
    refuses(lambda: db.session.add(Follow(**pair)))
    refuses(lambda: db.session.add(Follow(**pair | {"followed_id": ana.id})))
    refuses(lambda: db.session.add(Follow(**pair | {"followed_id": 10**9})))
    refuses(lambda: make_user("ANA", email="other@example.com"))
    refuses(lambda: make_user("other", email="ANA@example.com"))
    refuses(lambda: make_user("x"))
    refuses(lambda: make_user("x" * 31))
    refuses(lambda: make_user(role_id=99))
    # Ten code points for each character that people see, which is what forms count.
    for values in ({"about_me": "x" * 5001}, {"display_name": "x" * 501}, {"theme": "blue"}):
        refuses(lambda values=values: make_user(**values))
    # What repeats another post has no words of its own, so no words are none too few.
    for values in (
        {"body": "x" * 100_001},
        *({"title": ""}, {"title": "x" * 1201}),
        *({"content_note": ""}, {"content_note": "x" * 1001}, {"replies_from": "friends"}),
        *({"reply_to_id": 10**9}, {"repost_of_id": 10**9}, {"audience_id": 10**9}),
    ):
        row = {"author_id": ana.id, "body": "x", "html": "x"} | values
        refuses(lambda row=row: db.session.add(Post(**row)))
    row = {"author_id": ana.id, "body": "x", "html": "x", "visibility": "secret"}
    refuses(lambda: db.session.add(Post(**row)))


def test_a_time_without_a_zone_is_refused(ana):
    with pytest.raises(sa.exc.StatementError, match="not timezone-aware"):
        db.session.execute(sa.update(User).values(last_seen=utcnow().replace(tzinfo=None)))
    db.session.rollback()


def test_whoever_is_erased_takes_posts_tags_and_follows_along(ana, ben):
    post = make_post(ana, "Bye #bye")
    make_follow(ana, ben)
    make_follow(ben, ana)
    db.session.execute(sa.delete(User).where(User.id == ana.id))
    db.session.commit()
    assert not exists(post)
    for table in (Follow, PostTag):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_the_id_of_an_erased_post_is_never_given_again(ana):
    post = make_post(ana)
    number = post.id
    db.session.execute(sa.delete(Post))
    db.session.commit()
    assert make_post(ana).id > number


def test_the_name_people_read_is_the_display_name_or_the_username(ana, cleo):
    assert (ana.name, cleo.name) == ("Ana Duarte", "cleo")
