"""Sample posts that not everybody reads, and people who ask to follow."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.demo.network import DemoNetwork
from app.extensions import db
from app.models import Follow, Post, User
from app.services.community import follows
from app.services.posts import posts
from app.services.posts.composition import compose_in

# How many people ask the first one.
REQUESTS = 2
# What happens to the newest posts of somebody that nobody has replied to.
NARROWED = ("followers", "unlisted")


def add_readers(network: DemoNetwork, samples: int) -> None:
    """Let the first person approve followers, and the first `samples` write for fewer people."""
    first = db.session.get_one(User, network.ids[0])
    asking = db.session.scalars(_strangers(first)).all()
    if asking:
        first.approves_followers = True
        db.session.flush()
    for person in asking:
        follows.follow(person, first)
    for user_id in network.ids[:samples]:
        newest = db.session.scalars(_unanswered(user_id)).all()
        for post, visibility in zip(newest, NARROWED, strict=False):
            same = compose_in(post.language, post.body, title=post.title or "")
            posts.edit(post, same, visibility=visibility)


def _strangers(person: User) -> sa.Select[User]:
    pair = Follow.follower_id == User.id, Follow.followed_id == person.id
    strangers = sa.select(User).where(User.id != person.id, ~sa.exists().where(*pair))
    return strangers.order_by(User.followers_count.desc(), User.id).limit(REQUESTS)


def _unanswered(author_id: int) -> sa.Select[Post]:
    reply = aliased(Post)
    newest = sa.select(Post).where(
        Post.author_id == author_id,
        Post.root_id.is_(None),
        Post.body.not_like("%@%"),
        ~sa.exists().where(reply.reply_to_id == Post.id),
    )
    return newest.order_by(Post.id.desc()).limit(len(NARROWED))
