"""When the last backup was made."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from app.lib.dates import utcnow
from app.models import User
from app.services.site import audit, backups
from app.services.site.audit import COMMAND_LINE


def test_the_newest_backup_counts(app, ana: User):
    assert backups.last_at() is None
    audit.record("verify_address", COMMAND_LINE, person=ana)
    for days in (9, 3):
        with time_machine.travel(utcnow() - timedelta(days=days), tick=False):
            backups.record(COMMAND_LINE)
            at = utcnow()
    assert backups.last_at() == at
