"""The rules of the site: what they are, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.models import Rule, RuleText
from app.services.site.memory import Memory

# The words of the rules that every site starts with, until the owner writes others.
WORDS = {
    "spam": (
        _l("Advertising or spam"),
        _l("No advertising that nobody asked for, and not the same post again and again."),
    ),
    "hatred": (
        _l("Hatred or threats"),
        _l("No attacks on people for who they are, and no calls for violence."),
    ),
    "privacy": (
        _l("Sharing private information"),
        _l("No addresses, pictures, or private messages of other people without their consent."),
    ),
    "impersonation": (
        _l("Impersonation"),
        _l("Don't pretend to be someone else; parody has to say that it is."),
    ),
}


@dataclass(frozen=True)
class SiteRule:
    """A rule as a reader sees it; a removed one has no number."""

    id: int
    number: int | None
    title: str
    text: str


@dataclass(frozen=True)
class Entry:
    """A rule in every language in which the owner wrote it."""

    id: int
    key: str | None
    is_removed: bool
    texts: Mapping[str, tuple[str, str]]

    def words(self, locale: str) -> tuple[str, str]:
        """Its title and text for a reader of `locale`."""
        for language in (locale, current_app.config["DEFAULT_LANGUAGE"], *self.texts):
            if language in self.texts:
                return self.texts[language]
        if self.key not in WORDS:
            return "", ""
        with force_locale(locale):
            title, text = WORDS[self.key]
            return str(title), str(text)


def current(locale: str) -> list[SiteRule]:
    """The rules that apply, for a reader of the language `locale`."""
    entries = [entry for entry in _memory.get() if not entry.is_removed]
    return [
        SiteRule(entry.id, number, *entry.words(locale))
        for number, entry in enumerate(entries, start=1)
    ]


def named(rule_id: int, locale: str) -> SiteRule | None:
    """The rule with this id, also a removed one; None if there never was one."""
    applied = next((rule for rule in current(locale) if rule.id == rule_id), None)
    if applied is not None:
        return applied
    found = (entry for entry in _memory.get() if entry.id == rule_id)
    return next((SiteRule(entry.id, None, *entry.words(locale)) for entry in found), None)


def entries() -> tuple[Entry, ...]:
    """All rules as the database has them now, in their order."""
    columns = (RuleText.language, RuleText.title, RuleText.text)
    rows = sa.select(Rule.id, Rule.key, Rule.removed_at, *columns)
    rows = rows.outerjoin(RuleText, RuleText.rule_id == Rule.id)
    found = db.session.execute(rows.order_by(Rule.position, Rule.id, RuleText.language))
    return tuple(_entry(*of_rule) for _, of_rule in groupby(found, lambda row: row.id))


def _entry(*rows: Any) -> Entry:
    texts = {row.language: (row.title, row.text) for row in rows if row.language}
    return Entry(rows[0].id, rows[0].key, rows[0].removed_at is not None, texts)


_memory = Memory("rules", entries)
