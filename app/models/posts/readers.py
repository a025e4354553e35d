"""Who may read a post: conditions of the statements that choose ids, row by row along an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.database.conditions import Condition
from app.models.base import id_value
from app.models.community.block import BLOCKS_EITHER_WAY, Block

if TYPE_CHECKING:
    from app.models.accounts.user import User
    from app.models.posts.post import Post


def open_clause(post: type[Post] | sa.FromClause, viewer: User | None) -> sa.ColumnElement[bool]:
    """The condition that a post is for `viewer`, were it neither deleted nor hidden."""
    columns: Any = post.c if isinstance(post, sa.FromClause) else post
    is_open: sa.ColumnElement[bool] = columns.visibility != sa.literal_column("'followers'")
    if viewer is not None:
        names = ("author_id", "reply_to_author_id", "audience_id", "id")
        is_among = _IsAmongReaders(*(getattr(columns, name) for name in names), id_value(viewer.id))
        # Apart, since SQLite evaluates all of a condition, and nearly every post is for everybody.
        is_open = sa.or_(is_open, is_among)
    return is_open


def visibility_clause(
    post: type[Post] | sa.FromClause, viewer: User | None, *, with_reposts: bool = False
) -> sa.ColumnElement[bool]:
    """`Post.visibility_clause` for an alias of `Post`, or for its table.

    `with_reposts`: for homes and profiles, which then ask whether `viewer` may read the originals.
    """
    columns: Any = post.c if isinstance(post, sa.FromClause) else post
    is_hidden = columns.hidden_at.is_not(None)
    if viewer is not None:
        is_hidden = sa.and_(is_hidden, columns.author_id != viewer.id)
    is_said = sa.true() if with_reposts else columns.repost_of_id.is_(None)
    return sa.and_(columns.deleted_at.is_(None), is_said, ~is_hidden, open_clause(post, viewer))


def readable_clause(
    post: type[Post] | sa.FromClause, viewer: User | None, *, with_reposts: bool = False
) -> sa.ColumnElement[bool]:
    """The whole condition under which `viewer` may read a post, with that on its author.

    For statements that choose ids row by row along an index.
    """
    columns: Any = post.c if isinstance(post, sa.FromClause) else post
    is_open = visibility_clause(post, viewer, with_reposts=with_reposts)
    if viewer is None:
        return sa.and_(is_open, ~_IsAuthorHidden(columns.author_id))
    is_hidden = _IsAuthorHiddenFrom(columns.author_id, id_value(viewer.id))
    return sa.and_(is_open, ~is_hidden, ~Block.stands_between(viewer, columns.author_id))


class _IsAmongReaders(Condition):
    """A post for followers is for a member too, by their id.

    For its author, whom it answers, whose followers it is for and these, and those it mentions.
    """

    inherit_cache = True
    sql = (
        "{0} = {4} OR {1} = {4} OR {2} = {4} "
        "OR coalesce((SELECT 1 FROM follow WHERE follower_id = {4} AND followed_id = {2}), 0) = 1 "
        "OR coalesce((SELECT 1 FROM mention WHERE user_id = {4} AND post_id = {3} LIMIT 1), 0) = 1"
    )


# As with blocks: compared with a number, since PostgreSQL expects nearly every row to differ from
# one. With EXISTS it may read everybody.
class _IsAuthorHidden(Condition):
    """An author, by their id, is closed, suspended or silenced."""

    inherit_cache = True
    sql = (
        'coalesce((SELECT 1 FROM "user" WHERE "user".id = {0} AND (closed_at IS NOT NULL '
        "OR suspended_until IS NOT NULL OR silenced_until IS NOT NULL)), 0) = 1"
    )


class _IsAuthorHiddenFrom(Condition):
    """The same for a member, by the ids of both: followers still see whoever is silenced."""

    inherit_cache = True
    sql = (
        'coalesce((SELECT 1 FROM "user" WHERE "user".id = {0} AND (closed_at IS NOT NULL '
        'OR suspended_until IS NOT NULL OR (silenced_until IS NOT NULL AND "user".id <> {1} '
        "AND coalesce((SELECT 1 FROM follow WHERE follower_id = {1} AND followed_id = {0}), 0) = 0"
        "))), 0) = 1"
    )


class IsReposted(Condition):
    """A member, by their id, has reposted the post with this one."""

    inherit_cache = True
    sql = (
        "coalesce((SELECT 1 FROM post AS own "
        "WHERE own.repost_of_id = {1} AND own.author_id = {0}), 0) = 1"
    )


class NameShown(FunctionElement[str]):
    """The username of a person, by their id, for the viewer by theirs; NULL where none is shown."""

    type = sa.String()
    inherit_cache = True


@compiles(NameShown)
def _name_shown(element: NameShown, compiler: SQLCompiler, **options: Any) -> str:
    person, *viewer = (compiler.process(part, **options) for part in element.clauses)
    hidden = [f" AND NOT ({BLOCKS_EITHER_WAY.format(person, one)})" for one in viewer]
    is_present = "closed_at IS NULL AND suspended_until IS NULL"
    where = f'"user".id = {person} AND {is_present}{"".join(hidden)}'
    return f'(SELECT username FROM "user" WHERE {where})'  # noqa: S608 (rendered by SQLAlchemy)
