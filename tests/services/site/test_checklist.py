"""What the owner of a new site still has to do."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app import db
from app.models import AuditEntry
from app.services.site import backups, checklist, rules, site_settings
from app.services.site.audit import COMMAND_LINE


def left() -> list[str]:
    site_settings.refresh_now()
    return [step.name for step in checklist.open_steps() if not step.is_done]


def test_each_step_is_done_once_the_site_shows_it(app: Flask) -> None:
    assert left() == ["name", "description", "registration", "rules", "mail", "backup"]
    texts = {"SITE_NAME": "Riverside", "SITE_DESCRIPTION": "Along the river."}
    site_settings.change(texts | {"REGISTRATION": "approval"}, COMMAND_LINE)
    rules.edit(1, {"en": ("No ads", "")}, COMMAND_LINE)
    assert left() == ["mail", "backup"]
    app.config["MAIL_SERVER"] = "smtp.example.org"
    assert left() == ["backup"]
    db.session.add(AuditEntry(action=backups.ACTION))
    db.session.flush()
    assert checklist.open_steps() == []


def test_what_the_environment_sets_is_done(app: Flask) -> None:
    app.config["SET_BY_ENVIRONMENT"] = frozenset({"REGISTRATION"})
    assert "registration" not in left()


def test_a_dismissed_list_stays_away(app: Flask) -> None:
    checklist.dismiss(COMMAND_LINE)
    checklist.dismiss(COMMAND_LINE)
    assert left() == []
    (entry,) = db.session.scalars(sa.select(AuditEntry))
    assert (entry.action, entry.target) == ("change_setting", "CHECKLIST_DISMISSED")
    # It is no setting.
    assert checklist.DISMISSED not in [one.name for one in site_settings.shown()]
