"""Mentions: a name in a post stands for one person for ever, whoever has that name later.

The HTML of a post links to the current name of that person; it changes when they rename themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Block, FormerUsername, Mention, Post, PostRevision, User

_VERSIONS = ((Post, Post.id), (PostRevision, PostRevision.post_id))


@dataclass(frozen=True)
class Mentioned:
    """Who is meant by a name."""

    user_id: int
    username: str


def find(names: Collection[str], author_id: int, post: Post | None = None) -> dict[str, Mentioned]:
    """Return who is meant by `names` (lowercase): those with that name now, or until lately.

    A name that `post` mentioned before still means the same person, or nobody. Of somebody between
    whom and the author a block stands it means nobody.
    """
    if not names:
        return {}
    current, former, earlier = User.username_key, FormerUsername.username_key, Mention.name
    # By what everybody may know, since everybody reads the same HTML.
    is_visible = sa.and_(User.visibility_clause(None), ~Block.between_ids(author_id, User.id))
    by_current = _people(current, rank=1).where(current.in_(names), is_visible)
    by_former = _people(former, rank=0).where(
        FormerUsername.user_id == User.id,
        former.in_(names),
        FormerUsername.released_at > utcnow(),
        is_visible,
    )
    # Also of those who left, whose names stand for nobody else.
    meant = sa.and_(User.id == Mention.user_id, is_visible)
    by_post = sa.select(earlier, User.id, User.username, sa.literal(2).label("rank"))
    by_post = by_post.select_from(Mention).outerjoin(User, meant)
    by_post = by_post.where(Mention.post_id == (post.id if post else None), earlier.in_(names))
    rows = db.session.execute(sa.union_all(by_current, by_former, by_post)).all()
    # The highest rank comes last.
    found = {row[0]: (row[1], row[2]) for row in sorted(rows, key=lambda row: int(row[3]))}
    return {name: Mentioned(*who) for name, who in found.items() if who[0] is not None}


def usernames(found: Mapping[str, Mentioned]) -> dict[str, str]:
    """Return the current username by each name, as it is linked."""
    return {name: who.username for name, who in found.items()}


def save(people: Iterable[tuple[int, str, int]]) -> None:
    """Remember who is meant: the post, the name and the user."""
    rows = [dict(zip(("post_id", "name", "user_id"), one, strict=True)) for one in people]
    if rows:
        db.session.execute(insert(Mention).on_conflict_do_nothing(), rows)


def rename(user: User, old: str) -> None:
    """Link the mentions of `user`, who was called `old`, to their current username.

    In posts of people whom a block hides from them, and who must not learn it, the old one is no
    link anymore.
    """
    ids = sa.select(Mention.post_id).where(Mention.user_id == user.id)
    hidden = ids.join(Post, Post.id == Mention.post_id)
    hidden = hidden.where(Block.stands_between(user, Post.author_id))
    unlink(old, db.session.scalars(hidden).all())
    for version, post_id in _VERSIONS:
        html = sa.func.replace(version.html, _link(old), _link(user.username))
        change = sa.update(version).where(post_id.in_(ids)).values(html=html)
        db.session.execute(change.execution_options(synchronize_session=False))


def ids_mentioning(person: sa.ColumnElement[bool]) -> dict[str, list[int]]:
    """Return the posts that mention somebody for whom `person` is true, by username."""
    rows = sa.select(User.username, Mention.post_id).join(Mention, Mention.user_id == User.id)
    ids: dict[str, list[int]] = {}
    for username, post_id in db.session.execute(rows.where(person).distinct()):
        ids.setdefault(username, []).append(post_id)
    return ids


def unlink(username: str, post_ids: Collection[int]) -> None:
    """Turn the links to an erased user into plain names."""
    link = re.compile(rf"{re.escape(_link(username))}(.*?)</a>")
    for version, post_id in _VERSIONS:
        rows = sa.select(version.id, version.html).where(post_id.in_(post_ids))
        changed = [
            {"row_id": row_id, "words": link.sub(r"\1", html)}
            for row_id, html in db.session.execute(rows)
        ]
        table = db.metadata.tables[version.__tablename__]
        change = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
        if changed:
            db.session.connection().execute(change.values(html=sa.bindparam("words")), changed)


def _people(name: InstrumentedAttribute[str], rank: int) -> sa.Select[str, int, str, int]:
    return sa.select(name, User.id, User.username, sa.literal(rank).label("rank"))


def _link(username: str) -> str:
    return f'<a class="mention" href="/user/{username}">'
