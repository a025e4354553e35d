"""The rules of the site: what they are, in the reader's language, and changing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import length, one_line
from app.models import Rule, RuleText
from app.models.site.rule import DEFAULT_KEYS, TEXT_MAX, TITLE_MAX
from app.services.errors import (
    RuleTitleError,
    TextTooLongError,
    TooManyRulesError,
    UnknownRuleError,
)
from app.services.site import audit, site_settings
from app.services.site.audit import Actor
from app.services.site.memory import Memory, reading_order

# More, and nobody reads them.
RULES_MAX = 30
Words = tuple[str, str]
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
    texts: Mapping[str, Words]

    def words(self, locale: str) -> Words:
        """Its title and text for a reader of `locale`."""
        for language in reading_order(locale, self.texts):
            return self.texts[language]
        return self.default_words(locale)

    def default_words(self, locale: str) -> Words:
        """What it says until the owner writes it; empty if every site has not got this rule."""
        if self.key not in WORDS:
            return "", ""
        with force_locale(locale):
            title, text = WORDS[self.key]
            return str(title), str(text)


def current(locale: str) -> list[SiteRule]:
    """The rules that apply, for a reader of the language `locale`."""
    return [
        SiteRule(entry.id, number, *entry.words(locale))
        for number, entry in enumerate(applied(), start=1)
    ]


def applied() -> list[Entry]:
    """The rules that apply, in every language."""
    return [entry for entry in _memory.get() if not entry.is_removed]


def named(rule_id: int, locale: str) -> SiteRule | None:
    """The rule with this id, also a removed one; None if there never was one."""
    rule = next((rule for rule in current(locale) if rule.id == rule_id), None)
    if rule is not None:
        return rule
    found = (entry for entry in _memory.get() if entry.id == rule_id)
    return next((SiteRule(entry.id, None, *entry.words(locale)) for entry in found), None)


def titles(rule_ids: Iterable[int | None], locale: str) -> dict[int, str]:
    """The titles of these rules by their ids, also of removed ones, for a reader of `locale`."""
    found = (named(rule_id, locale) for rule_id in set(rule_ids) if rule_id is not None)
    return {rule.id: rule.title for rule in found if rule is not None}


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


def add(texts: Mapping[str, Words], by: Actor) -> int:
    """Add a rule behind the others, with its title and text by language. Returns its id.

    Raises RuleTitleError, TextTooLongError or TooManyRulesError.
    """
    written = {language: words for language, words in _checked(texts).items() if words[0]}
    if not written:
        raise RuleTitleError
    rows = _locked()
    if sum(row.removed_at is None for row in rows) >= RULES_MAX:
        raise TooManyRulesError
    rule = Rule(position=max((row.position for row in rows), default=0) + 1)
    db.session.add(rule)
    db.session.flush()
    _write(rule.id, written)
    _record("add_rule", by, rule.id)
    return rule.id


def edit(rule_id: int, texts: Mapping[str, Words], by: Actor) -> bool:
    """Change what a rule says in these languages; empty words take a language away.

    Returns whether anything changed. Raises UnknownRuleError, RuleTitleError or TextTooLongError.
    """
    new = _checked(texts)
    rule = _of(_locked(), rule_id)
    before = next(entry.texts for entry in entries() if entry.id == rule_id)
    changed = {code: words for code, words in new.items() if words != before.get(code, ("", ""))}
    remaining = {code for code, words in {**before, **new}.items() if words[0]}
    if not remaining and rule.key is None:
        raise RuleTitleError
    if changed:
        _write(rule_id, changed)
        _record("edit_rule", by, rule_id)
    return bool(changed)


def move(rule_id: int, places: int, by: Actor) -> None:
    """Move a rule that applies by so many places, down if positive. Raises UnknownRuleError."""
    rows = _locked()
    current_rows = [row for row in rows if row.removed_at is None]
    rule = _of(current_rows, rule_id)
    place = current_rows.index(rule)
    target = min(max(place + places, 0), len(current_rows) - 1)
    if target == place:
        return
    current_rows.insert(target, current_rows.pop(place))
    # The removed ones keep their places for when they come back.
    order = iter(current_rows)
    new = [row if row.removed_at else next(order) for row in rows]
    for position, row in enumerate(new, start=1):
        row.position = position
    _record("move_rule", by, rule_id)


def remove(rule_id: int, by: Actor) -> None:
    """Take a rule away; it can be brought back. Raises UnknownRuleError."""
    rule = _of(_locked(), rule_id)
    if rule.removed_at is None:
        rule.removed_at = utcnow()
        _record("remove_rule", by, rule_id)


def restore(rule_id: int, by: Actor) -> None:
    """Bring a removed rule back to its place. Raises UnknownRuleError or TooManyRulesError."""
    rows = _locked()
    rule = _of(rows, rule_id)
    if rule.removed_at is None:
        return
    if sum(row.removed_at is None for row in rows) >= RULES_MAX:
        raise TooManyRulesError
    rule.removed_at = None
    _record("restore_rule", by, rule_id)


def _locked() -> Sequence[Rule]:
    """All rules in their order; nobody else changes them until the transaction ends."""
    # Always in one order, to avoid deadlocks.
    ids = sa.select(Rule.id).order_by(Rule.id).with_for_update()
    db.session.execute(ids)
    rows = sa.select(Rule).order_by(Rule.position, Rule.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def _of(rows: Sequence[Rule], rule_id: int) -> Rule:
    for row in rows:
        if row.id == rule_id:
            return row
    raise UnknownRuleError


def _checked(texts: Mapping[str, Words]) -> dict[str, Words]:
    checked = {code: (one_line(title), one_line(text)) for code, (title, text) in texts.items()}
    for title, text in checked.values():
        if text and not title:
            raise RuleTitleError
        if length(title) > TITLE_MAX or length(text) > TEXT_MAX:
            raise TextTooLongError(TITLE_MAX if length(title) > TITLE_MAX else TEXT_MAX)
    return checked


def _write(rule_id: int, texts: Mapping[str, Words]) -> None:
    for language, (title, text) in texts.items():
        place = (RuleText.rule_id == rule_id, RuleText.language == language)
        db.session.execute(sa.delete(RuleText).where(*place))
        if title:
            row = RuleText(rule_id=rule_id, language=language, title=title, text=text)
            db.session.add(row)
    db.session.flush()


def _record(action: audit.Action, by: Actor, rule_id: int) -> None:
    db.session.flush()
    audit.record(action, by, target=f"#{rule_id}")
    site_settings.count_change()


DEFAULTS = tuple(Entry(id_, key, False, {}) for id_, key in enumerate(DEFAULT_KEYS, start=1))
_memory = Memory("rules", entries, DEFAULTS)
