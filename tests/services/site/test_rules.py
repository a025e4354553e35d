"""The rules of the site in the reader's language, also those that were removed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.models import AuditEntry
from app.services.errors import (
    RuleTitleError,
    TextTooLongError,
    TooManyRulesError,
    UnknownRuleError,
)
from app.services.site import rules, site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support.pages import counted_statements


def write(rule_id: int, language: str, title: str) -> None:
    rules.edit(rule_id, {language: (title, f"{title}!")}, COMMAND_LINE)
    commit()


def commit() -> None:
    db.session.commit()
    site_settings.refresh_now()


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
    assert titles("es")[0] == "Sin anuncios"
    assert titles("en")[0] == "不要广告"
    assert titles("en")[1] == "Hatred or threats"


def test_a_removed_rule_has_no_number_and_can_still_be_named(app: Flask) -> None:
    rules.remove(2, COMMAND_LINE)
    commit()
    assert [rule.id for rule in rules.current("en")] == [1, 3, 4]
    assert [rule.number for rule in rules.current("en")] == [1, 2, 3]
    third, removed = rules.named(3, "en"), rules.named(2, "en")
    assert third and third.number == 2
    assert removed and (removed.number, removed.title) == (None, "Hatred or threats")
    assert rules.named(99, "en") is None


def test_rules_are_remembered_until_the_sites_version_changes(app: Flask) -> None:
    write(1, "en", "Ads")
    rules.current("en")
    with counted_statements() as statements:
        rules.current("es")
    assert not statements
    rules.remove(4, COMMAND_LINE)
    db.session.commit()
    assert len(rules.current("en")) == 4
    site_settings.refresh_now()
    assert len(rules.current("en")) == 3


def acts() -> list[tuple[str, str]]:
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.target) for entry in entries]


def test_a_new_rule_is_the_last_one_and_recorded(app: Flask) -> None:
    rule_id = rules.add({"en": (" Be  kind ", "Always."), "es": ("", "")}, COMMAND_LINE)
    commit()
    last = rules.current("zh")[-1]
    assert (last.id, last.number, last.title, last.text) == (rule_id, 5, "Be kind", "Always.")
    assert acts() == [("add_rule", f"#{rule_id}")]


@pytest.mark.parametrize("texts", [{}, {"en": ("", "")}, {"en": ("", "Only a text.")}])
def test_a_rule_without_a_title_is_refused(app: Flask, texts: dict[str, rules.Words]) -> None:
    with pytest.raises(RuleTitleError):
        rules.add(texts, COMMAND_LINE)


def test_a_rule_that_is_too_long_is_refused(app: Flask) -> None:
    with pytest.raises(TextTooLongError, match="80"):
        rules.add({"en": ("x" * 81, "")}, COMMAND_LINE)
    with pytest.raises(TextTooLongError, match="500"):
        rules.edit(1, {"en": ("x", "x" * 501)}, COMMAND_LINE)


def test_there_are_only_so_many_rules(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rules.remove(1, COMMAND_LINE)
    monkeypatch.setattr(rules, "RULES_MAX", 3)
    with pytest.raises(TooManyRulesError):
        rules.add({"en": ("One more", "")}, COMMAND_LINE)
    with pytest.raises(TooManyRulesError):
        rules.restore(1, COMMAND_LINE)


def test_emptied_words_go_back_to_those_that_every_site_has(app: Flask) -> None:
    write(1, "en", "No ads")
    assert rules.edit(1, {"en": ("", "")}, COMMAND_LINE)
    commit()
    assert titles("en")[0] == "Advertising or spam"


def test_a_rule_of_the_owners_keeps_one_language(app: Flask) -> None:
    rule_id = rules.add({"en": ("Be kind", "")}, COMMAND_LINE)
    with pytest.raises(RuleTitleError):
        rules.edit(rule_id, {"en": ("", "")}, COMMAND_LINE)
    assert rules.edit(rule_id, {"en": ("", ""), "es": ("Con amabilidad", "")}, COMMAND_LINE)


def test_the_same_words_are_no_change(app: Flask) -> None:
    write(1, "en", "No ads")
    assert not rules.edit(1, {"en": ("No ads", "No ads!"), "es": ("", "")}, COMMAND_LINE)
    assert acts() == [("edit_rule", "#1")]


def test_rules_move_up_and_down_and_stop_at_the_ends(app: Flask) -> None:
    def order() -> list[int]:
        return [entry.id for entry in rules.entries() if not entry.is_removed]

    rules.remove(2, COMMAND_LINE)
    rules.move(4, -1, COMMAND_LINE)
    assert order() == [1, 4, 3]
    rules.move(4, -9, COMMAND_LINE)
    assert order() == [4, 1, 3]
    rules.move(3, 1, COMMAND_LINE)
    assert order() == [4, 1, 3]
    rules.restore(2, COMMAND_LINE)
    assert order() == [4, 2, 1, 3]
    assert [action for action, _ in acts()] == [
        *("remove_rule", "move_rule", "move_rule", "restore_rule"),
    ]


def test_removing_and_bringing_back_twice_counts_once(app: Flask) -> None:
    for change in (rules.remove, rules.remove, rules.restore, rules.restore):
        change(3, COMMAND_LINE)
    assert acts() == [("remove_rule", "#3"), ("restore_rule", "#3")]


def test_a_rule_that_never_was_cannot_be_changed(app: Flask) -> None:
    with pytest.raises(UnknownRuleError):
        rules.edit(99, {}, COMMAND_LINE)
    with pytest.raises(UnknownRuleError):
        rules.move(99, 1, COMMAND_LINE)
    with pytest.raises(UnknownRuleError):
        rules.remove(99, COMMAND_LINE)
    with pytest.raises(UnknownRuleError):
        rules.restore(99, COMMAND_LINE)
