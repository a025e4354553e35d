"""Settings that change while the site runs: read, change, and bring each process up to date.

Their values are part of the configuration, where everything reads them. The environment decides
first: what it sets cannot be changed here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import sqlalchemy as sa
from flask import current_app

import config
from app.database.upsert import insert
from app.extensions import db
from app.lib import accents
from app.lib.text import length, one_line
from app.models import Rule, SitePage, SiteSetting, SiteVersion
from app.models.site.site_setting import ONLY_ROW
from app.services.errors import FixedSettingError, SettingValueError, UnknownSettingError
from app.services.site import audit
from app.services.site.audit import Actor

# What may be changed, and how long it may be. Type and default are those in config.py; never a
# secret, since these are shown.
LENGTHS = {
    "SITE_NAME": 60,
    "SITE_DESCRIPTION": 300,
    "SITE_CONTACT": 200,
    "DEFAULT_LANGUAGE": 5,
    "ACCENT_COLOR": 7,
    "REGISTRATION": 16,
    "JOIN_QUESTION": 200,
    "JOIN_ANSWERS": 500,
    "MODERATION_LOG": 8,
    "POST_MAX_LENGTH": 5,
    "POSTS_PER_PAGE": 3,
}
# What people write themselves; of the others the audit log keeps the new value.
WRITTEN = {"SITE_NAME", "SITE_DESCRIPTION", "SITE_CONTACT", "JOIN_QUESTION", "JOIN_ANSWERS"}
SETTINGS = {setting.name: setting for setting in config.SETTINGS if setting.name in LENGTHS}
# Where the configuration says which version of the settings it has.
KNOWN = "SITE_SETTINGS_VERSION"
# And the names of those that have a row, and which links to texts of the owner's every page has.
CHOSEN, HAS_RULES, HAS_TERMS = "SITE_SETTINGS_CHOSEN", "SITE_HAS_RULES", "SITE_HAS_TERMS"
BEFORE_ANY_CHANGE = {KNOWN: 0, CHOSEN: frozenset[str](), HAS_RULES: True, HAS_TERMS: False}

log = logging.getLogger(__name__)
_applying = Lock()


@dataclass(frozen=True)
class Shown:
    """A setting with its value, and where that comes from: environment, site or default."""

    name: str
    value: str
    source: str

    @property
    def is_fixed(self) -> bool:
        return self.source == "environment"


def shown() -> list[Shown]:
    """All settings that may be changed here, with the values that are in force."""
    stored = {row.name: row.value for row in db.session.scalars(sa.select(SiteSetting))}
    return [_shown(name, stored) for name in SETTINGS]


def _shown(name: str, stored: dict[str, str]) -> Shown:
    if is_fixed(name):
        return Shown(name, str(current_app.config[name]), "environment")
    if name in stored:
        return Shown(name, stored[name], "site")
    return Shown(name, SETTINGS[name].default, "default")


def chosen() -> frozenset[str]:
    """The names of what was changed here, as this process knows them."""
    names: frozenset[str] = current_app.config[CHOSEN]
    return names


def is_fixed(name: str) -> bool:
    """Whether the environment sets it."""
    return name in current_app.config["SET_BY_ENVIRONMENT"]


def change(texts: Mapping[str, str], by: Actor) -> list[str]:
    """Set each by its name to its text. Returns the names of those that differ from before.

    Raises UnknownSettingError, FixedSettingError or SettingValueError.
    """
    before = {one.name: one.value for one in shown()}
    changed = []
    for name, raw in texts.items():
        text = _checked(name, raw)
        if text == before[name]:
            continue
        row = insert(SiteSetting).values(name=name, value=text)
        key, values = [SiteSetting.name], {"value": text}
        db.session.execute(row.on_conflict_do_update(index_elements=key, set_=values))
        audit.record("change_setting", by, target=_recorded(name, text))
        changed.append(name)
    if changed:
        count_change()
    return changed


def unset(name: str, by: Actor) -> None:
    """Go back to the default. Raises UnknownSettingError or FixedSettingError."""
    _require_free(name)
    db.session.execute(sa.delete(SiteSetting).where(SiteSetting.name == name))
    audit.record("change_setting", by, target=_recorded(name, SETTINGS[name].default))
    count_change()


def _recorded(name: str, text: str) -> str:
    """What the audit log keeps for ever: also the new value, unless it is a text."""
    return name if name in WRITTEN else f"{name}={text}"


def _checked(name: str, text: str) -> str:
    """The text as it is stored, which config.py can read."""
    _require_free(name)
    text = one_line(text)
    if length(text) > LENGTHS[name]:
        raise SettingValueError(name, f"at most {LENGTHS[name]} characters")
    # An empty one in the environment means the default, too.
    text = text or SETTINGS[name].default
    try:
        SETTINGS[name].parse(text)
    except ValueError as error:
        raise SettingValueError(name, str(error)) from None
    if name == "ACCENT_COLOR" and accents.nearest(text) != text.lower():
        needed = f"a color with a contrast of {accents.CONTRAST_MIN} to the page"
        raise SettingValueError(name, f"{needed}, such as {accents.nearest(text)}")
    return text


def _require_free(name: str) -> None:
    if name not in SETTINGS:
        raise UnknownSettingError
    if is_fixed(name):
        raise FixedSettingError(name)


def count_change() -> None:
    """Tell all processes, once this is committed."""
    row = insert(SiteVersion).values(id=ONLY_ROW, number=1)
    values = {"number": SiteVersion.number + 1}
    db.session.execute(row.on_conflict_do_update(index_elements=[SiteVersion.id], set_=values))


def version() -> int:
    """How often the settings have changed."""
    found = sa.select(SiteVersion.number).where(SiteVersion.id == ONLY_ROW)
    return db.session.scalar(found) or 0


def refresh(seen: int | None) -> None:
    """Read the settings if this process has older ones than `seen`, a version (None: no change)."""
    if (seen or 0) > current_app.config.get(KNOWN, 0):
        _apply()


def refresh_now() -> None:
    """Read the settings if they have changed: for what must not act by older ones."""
    refresh(version())


def _apply() -> None:
    has_rules = sa.exists().where(Rule.removed_at.is_(None)).label("has_rules")
    has_terms = sa.exists().where(SitePage.name == "terms").label("has_terms")
    columns = (SiteSetting.name, SiteSetting.value, SiteVersion.number, has_rules, has_terms)
    rows = sa.select(*columns).select_from(SiteVersion).outerjoin(SiteSetting, sa.true())
    found = db.session.execute(rows.where(SiteVersion.id == ONLY_ROW)).all()
    if not found:
        return
    number, has_rules, has_terms = found[0].number, found[0].has_rules, found[0].has_terms
    stored = {row.name: row.value for row in found if row.name is not None}
    known = {KNOWN: number, CHOSEN: frozenset(stored), HAS_RULES: has_rules, HAS_TERMS: has_terms}
    # A thread that began earlier must not bring back what it has read before the last change.
    with _applying:
        if number > current_app.config.get(KNOWN, 0):
            current_app.config.update(_values(stored), **known)


def _values(stored: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        if is_fixed(name):
            continue
        try:
            values[name] = setting.parse(stored.get(name, setting.default))
        except ValueError:
            # Of another version of the program: what is in force stays, but nobody joins.
            log.warning("the stored value of %s cannot be read", name)
            if name == "REGISTRATION":
                values[name] = "closed"
    return values
