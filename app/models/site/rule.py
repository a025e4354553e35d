"""The rules of the site, which reports and decisions name."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, length_check, stored_length

TITLE_MAX = 80
TEXT_MAX = 500
KEY_MAX = 20
# Of the rules that every database has, made by a migration, in the order of their ids from 1.
DEFAULT_KEYS = ("spam", "hatred", "privacy", "impersonation")


class Rule(Model):
    """One rule. A removed one keeps its row, for whoever named it before."""

    __table_args__ = (PERMANENT_IDS,)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    position: Mapped[int]
    # Of the rules that every site starts with: which words it has until the owner writes others.
    key: Mapped[str | None] = mapped_column(sa.String(KEY_MAX), unique=True)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RuleText(Model):
    """A rule in one language, as the owner wrote it."""

    __table_args__ = (
        length_check("title", stored_length(TITLE_MAX), 1),
        length_check("text", stored_length(TEXT_MAX)),
    )

    rule_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("rule.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(stored_length(TITLE_MAX)))
    text: Mapped[str] = mapped_column(sa.String(stored_length(TEXT_MAX)), default="")
