"""Every sentence in every language, with its placeholders and plural forms."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask

import config
from app.cli.translate import TRANSLATIONS

LANGUAGES = sorted(set(config.LANGUAGES) - {"en"})
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the code says now."""
    target = tmp_path_factory.mktemp("catalogue") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
    command += ["-F", "babel.cfg", "-k", "_l", "-o", str(target), "."]
    subprocess.run(command, cwd=config.ROOT, check=True)
    with target.open("rb") as file:
        return read_po(file)


def forms_of(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, list | tuple) else [str(text)]


def sentences(found: Catalog) -> dict[object, Message]:
    return {message.id: message for message in found if message.id}


@pytest.mark.server
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_what_the_code_says_and_no_more(language: str, template: Catalog) -> None:
    ours, code = sentences(catalogue(language)), sentences(template)
    assert set(code) - set(ours) == set(), "run: flask translate update"
    assert set(ours) - set(code) == set(), "run: flask translate update"
    assert not catalogue(language).obsolete, "obsolete sentences are deleted"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_with_its_placeholders(language: str) -> None:
    found = catalogue(language)
    for message in sentences(found).values():
        forms = forms_of(message.string)
        assert all(forms), f"not translated: {message.id}"
        assert not message.fuzzy, f"not sure: {message.id}"
        is_plural = isinstance(message.id, list | tuple)
        assert len(forms) == (found.num_plurals if is_plural else 1), message.id
        wanted = set(PLACEHOLDER.findall(forms_of(message.id)[-1]))
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) == wanted, (message.id, form)


def test_scripts_say_nothing_by_themselves() -> None:
    for path in (config.ROOT / "app" / "static" / "js").rglob("*.js"):
        words = re.findall(r"""["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]""", path.read_text())
        assert not words, f"{path.name} says {words}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_speak_the_language(app: Flask, language: str) -> None:
    response = app.test_client().get("/auth/login", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in response.text
    assert "Sign in" not in response.text


@pytest.mark.server
def test_a_catalogue_can_be_compiled(tmp_path: Path) -> None:
    for language in LANGUAGES:
        source = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile"]
        command += ["-i", str(source), "-l", language, "-o", str(tmp_path / f"{language}.mo")]
        subprocess.run(command, check=True)
        assert (tmp_path / f"{language}.mo").stat().st_size > 1000
