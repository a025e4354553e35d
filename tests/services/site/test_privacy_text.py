"""What a site says about privacy by itself is true of how it is set up."""

from __future__ import annotations

import pytest
from flask import Flask

import config
from app.services.site import privacy_text


@pytest.mark.parametrize("language", config.LANGUAGES)
def test_it_is_written_in_every_language(app: Flask, language: str) -> None:
    body = privacy_text.body(language)
    assert body.count("## ") == 4
    assert "%(" not in body
    assert ("email" in body) == (language == "en")


def test_it_says_who_can_read_here(app: Flask) -> None:
    assert "Everyone can read public posts" in privacy_text.body("en")
    app.config["PUBLIC_READING"] = False
    assert "Only members can read" in privacy_text.body("en")


def test_it_says_where_translated_posts_go(app: Flask) -> None:
    assert "translation service" not in privacy_text.body("en")
    app.config["LIBRETRANSLATE_URL"] = "http://localhost:5001"
    assert "translation service" in privacy_text.body("en")


def test_it_says_how_long_things_stay(app: Flask) -> None:
    body = privacy_text.body("en")
    assert "Posts you delete: 30 days" in body
    assert "An account you close: 7 days" in body


def test_it_says_whom_to_ask(app: Flask) -> None:
    app.config["SITE_CONTACT"] = "sam@example.org"
    assert "Ask the people who run this site: sam@example.org" in privacy_text.body("en")
