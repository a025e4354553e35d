"""Indexing posts and people: the folded text in each row, and syncing an external engine.

The text is written in the transaction that changes the row. An external engine gets the change
afterward, from rows of `search_change` that are kept until it is available.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import outbox
from app.backends.search import Document, Kind, get_search
from app.extensions import db
from app.lib.html import readable_text
from app.lib.search.documents import person_text, post_text
from app.models import Post, PostTag, SearchChange, User
from app.services.posts.composition import compose_in

KINDS: tuple[Kind, ...] = ("post", "user")
SYNC_BATCH = 500
# Small enough to delay other writers only briefly.
REINDEX_BATCH = 500
# Higher than any: ids are never reused, so an erased row stays erased.
ERASED_VERSION = 2**62


def index_post(post: Post, text: str, tags: Collection[str]) -> None:
    """Index a flushed `post` by `text`, its visible text."""
    values = (post.author_id, text, post.language, tags)
    write("post", {post.id: post_text(*values, is_public=post.is_public)})


def remove_post(post: Post) -> None:
    write("post", {post.id: None})


def index_person(user: User) -> None:
    """Index a flushed `user` by their names and profile text."""
    text = person_text(user.username, user.display_name, user.about_me)
    write("user", {user.id: text})


def write(kind: Kind, texts: Mapping[int, str | None]) -> None:
    """Replace the indexed texts of rows; None removes a row from the index."""
    _write(kind, texts)
    enqueue(kind, texts.keys())


def enqueue(kind: Kind, ids: Collection[int]) -> None:
    """Queue the sync of rows that this transaction changes, if the engine needs it."""
    if ids and get_search().needs_sync:
        rows = [{"kind": kind, "row_id": row_id} for row_id in ids]
        db.session.execute(sa.insert(SearchChange), rows)
        outbox.put("sync_search", {})


def enqueue_account(user_id: int) -> None:
    """Queue the sync of a user whose account is closed, reopened or erased, and of their posts.

    The same transaction must increase their `search_version` or delete them.
    """
    enqueue("user", [user_id])
    if get_search().needs_sync:
        # Without loading them: a user may have a hundred thousand posts.
        posts = sa.select(sa.literal("post"), Post.id).where(
            Post.author_id == user_id, Post.repost_of_id.is_(None)
        )
        db.session.execute(sa.insert(SearchChange).from_select(["kind", "row_id"], posts))


def sync(*, may_build: bool) -> Iterator[None]:
    """Send queued changes to the engine; with `may_build` build a missing index first.

    Yields before and after each request to it; the caller commits. Raises SearchError.
    """
    engine = get_search()
    if may_build and engine.needs_rebuild():
        for _ in rebuild():
            yield
    oldest = sa.select(SearchChange).order_by(SearchChange.id).limit(SYNC_BATCH)
    while changes := db.session.scalars(oldest).all():
        ids, documents = [change.id for change in changes], _documents(changes)
        yield
        engine.write(documents)
        db.session.execute(sa.delete(SearchChange).where(SearchChange.id.in_(ids)))
        yield


def rebuild() -> Iterator[int]:
    """Rebuild the engine's index, then replace the live one. Yields the size of each batch.

    The caller commits each; users can keep writing meanwhile. Raises SearchError.
    """
    with get_search().rebuild() as write_documents:
        for kind in KINDS:
            last = 0
            while documents := _documents_after(kind, last):
                last = documents[-1].id
                yield len(documents)
                write_documents(documents)


def count(kind: Kind) -> int:
    """How many rows there are to index."""
    rows = sa.select(sa.func.count()).select_from(Post if kind == "post" else User)
    # Reposts say nothing.
    rows = rows.where(Post.repost_of_id.is_(None)) if kind == "post" else rows
    return db.session.scalars(rows).one()


def reindex(kind: Kind) -> Iterator[int]:
    """Rewrite the indexed texts of posts or people. Yields the size of each batch.

    The caller commits each; users can keep writing meanwhile. An external engine is not synced,
    since its index is rebuilt from these texts afterward.
    """
    last = 0
    while texts := (_post_texts if kind == "post" else _person_texts)(last):
        last = max(texts)
        _write(kind, {id_: text or None for id_, text in texts.items()})
        yield len(texts)


def _write(kind: Kind, texts: Mapping[int, str | None]) -> None:
    table = db.metadata.tables[kind]
    change = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
    change = change.values(
        search_text=sa.bindparam("text"), search_version=table.c.search_version + 1
    )
    # In order of ids, so that two writers cannot deadlock.
    parameters = [{"row_id": row_id, "text": texts[row_id]} for row_id in sorted(texts)]
    if parameters:
        db.session.connection().execute(change, parameters)


def _post_texts(last: int) -> dict[int, str]:
    """The texts of the posts after `last`; those of deleted posts are empty."""
    texts = (Post.title, Post.body, Post.language, Post.visibility)
    rows = sa.select(Post.id, Post.author_id, Post.deleted_at, *texts)
    # Locked, so that nobody can edit a post before its text is written.
    rows = rows.where(Post.id > last, Post.repost_of_id.is_(None))
    rows = rows.order_by(Post.id).limit(REINDEX_BATCH).with_for_update()
    posts = db.session.execute(rows).all()
    tags: dict[int, list[str]] = {}
    ids = [post.id for post in posts]
    tag_rows = sa.select(PostTag.post_id, PostTag.tag).where(PostTag.post_id.in_(ids))
    for post_id, tag in db.session.execute(tag_rows):
        tags.setdefault(post_id, []).append(tag)
    # Those that are not public are in no list of a tag.
    tags |= {
        post.id: compose_in(post.language, post.body, title=post.title or "").tags
        for post in posts
        if post.visibility != "public"
    }
    return {
        post.id: ""
        if post.deleted_at
        else post_text(
            post.author_id,
            readable_text(post.title, post.body),
            post.language,
            tags.get(post.id, ()),
            is_public=post.visibility == "public",
        )
        for post in posts
    }


def _person_texts(last: int) -> dict[int, str]:
    rows = sa.select(User.id, User.username, User.display_name, User.about_me)
    rows = rows.where(User.id > last).order_by(User.id).limit(REINDEX_BATCH).with_for_update()
    return {id_: person_text(*names) for id_, *names in db.session.execute(rows)}


def _documents(changes: Sequence[SearchChange]) -> list[Document]:
    """The current state of the changed rows; missing ones were erased."""
    documents: list[Document] = []
    for kind in KINDS:
        ids = {change.row_id for change in changes if change.kind == kind}
        rows, row_id = _states(kind)
        live = [Document(kind, *row) for row in db.session.execute(rows.where(row_id.in_(ids)))]
        erased = ids - {document.id for document in live}
        documents += [*live, *(Document(kind, id_, ERASED_VERSION) for id_ in sorted(erased))]
    return documents


def _documents_after(kind: Kind, last: int) -> list[Document]:
    rows, row_id = _states(kind)
    rows = rows.where(row_id > last).order_by(row_id).limit(SYNC_BATCH)
    return [Document(kind, *row) for row in db.session.execute(rows)]


def _states(kind: Kind) -> tuple[sa.Select[int, int, str | None, datetime], Any]:
    """A select of the columns of documents, and its id column.

    A post is visible only while its author is present, so its version is the sum of both:
    it grows with every change of either.
    """
    if kind == "user":
        text = _text(User, User.closed_at, User.suspended_until)
        return sa.select(User.id, User.search_version, text, User.created_at), User.id
    version = Post.search_version + User.search_version
    text = _text(Post, Post.deleted_at, Post.hidden_at, User.closed_at, User.suspended_until)
    rows = sa.select(Post.id, version, text, Post.created_at)
    rows = rows.join(User, User.id == Post.author_id)
    return rows.where(Post.repost_of_id.is_(None)), Post.id


def _text(model: type[Post | User], *ends: Any) -> sa.ColumnElement[str | None]:
    is_live = sa.and_(*(end.is_(None) for end in ends))
    return sa.case((is_live, model.search_text), else_=None)
