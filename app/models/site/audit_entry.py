"""The audit log: who did what with the permissions of staff, or from the command line."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime

REASON_MAX = 2000
TARGET_MAX = 100


class AuditEntry(Model):
    """One privileged act. The database itself refuses to change or delete a row.

    So there is nothing in it that somebody could ask to have erased: ids, which outlive whom they
    belonged to, instead of names, and no foreign keys.
    """

    __table_args__ = (
        sa.Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
        sa.Index("ix_audit_entry_person_id_id", "person_id", "id"),
        sa.Index("ix_audit_entry_action_id", "action", "id"),
        sa.Index("ix_audit_entry_created_at", "created_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # NULL: whoever has a shell on the server.
    actor_id: Mapped[int | None] = mapped_column(Id)
    action: Mapped[str] = mapped_column(sa.String(40))
    # On whom.
    person_id: Mapped[int | None] = mapped_column(Id)
    # What else it was about, such as the name of a role. Never personal data.
    target: Mapped[str] = mapped_column(sa.String(TARGET_MAX), default="")
    rule: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    request_id: Mapped[str | None] = mapped_column(sa.String(64))

    detail: Mapped[AuditDetail | None] = relationship(lazy="raise", viewonly=True)


class AuditDetail(Model):
    """What can be erased of an entry: it goes with either of the two people."""

    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("audit_entry.id"), primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str] = mapped_column(sa.String(REASON_MAX), default="")
    # From which network; emptied after a while.
    network: Mapped[str] = mapped_column(sa.String(64), default="")
