"""The rows that a search of the database may find, before anything is sought in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.backends.search.base import Kind, SearchQuery
from app.extensions import db


def table_of(kind: Kind) -> sa.Table:
    # By name, since these modules may not import models, which are on the same layer.
    return db.metadata.tables[kind]


def live(source: sa.FromClause, query: SearchQuery) -> sa.Select[Any]:
    """Ids and texts of the rows of `source` that are not deleted, in the period of the query."""
    rows = sa.select(source.c.id, source.c.search_text).select_from(source)
    if query.kind == "post":
        people = table_of("user")
        # Those are few. To join everybody else takes longer than all the rest.
        ends = (people.c.closed_at, people.c.suspended_until)
        absent = sa.union_all(*(sa.select(people.c.id).where(end.is_not(None)) for end in ends))
        rows = rows.where(source.c.deleted_at.is_(None), source.c.author_id.not_in(absent))
        is_open = sa.and_(source.c.visibility == "public", source.c.hidden_at.is_(None))
        if query.viewer_id is not None:
            is_open = sa.or_(is_open, source.c.author_id == query.viewer_id)
        rows = rows.where(is_open)
    else:
        rows = rows.where(source.c.closed_at.is_(None), source.c.suspended_until.is_(None))
    if query.since is not None:
        rows = rows.where(source.c.created_at >= query.since)
    if query.until is not None:
        rows = rows.where(source.c.created_at < query.until)
    if query.is_hidden is not None:
        person_id = source.c.author_id if query.kind == "post" else source.c.id
        rows = rows.where(~query.is_hidden(person_id))
    return rows
