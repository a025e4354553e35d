"""Bringing what changed to a search engine beside the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import outbox
from app.backends.search import Document, Kind, get_search
from app.extensions import db
from app.models import Post, SearchChange, User

KINDS: tuple[Kind, ...] = ("post", "user")
TOLD_AT_ONCE = 500
# Higher than any: ids are not given out again, so what is erased stays so.
LAST_VERSION = 2**62


def note(kind: Kind, ids: Collection[int]) -> None:
    """Have the engine told of these rows, which this transaction changes, if it must be."""
    if ids and get_search().is_told:
        rows = [{"kind": kind, "row_id": row_id} for row_id in ids]
        db.session.execute(sa.insert(SearchChange), rows)
        outbox.put("tell_search", {})


def note_account(user_id: int) -> None:
    """Have the engine told of somebody whose account is closed, opened or erased, and their posts.

    Their `search_version` grows in the same transaction, or they are gone at its end.
    """
    note("user", [user_id])
    if get_search().is_told:
        # Without reading them: somebody may have written a hundred thousand.
        posts = sa.select(sa.literal("post"), Post.id).where(Post.author_id == user_id)
        db.session.execute(sa.insert(SearchChange).from_select(["kind", "row_id"], posts))


def tell(*, may_build: bool) -> Iterator[None]:
    """Tell the engine what changed; with `may_build` make its index first when it has none.

    Yields before and after each time it is asked; the caller commits. Raises SearchError.
    """
    engine = get_search()
    if may_build and engine.needs_building():
        for _ in rebuild():
            yield
    oldest = sa.select(SearchChange).order_by(SearchChange.id).limit(TOLD_AT_ONCE)
    while changes := db.session.scalars(oldest).all():
        ids, documents = [change.id for change in changes], _documents(changes)
        yield
        engine.write(documents)
        db.session.execute(sa.delete(SearchChange).where(SearchChange.id.in_(ids)))
        yield


def rebuild() -> Iterator[int]:
    """Make the engine's index anew, beside the one in use. Yields the size of each chunk.

    The caller commits each; people go on writing meanwhile. Raises SearchError.
    """
    with get_search().rebuilding() as write:
        for kind in KINDS:
            last = 0
            while documents := _documents_after(kind, last):
                last = documents[-1].id
                yield len(documents)
                write(documents)


def _documents(changes: Sequence[SearchChange]) -> list[Document]:
    """How the rows are now; those that are not there any more are gone for good."""
    documents: list[Document] = []
    for kind in KINDS:
        ids = {change.row_id for change in changes if change.kind == kind}
        rows, row_id = _states(kind)
        found = [Document(kind, *row) for row in db.session.execute(rows.where(row_id.in_(ids)))]
        gone = ids - {document.id for document in found}
        documents += [*found, *(Document(kind, id_, LAST_VERSION) for id_ in sorted(gone))]
    return documents


def _documents_after(kind: Kind, last: int) -> list[Document]:
    rows, row_id = _states(kind)
    rows = rows.where(row_id > last).order_by(row_id).limit(TOLD_AT_ONCE)
    return [Document(kind, *row) for row in db.session.execute(rows)]


def _states(kind: Kind) -> tuple[sa.Select[int, int, str | None, datetime], Any]:
    """The columns of a document, read at one moment, and the id among them.

    A post is found while its author is here, so its version counts both: of two moments the
    later one has the larger number, or nothing changed between them.
    """
    if kind == "user":
        text = _text(User, User.closed_at)
        return sa.select(User.id, User.search_version, text, User.created_at), User.id
    version = Post.search_version + User.search_version
    text = _text(Post, Post.deleted_at, User.closed_at)
    rows = sa.select(Post.id, version, text, Post.created_at)
    return rows.join(User, User.id == Post.author_id), Post.id


def _text(model: type[Post | User], *ends: Any) -> sa.ColumnElement[str | None]:
    is_here = sa.and_(*(end.is_(None) for end in ends))
    return sa.case((is_here, model.search_text), else_=None)
