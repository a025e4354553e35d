"""The rules of the site in the reader's language, also those that were removed."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import Rule, RuleText
from app.services.site import rules, site_settings
from tests.support.pages import counted_statements


def write(rule_id: int, language: str, title: str) -> None:
    db.session.add(RuleText(rule_id=rule_id, language=language, title=title, text=f"{title}!"))
    db.session.commit()


def remove(rule_id: int) -> None:
    db.session.execute(sa.update(Rule).where(Rule.id == rule_id).values(removed_at=utcnow()))
    db.session.commit()


def titles(locale: str) -> list[str]:
    return [rule.title for rule in rules.current(locale)]


def test_every_site_starts_with_four_rules_in_the_readers_language(app: Flask) -> None:
    assert [rule.number for rule in rules.current("en")] == [1, 2, 3, 4]
    assert titles("en")[0] == "Advertising or spam"
    assert titles("es")[0] == "Publicidad o spam"
    assert titles("zh")[3] == "冒充他人"
    assert all(rule.text for rule in rules.current("zh"))


def test_the_owners_words_are_read_in_the_readers_language_or_the_sites_or_any(app: Flask) -> None:
    write(1, "zh", "不要广告")
    assert titles("en")[0] == "不要广告"
    write(1, "es", "Sin anuncios")
    app.config["DEFAULT_LANGUAGE"] = "zh"
    app.extensions["site_memory"].clear()
    assert titles("es")[0] == "Sin anuncios"
    assert titles("en")[0] == "不要广告"
    assert titles("en")[1] == "Hatred or threats"


def test_a_removed_rule_has_no_number_and_can_still_be_named(app: Flask) -> None:
    remove(2)
    assert [rule.id for rule in rules.current("en")] == [1, 3, 4]
    assert [rule.number for rule in rules.current("en")] == [1, 2, 3]
    third, removed = rules.named(3, "en"), rules.named(2, "en")
    assert third and third.number == 2
    assert removed and (removed.number, removed.title) == (None, "Hatred or threats")
    assert rules.named(99, "en") is None


def test_rules_are_remembered_until_the_sites_version_changes(app: Flask) -> None:
    rules.current("en")
    with counted_statements() as statements:
        rules.current("es")
    assert not statements
    remove(4)
    assert len(rules.current("en")) == 4
    site_settings.count_change()
    db.session.commit()
    site_settings.refresh_now()
    assert len(rules.current("en")) == 3
