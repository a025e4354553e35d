"""Bulk inserts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.models import Conversation, Message, Notification, Post, User

Row = dict[str, Any]


def insert_rows(
    model: type[Conversation | Message | Notification | Post | User], rows: Sequence[Row]
) -> list[int]:
    """Insert `rows`. Returns their ids in the same order."""
    insert = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(db.session.scalars(insert, rows))
