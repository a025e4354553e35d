"""Posts: publish, edit, delete, restore, and the lists that show them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import (
    markdown_to_text,
    mentions_in,
    render_markdown,
    render_text,
    tags_in,
)
from app.lib.languages import detect_language
from app.lib.text import normalise, one_line
from app.lib.tokens import fingerprint
from app.models import Post, PostRevision, PostTag, User
from app.services.errors import GoneError
from app.services.messages import notifications
from app.services.posts import search_index, searches

KEPT_AFTER_DELETE = timedelta(days=30)
WRITTEN = ("title", "body", "html", "language", "edited_at", "deleted_at")


def publish(author: User, body: str, *, title: str = "", form_key: str | None = None) -> Post:
    """Publish a post; with a title its body is Markdown, without one plain text.

    The same words under the same `form_key` give the post that they made the first time.
    """
    # Other words from the same page, after going back to it, are a post of their own.
    form_key = fingerprint(form_key, body, title) if form_key else None
    if form_key and (earlier := _from_form(author, form_key)):
        if earlier.deleted_at is None:
            return earlier
        # Deleted meanwhile and sent again: that is meant as a new post.
        form_key = None
    post = Post(author_id=author.id, form_key=form_key, created_at=utcnow(), visibility="public")
    _write(post, body, title)
    post.language = detect_language(_words_of(post), prior=author.language)
    try:
        with db.session.begin_nested():
            db.session.add(post)
    except IntegrityError:
        # Two clicks at once: the other one made the post.
        if form_key and (earlier := _from_form(author, form_key)):
            return earlier
        raise
    searches.index_post(post, _tag(post))
    _count(author.id, 1)
    notifications.mention(post, _names_in(post))
    return post


def edit(post: Post, body: str, *, title: str, language: str | None) -> bool:
    """Change a post and keep how it read before. False when nothing changed.

    A correction of the language alone is no new version. Raises GoneError when it was deleted.
    """
    # Of two edits at once the later one keeps what the earlier one wrote.
    db.session.refresh(post, WRITTEN, with_for_update=True)
    if post.deleted_at is not None:
        raise GoneError
    is_new = (normalise(body), one_line(title) or None) != (post.body, post.title)
    if is_new:
        _keep_version(post)
        _write(post, body, title)
        post.edited_at = utcnow()
        db.session.execute(sa.delete(PostTag).where(PostTag.post_id == post.id))
        _tag(post)
        notifications.mention(post, _names_in(post))
    is_changed = is_new or language != post.language
    post.language = language
    db.session.flush()
    if is_changed:
        searches.index_post(post, _tags_of(post))
    return is_changed


def delete(post: Post) -> None:
    """Hide a post at once; it can be restored until it is purged. Raises GoneError."""
    _mark(post, utcnow(), Post.deleted_at.is_(None), -1)
    searches.forget_post(post)


def restore(post: Post) -> None:
    """Take a deletion back. Raises GoneError when there is nothing to take back."""
    _mark(post, None, Post.deleted_at.is_not(None), 1)
    searches.index_post(post, _tags_of(post))


def purge() -> int:
    """Erase what was deleted long enough ago. Returns how many posts."""
    old = sa.delete(Post).where(Post.deleted_at < utcnow() - KEPT_AFTER_DELETE)
    ids = db.session.scalars(old.returning(Post.id)).all()
    search_index.note("post", ids)
    return len(ids)


def some(posts: sa.Select[Post], limit: int, before: int | None, after: int | None) -> list[Post]:
    """A page of `posts` by id: newest first, or after `after` the nearest first."""
    if after is not None:
        posts = posts.where(Post.id > after).order_by(Post.id.asc())
    else:
        posts = posts.where(Post.id < before) if before is not None else posts
        posts = posts.order_by(Post.id.desc())
    return list(db.session.scalars(posts.limit(limit)))


def _write(post: Post, body: str, title: str) -> None:
    post.body, post.title = normalise(body), one_line(title) or None
    names = _names_in(post)
    people = sa.select(User.username_key, User.username).where(
        User.username_key.in_(names), User.closed_at.is_(None)
    )
    known = dict(db.session.execute(people).all()) if names else {}
    post.html = (render_markdown if post.title else render_text)(post.body, known)


def _names_in(post: Post) -> list[str]:
    return mentions_in(post.body, markdown=post.title is not None)


def _words_of(post: Post) -> str:
    return f"{post.title}\n{markdown_to_text(post.body)}" if post.title else post.body


def _tag(post: Post) -> list[str]:
    tags = _tags_of(post)
    if tags:
        rows = [{"post_id": post.id, "tag": tag} for tag in tags]
        db.session.execute(sa.insert(PostTag), rows)
    return tags


def _tags_of(post: Post) -> list[str]:
    return tags_in(post.body, markdown=post.title is not None)


def _keep_version(post: Post) -> None:
    db.session.add(
        PostRevision(
            post_id=post.id,
            title=post.title,
            body=post.body,
            html=post.html,
            language=post.language,
            written_at=post.edited_at or post.created_at,
        )
    )


def _from_form(author: User, form_key: str) -> Post | None:
    return db.session.scalar(
        sa.select(Post).where(Post.author_id == author.id, Post.form_key == form_key)
    )


def _mark(post: Post, deleted_at: object, condition: sa.ColumnElement[bool], step: int) -> None:
    # The UPDATE is the claim: of two clicks at once, one counts.
    claim = sa.update(Post).where(Post.id == post.id, condition).values(deleted_at=deleted_at)
    if db.session.scalar(claim.returning(Post.id)) is None:
        raise GoneError
    _count(post.author_id, step)


def _count(author_id: int, step: int) -> None:
    counter = sa.update(User).where(User.id == author_id)
    db.session.execute(counter.values(posts_count=User.posts_count + step))
