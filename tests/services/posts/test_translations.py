"""What is kept of translations, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import db
from app.models import Post, Translation, User
from app.services.posts import posts, translations
from app.services.posts.composition import compose_in
from tests.support.factories import make_post, make_user
from tests.support.sites import open_site
from tests.support.translators import Service

SPANISH = "Hola, vecinos. La panadería abre otra vez el sábado."


@pytest.fixture
def ana(any_database: str, tmp_path: Path, service: Service) -> Iterator[User]:
    """A reader on a site with a translation service, on either database."""
    with open_site(tmp_path, DATABASE_URL=any_database, LIBRETRANSLATE_URL=service.url):
        yield make_user("ana")


def ask(post: Post, language: str = "en") -> str | None:
    text = translations.request(post, language)
    db.session.commit()
    return text


def test_there_is_one_row_a_post_and_language_and_the_latest_counts(ana: User) -> None:
    post = make_post(ana, SPANISH, language="es")
    assert translations.cached(post, "en") is None
    assert ask(post) == ask(post) == f"[en] {SPANISH}"
    assert ask(post, "zh") == translations.cached(post, "zh") == f"[zh] {SPANISH}"
    posts.edit(post, compose_in("es", "Cerrado."))
    db.session.commit()
    assert translations.cached(post, "en") is None
    assert ask(post) == translations.cached(post, "en") == "[en] Cerrado."
    rows = sa.select(Translation.language).order_by(Translation.language)
    assert list(db.session.scalars(rows)) == ["en", "zh"]


def test_what_no_database_can_store_is_left_out(ana: User, service: Service) -> None:
    post = make_post(ana, SPANISH, language="es")
    service.answer = lambda _: {"translatedText": "Hi\x00 \ud800there"}
    assert ask(post) == translations.cached(post, "en") == "Hi there"


def test_a_post_takes_its_translations_with_it(ana: User) -> None:
    post = make_post(ana, SPANISH, language="es")
    ask(post)
    db.session.execute(sa.delete(Post))
    db.session.commit()
    assert db.session.scalars(sa.select(Translation)).all() == []


def test_the_newest_visible_post_with_a_text_is_found(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_post(ana, SPANISH, language="es")
    second = make_post(ana, SPANISH, language="es")
    assert translations.find_post(ana, f" {SPANISH}\r\n", "es") == second
    posts.delete(second)
    assert translations.find_post(ana, SPANISH, "es") == first
    assert translations.find_post(ana, SPANISH.upper(), "es") is None
    monkeypatch.setattr(translations, "SEARCH_DEPTH", 1)
    assert translations.find_post(ana, SPANISH, "es") is None
