"""Sample posts, composed like real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.demo.rows import Row, insert_rows
from app.extensions import db
from app.lib.search.documents import post_text
from app.models import Post, PostRevision, PostTag, User
from app.services.posts import mentions, search_index
from app.services.posts.composition import Composed, compose, compose_in
from app.services.posts.mentions import Mentioned


@dataclass(frozen=True, slots=True)
class DemoParent:
    """A post that was inserted and can be replied to."""

    id: int
    post: DemoPost
    root_id: int
    reply_to_author_id: int | None


@dataclass(frozen=True, slots=True)
class DemoPost:
    """A post to insert; `earlier` is its body before `edited_at`."""

    author_id: int
    language: str
    title: str
    body: str
    written_at: datetime
    earlier: str | None = None
    edited_at: datetime | None = None
    parent: DemoParent | None = None
    note: str | None = None
    is_folded: bool = False

    @property
    def reply_to_author_id(self) -> int | None:
        """Whom it answers, as `threads.attach` says."""
        if self.parent is None:
            return None
        author_id = self.parent.post.author_id
        return self.parent.reply_to_author_id if author_id == self.author_id else author_id


@dataclass(frozen=True, slots=True)
class DemoRepost:
    """A repost to insert."""

    author_id: int
    original: DemoParent
    written_at: datetime


def add_posts(
    drafts: Sequence[DemoPost | DemoRepost], people: Mapping[str, Mentioned]
) -> list[DemoParent]:
    """Insert `drafts`, which are ordered by time, and return what can be replied to.

    `people` maps the lower-case names that may be mentioned to who is meant.
    """
    usernames = mentions.usernames(people)
    posts = [draft for draft in drafts if isinstance(draft, DemoPost)]
    composed = [compose(post.body, title=post.title, prior=post.language) for post in posts]
    unused = iter(composed)
    # Together, since lists are in the order of ids.
    rows = [
        _post_row(draft, next(unused), usernames)
        if isinstance(draft, DemoPost)
        else _repost_row(draft)
        for draft in drafts
    ]
    inserted = zip(insert_rows(Post, rows), drafts, strict=True)
    ids = [row_id for row_id, draft in inserted if isinstance(draft, DemoPost)]
    tags: list[Row] = []
    revisions: list[Row] = []
    texts: dict[int, str | None] = {}
    for post_id, post, new in zip(ids, posts, composed, strict=True):
        tags += [{"post_id": post_id, "tag": tag} for tag in new.tags]
        texts[post_id] = post_text(post.author_id, new.text, new.language, new.tags)
        if post.earlier is not None:
            revisions.append(_revision_row(post_id, post, new, usernames))
    for model, extra in ((PostTag, tags), (PostRevision, revisions)):
        if extra:
            db.session.execute(sa.insert(model), extra)
    mentions.save(
        (post_id, name, people[name].user_id)
        for post_id, new in zip(ids, composed, strict=True)
        for name in new.mentions
        if name in people
    )
    search_index.write("post", texts)
    _update_authors(posts)
    return [_as_parent(post_id, post) for post_id, post in zip(ids, posts, strict=True)]


def _as_parent(post_id: int, post: DemoPost) -> DemoParent:
    root_id = post.parent.root_id if post.parent else post_id
    return DemoParent(post_id, post, root_id, post.reply_to_author_id)


def _post_row(post: DemoPost, new: Composed, people: Mapping[str, str]) -> Row:
    return {
        "author_id": post.author_id,
        "title": new.title,
        "body": new.body,
        "html": new.html(people),
        "language": new.language,
        "content_note": post.note,
        "folded_at": post.written_at if post.is_folded else None,
        "visibility": "public",
        "created_at": post.written_at,
        "edited_at": post.edited_at,
        "reply_to_id": post.parent.id if post.parent else None,
        "root_id": post.parent.root_id if post.parent else None,
        "reply_to_author_id": post.reply_to_author_id,
        "repost_of_id": None,
    }


def _repost_row(repost: DemoRepost) -> Row:
    unset = (
        "title",
        "language",
        "content_note",
        "folded_at",
        "edited_at",
        "reply_to_id",
        "root_id",
    )
    return dict.fromkeys(unset) | {
        "author_id": repost.author_id,
        "body": "",
        "html": "",
        "visibility": "public",
        "created_at": repost.written_at,
        "reply_to_author_id": repost.original.post.author_id,
        "repost_of_id": repost.original.id,
    }


def _revision_row(post_id: int, post: DemoPost, new: Composed, people: Mapping[str, str]) -> Row:
    earlier = compose_in(new.language, post.earlier or "", title=post.title)
    return {
        "post_id": post_id,
        "title": earlier.title,
        "body": earlier.body,
        "html": earlier.html(people),
        "language": earlier.language,
        "content_note": post.note,
        "written_at": post.written_at,
        "replaced_at": post.edited_at,
    }


def _update_authors(posts: Sequence[DemoPost]) -> None:
    """Update the authors' `posts_count`, and when they were here and posted last."""
    steps = Counter(post.author_id for post in posts)
    last = {post.author_id: post.written_at for post in posts}
    values = {
        "posts_count": User.posts_count + sa.bindparam("step"),
        "last_seen": sa.bindparam("seen_at", type_=User.last_seen.type),
        "last_posted_on": sa.bindparam("posted_on", type_=sa.Date),
    }
    counter = sa.update(User).where(User.id == sa.bindparam("author")).values(values)
    # Ordered by id, so that concurrent writers cannot deadlock.
    rows = [
        {
            "author": id_,
            "step": steps[id_],
            "seen_at": last[id_],
            "posted_on": last[id_].date(),
        }
        for id_ in sorted(steps)
    ]
    db.session.connection().execute(counter, rows)
