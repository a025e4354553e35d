"""Roles: what their people may do, and whom they rank above."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.base import PERMANENT_IDS, Id, Model, length_check

Permission = Literal[
    "write",
    "message",
    "invite",
    "report",
    "hide_posts",
    "silence",
    "suspend",
    "see_addresses",
    "manage_people",
    "manage_roles",
    "manage_site",
    "see_audit_log",
    "see_jobs",
]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
# What members may have. Whoever holds more than these is staff, whatever their role is called.
MEMBER_PERMISSIONS = frozenset(PERMISSIONS[:4])
EVERY_PERMISSION = frozenset(PERMISSIONS)
# Whoever holds one of these reads reports.
MODERATOR_PERMISSIONS: tuple[Permission, ...] = ("hide_posts", "silence", "suspend")

# Every database has these, made by a migration.
MEMBER_ID, MODERATOR_ID, ADMINISTRATOR_ID = 1, 2, 3
# Above every other role; nobody reaches it but administrators.
RANK_MAX = 100
ROLE_NAME_MAX = 30


class Role(Model):
    """What the people who have it may do. Administrators may do everything, later acts too."""

    __table_args__ = (
        length_check("name", ROLE_NAME_MAX, 1),
        sa.CheckConstraint(f"rank BETWEEN 0 AND {RANK_MAX}", "rank_range"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(ROLE_NAME_MAX))
    # Unique regardless of case.
    name_key: Mapped[str] = mapped_column(sa.String(ROLE_NAME_MAX), unique=True)
    # Their names, in the order of PERMISSIONS; an administrator's are in no row.
    permission_names: Mapped[str] = mapped_column("permissions", sa.String(300), default="")
    rank: Mapped[int] = mapped_column(default=0)
    is_builtin: Mapped[bool] = mapped_column(default=False)

    @validates("name")
    def _fold_name(self, _: str, name: str) -> str:
        self.name_key = name.lower()
        return name

    @property
    def permissions(self) -> frozenset[str]:
        """What its people may do."""
        if self.id == ADMINISTRATOR_ID:
            return EVERY_PERMISSION
        return _named(self.permission_names)

    @property
    def is_staff(self) -> bool:
        return not self.permissions <= MEMBER_PERMISSIONS


# Each request reads them from the row.
@lru_cache
def _named(names: str) -> frozenset[str]:
    # A later version may have known others.
    return EVERY_PERMISSION & frozenset(names.split())
