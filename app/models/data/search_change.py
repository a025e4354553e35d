"""What a search engine beside the database still has to be told."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PERMANENT_IDS, Id, Model, one_of


class SearchChange(Model):
    """A post or a person that changed, or is gone. It waits here until the engine knows."""

    __table_args__ = (one_of("kind", ("post", "user")), PERMANENT_IDS)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    # No foreign key: an erased row is just what has to be told.
    row_id: Mapped[int] = mapped_column(Id)
