"""What was counted of one day: how many people were active, how many posts there were."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model

KIND_MAX = 32


class DailyFigure(Model):
    """One figure of one day in UTC. Nobody can be recognized in it."""

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    # Known to services/site/figures.py; a later version may know more.
    kind: Mapped[str] = mapped_column(sa.String(KIND_MAX), primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)
