"""Pages that the owner writes, in the reader's language."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.models import AuditEntry
from app.services.errors import TextTooLongError
from app.services.site import site_pages, site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support.pages import counted_statements


def write(name: str, language: str, body: str) -> bool:
    is_changed = site_pages.save(name, language, body, COMMAND_LINE)
    db.session.commit()
    site_settings.refresh_now()
    return is_changed


def read(name: str, locale: str) -> tuple[str, str]:
    shown = site_pages.shown(name, locale)
    assert shown
    return shown.html, shown.language


def test_only_privacy_has_a_text_before_the_owner_writes_one(app: Flask) -> None:
    assert site_pages.shown("about", "en") is None
    assert site_pages.shown("terms", "en") is None
    html, language = read("privacy", "es")
    assert language == "es" and html.startswith("<h2>")
    assert site_pages.languages_of("privacy") == []


def test_a_reader_gets_their_language_or_the_sites_or_any(app: Flask) -> None:
    write("terms", "zh", "规则")
    assert read("terms", "en") == ("<p>规则</p>", "zh")
    write("terms", "es", "Normas")
    app.config["DEFAULT_LANGUAGE"] = "zh"
    assert read("terms", "es") == ("<p>Normas</p>", "es")
    assert read("terms", "en") == ("<p>规则</p>", "zh")
    assert site_pages.languages_of("terms") == ["es", "zh"]


def test_headings_stand_below_the_title_and_nothing_raw_comes_through(app: Flask) -> None:
    body = "# Top\n\n### Deep\n\n<script>x</script> &lt;h3&gt; <h3> [a](https://example.org/)"
    write("about", "en", body)
    html, _ = read("about", "en")
    assert "<h2>Top</h2>" in html and "<h3>Deep</h3>" in html
    assert "<script" not in html and html.count("<h3>") == 1
    assert 'rel="nofollow noopener ugc"' in html


def test_an_emptied_page_is_gone_and_the_same_text_is_no_change(app: Flask) -> None:
    assert write("terms", "en", "Be kind.\r\n")
    assert not write("terms", "en", "Be kind.")
    assert write("terms", "en", "  ")
    assert not write("terms", "en", "")
    assert site_pages.shown("terms", "en") is None
    entries = db.session.scalars(sa.select(AuditEntry)).all()
    assert [(entry.action, entry.target) for entry in entries] == [("edit_page", "terms en")] * 2


def test_a_text_that_is_too_long_is_refused(app: Flask) -> None:
    with pytest.raises(TextTooLongError, match="20000"):
        site_pages.save("terms", "en", "x" * 20_001, COMMAND_LINE)


def test_pages_take_no_statement(app: Flask) -> None:
    write("terms", "en", "Be kind.")
    read("terms", "en")
    with counted_statements() as statements:
        read("terms", "es")
    assert not statements
