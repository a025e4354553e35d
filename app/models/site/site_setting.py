"""Settings that were changed while the site runs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Id, Model, length_check

NAME_MAX = 64
# More than any setting may have.
VALUE_MAX = 10_000
ONLY_ROW = 1


class SiteSetting(Model):
    """One setting, as the text that an environment variable of the same name would have."""

    __table_args__ = (length_check("value", VALUE_MAX),)

    name: Mapped[str] = mapped_column(sa.String(NAME_MAX), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)


class SiteVersion(Model):
    """How often the settings have changed: one row, which tells each process to read them again."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(sa.BigInteger)

    @classmethod
    def current(cls) -> sa.ScalarSelect[int]:
        """The number, as a part of another statement; NULL before the first change."""
        return sa.select(cls.number).where(cls.id == ONLY_ROW).scalar_subquery()
