"""Hints of indexes: SQLite follows them, or says that it cannot; PostgreSQL never sees them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app import db
from app.database.index_hints import indexed_by
from app.models import Post


def test_a_hint_is_part_of_statements_for_sqlite_alone(app):
    rows = indexed_by(sa.select(Post.id).where(Post.author_id == 1), Post, "ix_post_author_id_id")
    is_sqlite = db.engine.dialect.name == "sqlite"
    sql = str(rows.compile(db.engine))
    assert ("FROM post INDEXED BY ix_post_author_id_id" in sql) is is_sqlite
    assert db.session.scalars(rows).all() == []


def test_an_index_that_cannot_serve_is_an_error_and_not_a_slow_page(app):
    rows = indexed_by(sa.select(Post.id).where(Post.author_id == 1), Post, "ix_post_pinned")
    if db.engine.dialect.name == "sqlite":
        with pytest.raises(OperationalError, match="no query solution"):
            db.session.scalars(rows)
    else:
        assert db.session.scalars(rows).all() == []
