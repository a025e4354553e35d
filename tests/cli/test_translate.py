"""`flask translate`: a catalogue's life, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po, write_po
from click.testing import Result
from flask import Flask

import config


def translate(app: Flask, *words: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=["translate", *map(str, words)])


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    """A folder with a catalogue for French."""
    result = translate(app, "init", "fr", "--directory", tmp_path)
    assert result.exit_code == 0, result.output
    return tmp_path


def source(folder: Path) -> Path:
    return folder / "fr" / "LC_MESSAGES" / "messages.po"


@pytest.mark.server
def test_a_new_catalogue_has_the_sentences_of_pages_and_code(folder: Path) -> None:
    text = source(folder).read_text(encoding="utf-8")
    assert 'msgid "Sign out"' in text
    assert 'msgid "Keep me signed in on this device"' in text
    assert "Microblog contributors" in text
    assert not (config.ROOT / "messages.pot").exists()


@pytest.mark.server
def test_a_catalogue_is_not_started_twice(app: Flask, folder: Path) -> None:
    before = source(folder).read_bytes()
    result = translate(app, "init", "fr", "--directory", folder)
    assert result.exit_code == 1
    assert "fr already has a catalog; use update" in result.output
    assert source(folder).read_bytes() == before


@pytest.mark.server
def test_an_update_brings_what_is_new_and_keeps_what_was_translated(
    app: Flask, folder: Path
) -> None:
    with source(folder).open("rb") as file:
        catalogue = read_po(file, locale="fr")
    sign_in = catalogue["Sign in"]
    assert sign_in is not None
    sign_in.string = "Se connecter"
    catalogue.delete("Sign out")
    with source(folder).open("wb") as file:
        write_po(file, catalogue)
    assert translate(app, "update", "--directory", folder).exit_code == 0
    with source(folder).open("rb") as file:
        updated = read_po(file, locale="fr")
    assert updated["Sign in"].string == "Se connecter"
    assert "Sign out" in updated


@pytest.mark.server
def test_a_compiled_catalogue_can_be_read(app: Flask, folder: Path) -> None:
    text = source(folder).read_text(encoding="utf-8")
    translated = text.replace('msgid "Sign in"\nmsgstr ""', 'msgid "Sign in"\nmsgstr "Entrer"')
    source(folder).write_text(translated, encoding="utf-8")
    assert translate(app, "compile", "--directory", folder).exit_code == 0
    with source(folder).with_suffix(".mo").open("rb") as file:
        assert read_mo(file)["Sign in"].string == "Entrer"


@pytest.mark.server
def test_what_babel_refuses_is_an_error(app: Flask, tmp_path: Path) -> None:
    result = translate(app, "init", "klingon", "--directory", tmp_path)
    assert result.exit_code == 1
    assert "babel init failed" in result.output
