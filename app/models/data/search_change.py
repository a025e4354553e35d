"""Changes that wait to be synced with an external search engine."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PERMANENT_IDS, Id, Model, one_of


class SearchChange(Model):
    """A post or user that changed or was erased, queued until the engine has the change."""

    __table_args__ = (one_of("kind", ("post", "user")), PERMANENT_IDS)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    # No foreign key: erased rows must be synced too.
    row_id: Mapped[int] = mapped_column(Id)
