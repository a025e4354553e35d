"""Upserts: INSERT … ON CONFLICT, which SQLAlchemy has once per dialect."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db


def insert(target: type[Any] | sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into a model or table that has `on_conflict_do_nothing` and `…_do_update`."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    return sqlite.insert(target) if is_sqlite else postgresql.insert(target)
