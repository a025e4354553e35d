"""Pages about the site that its owner writes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.dates import utcnow
from app.models.base import Model, UTCDateTime, length_check, stored_length

PAGE_NAMES = ("about", "privacy", "terms")
# In Chinese just what a form may send.
BODY_MAX = 20_000


class SitePage(Model):
    """One page in one language, in Markdown."""

    __table_args__ = (length_check("body", stored_length(BODY_MAX), 1),)

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
