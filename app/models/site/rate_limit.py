"""Rate limit counters, shared by all processes and persistent across restarts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class RateLimit(Model):
    """The hits under `key` since its window began; times are Unix seconds."""

    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[float] = mapped_column(sa.Float, index=True)
