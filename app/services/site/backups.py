"""When the last backup was made: an entry of the audit log, since a backup holds everything."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.models import AuditEntry
from app.services.site import audit
from app.services.site.audit import Actor

ACTION: audit.Action = "make_backup"


def record(by: Actor) -> None:
    """Note that everything was backed up just now."""
    audit.record(ACTION, by)


def last_at() -> datetime | None:
    """When the newest backup was made, as far as the site was told."""
    newest = sa.select(AuditEntry.created_at).where(AuditEntry.action == ACTION)
    return db.session.scalar(newest.order_by(AuditEntry.id.desc()).limit(1))
