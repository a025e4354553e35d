"""The one-time code with which the first administrator makes their account."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Id, Model, UTCDateTime


class SetupCode(Model):
    """The only one; only its hash is stored. A new one takes its place."""

    __table_args__ = (sa.CheckConstraint("id = 1", "only_one"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=1)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
