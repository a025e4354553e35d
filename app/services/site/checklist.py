"""What the owner of a new site still has to do; a step is done once the site shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import current_app

from app.database.upsert import insert
from app.extensions import db
from app.models import SiteSetting
from app.services.site import audit, backups, rules, site_settings
from app.services.site.audit import Actor

# A row beside the settings, which no process reads as one.
DISMISSED = "CHECKLIST_DISMISSED"


@dataclass(frozen=True)
class Step:
    """One step, by its name."""

    name: str
    is_done: bool


def open_steps() -> Sequence[Step]:
    """The steps, also those that are done; none once all are, or the owner wants no more of it."""
    chosen = site_settings.chosen()
    if DISMISSED in chosen:
        return []
    steps = _steps(chosen)
    return [] if all(step.is_done for step in steps) else steps


def _steps(chosen: Collection[str]) -> list[Step]:
    config = current_app.config
    default_name = site_settings.SETTINGS["SITE_NAME"].default
    return [
        Step("name", config["SITE_NAME"] != default_name),
        Step("description", bool(config["SITE_DESCRIPTION"])),
        Step("registration", "REGISTRATION" in chosen or site_settings.is_fixed("REGISTRATION")),
        Step("rules", tuple(rules.applied()) != rules.DEFAULTS),
        Step("mail", config["MAIL_SERVER"] is not None),
        Step("backup", backups.last_at() is not None),
    ]


def dismiss(by: Actor) -> None:
    """Show the list no more."""
    row = insert(SiteSetting).values(name=DISMISSED, value="1").on_conflict_do_nothing()
    if db.session.scalar(row.returning(SiteSetting.name)) is not None:
        audit.record("change_setting", by, target=DISMISSED)
        site_settings.count_change()
