"""A site so large that a statement which reads too much shows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.lib.search.documents import person_text, post_text
from app.models import (
    Block,
    Bookmark,
    Follow,
    Like,
    Message,
    Mute,
    Notification,
    NotificationGroup,
    Post,
    PostTag,
    TagFollow,
    User,
)
from tests.support.factories import make_message, make_post, make_user

PEOPLE = 30_000
POSTS = 40_000
ABOUT = "Grows tomatoes by the river. " * 30
# Words that only the oldest and only the newest posts have.
OLD, NEW = POSTS // 10, POSTS - POSTS // 10
# The first post of a long thread.
DISCUSSED = 2_002
# The last post of one where each answers the one before, and most of them are deleted.
ANSWERED = POSTS + 31_600


def settle() -> User:
    """Fill the site, and return somebody who follows 1,000 and has long lists of everything.

    Half of all posts are by the most followed, the first; the others write one after another.
    The reader likes and keeps 5,000. Of those whom they follow, the last 100 follow 200 people or
    more, one replies 5,000 times to a stranger, one reposts 5,000 posts and half of them one and
    the same, as 20,000 do; a stranger reposts 1,000 deleted ones. The reader leaves out the reposts
    of 100 and follows three tags; they block 500 and mute 500; 20,000 block their friend.
    """
    reader, friend = make_user("reader"), make_user("friend")
    db.session.execute(sa.insert(User), list(_people()))
    ids = list(db.session.scalars(sa.select(User.id).order_by(User.id)))
    most_followed, others = ids[2], ids[3:]
    _add(Post, _posts(most_followed, others))
    _add(Post, _replies(ids[10], others[DISCUSSED]))
    _add(Post, _reposts([ids[11]], range(10_001, 20_000, 2)))
    _add(Post, _reposts([ids[1_012]], range(10, POSTS, 40)))
    _add(Post, _reposts(others[500:20_500], [POSTS - 1]))
    _add(Post, _answers(others[2_100], range(ANSWERED - 599, ANSWERED + 1)))
    _add(Post, _for_followers(others[2_202]))
    # The last of all are posts, which lists of everybody begin with.
    _add(Post, itertools.islice(_posts(friend.id, [friend.id]), 60))
    _add(PostTag, ({"post_id": n, "tag": tag} for n in range(1, POSTS + 1) for tag in _tags(n)))
    _add(Follow, ({"follower_id": one, "followed_id": most_followed} for one in others))
    # The last of them are no muted ones.
    _add(Follow, ({"follower_id": reader.id, "followed_id": one} for one in ids[1001:1:-1]))
    quiet = sa.update(Follow).where(
        Follow.follower_id == reader.id, Follow.followed_id.in_(ids[500:600])
    )
    db.session.execute(quiet.values(shows_reposts=False))
    _add(TagFollow, ({"user_id": reader.id, "tag": tag} for tag in ("fair", "past", "nowhere")))
    _add(Follow, _follows(ids[2:102], others))
    _add(Block, _blocks([reader.id], others[1_500:2_000]))
    _add(Mute, ({"muter_id": reader.id, "muted_id": one} for one in others[900:1_400]))
    _add(Block, _blocks(others[5_000:25_000], [friend.id]))
    for mark in (Like, Bookmark):
        _add(mark, _marks([reader.id], range(1, 10_001, 2)))
        _add(mark, _marks(others[:500], range(101, 121)))
    _add(Like, ({"user_id": one, "post_id": POSTS - 1} for one in others[:20_000]))
    _add(Notification, _notifications(reader.id, most_followed, 8_000))
    # So that not all there are belong to one person.
    for one in others[:50]:
        _add(Notification, _notifications(one, most_followed, 20))
    names = ("user_id", "name", "post_id", "created_at")
    alone = sa.select(
        *(getattr(Notification, name) for name in names), Notification.id, sa.literal(1)
    )
    columns = [*names, "newest_id", "count"]
    db.session.execute(sa.insert(NotificationGroup).from_select(columns, alone))
    _like(reader, others[:20_000])
    first = make_message(friend, reader)
    names = ("conversation_id", "sender_id", "recipient_id", "body", "html")
    values = {name: getattr(first, name) for name in names}
    _add(Message, (values for _ in range(5_000)))
    for sender in db.session.scalars(sa.select(User).where(User.id.in_(others[:60]))):
        make_message(sender, reader)
    reader.following_count = 1_000
    counts = {"followers_count": len(others), "posts_count": POSTS // 2}
    db.session.execute(sa.update(User).where(User.id == most_followed).values(counts))
    db.session.commit()
    return reader


def _add(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    db.session.execute(sa.insert(model), list(rows))


def _blocks(blockers: list[int], blocked: list[int]) -> Iterator[dict[str, Any]]:
    for one in blockers:
        yield from ({"blocker_id": one, "blocked_id": other} for other in blocked)


def _follows(people: list[int], others: list[int]) -> Iterator[dict[str, Any]]:
    """Each of `people` follows 200 others, half of whom the next one follows too; one, 9,000."""
    for number, one in enumerate(people):
        start = 2_500 + 100 * number
        followed = others[start : start + (200 if number else 9_000)]
        yield from ({"follower_id": one, "followed_id": other} for other in followed)


def _people() -> Iterator[dict[str, Any]]:
    now = utcnow()
    for number in range(PEOPLE):
        name, mail = f"person{number:04}", f"person{number:04}@example.com"
        yield {
            "username": name,
            "username_key": name,
            "name_key": name,
            "email": mail,
            "email_key": mail,
            "email_verified_at": now,
            "password_hash": "",
            # Without it, to read everybody would be as fast as to find a few.
            "about_me": ABOUT,
            # As many on each day of a month, and some who have never posted.
            "last_posted_on": now.date() - timedelta(days=number % 30) if number % 10 else None,
            "search_text": person_text(name, "", ""),
        }


def _posts(most_followed: int, others: list[int]) -> Iterator[dict[str, Any]]:
    start = utcnow() - timedelta(minutes=POSTS + 60)
    for number in range(1, POSTS + 1):
        author_id = most_followed if number % 2 else others[number % len(others)]
        age = "older" if number <= OLD else "newer" if number > NEW else "middle"
        body = f"The {age} bread"
        yield {
            "author_id": author_id,
            "body": body,
            "html": f"<p>{body}</p>",
            "language": "en",
            "created_at": start + timedelta(minutes=number),
            "deleted_at": utcnow() if number % 10 == 0 else None,
            "search_text": post_text(author_id, body, "en", _tags(number)),
        }


def _replies(author_id: int, stranger: int) -> Iterator[dict[str, Any]]:
    """5,000 to one post, which `stranger` wrote and where they hide some."""
    for number in range(5_000):
        yield {
            "author_id": author_id,
            "body": "Thanks",
            "html": "<p>Thanks</p>",
            "reply_to_id": DISCUSSED,
            "root_id": DISCUSSED,
            "reply_to_author_id": stranger,
            "folded_at": utcnow() if number % 100 == 0 else None,
        }


def _answers(author_id: int, ids: range) -> Iterator[dict[str, Any]]:
    """Each answers the one before; but for the first and the last 30, they are deleted."""
    for number in ids:
        yield {
            "author_id": author_id,
            "body": "And then?",
            "html": "<p>And then?</p>",
            "reply_to_id": number - 1 if number > ids[0] else DISCUSSED + 2,
            "root_id": DISCUSSED + 2,
            "reply_to_author_id": author_id + 1,
            "deleted_at": utcnow() if ids[30] <= number < ids[-30] else None,
        }


def _for_followers(author_id: int) -> Iterator[dict[str, Any]]:
    """15,000 that few may read, after one for everybody."""
    values = {"author_id": author_id, "body": "Among us", "html": "<p>Among us</p>"}
    for _ in range(15_000):
        yield {**values, "visibility": "followers", "audience_id": author_id}


def _reposts(people: Iterable[int], posts: Iterable[int]) -> Iterator[dict[str, Any]]:
    for author_id in people:
        for post_id in posts:
            values = {"author_id": author_id, "body": "", "html": "", "repost_of_id": post_id}
            yield {**values, "reply_to_author_id": author_id}


def _marks(people: list[int], posts: range) -> Iterator[dict[str, Any]]:
    for user_id in people:
        yield from ({"user_id": user_id, "post_id": post_id} for post_id in posts)


def _like(author: User, people: list[int]) -> None:
    """Have all these people like the first posts of `author`, on three days, in groups."""
    today = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
    of_day = len(people) // 3
    for post in [make_post(author, f"Liked by {number}") for number in range(2)]:
        for ago in (2, 1, 0):
            day = today - timedelta(days=ago)
            likers = people[of_day * ago : of_day * (ago + 1)]
            values = {"name": "like", "user_id": author.id, "post_id": post.id, "created_at": day}
            _add(Notification, ({**values, "actor_id": one} for one in likers))
            newest_id = db.session.scalars(sa.select(sa.func.max(Notification.id))).one()
            more = {"day": day, "count": len(likers), "newest_id": newest_id}
            db.session.add(NotificationGroup(**values, **more))


def _tags(number: int) -> list[str]:
    return [*(["fair"] if number % 3 == 0 else []), *(["past"] if number <= OLD else [])]


def _notifications(reader: int, actor: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        yield {"name": "mention", "user_id": reader, "actor_id": actor, "post_id": number}
