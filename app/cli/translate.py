"""`flask translate`: start, update and compile the catalogues."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask import current_app
from flask.cli import AppGroup

import config

translate_group = AppGroup("translate", help="Translations of the interface.")


def _catalogues() -> Path:
    return Path(current_app.config["BABEL_TRANSLATION_DIRECTORIES"])


def _babel(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", *map(str, arguments)]
    if subprocess.run(command, cwd=config.ROOT, check=False).returncode:
        raise click.ClickException(f"babel {arguments[1]} failed")


@contextmanager
def _template() -> Iterator[Path]:
    """All sentences of the program, in a file that goes away."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "messages.pot"
        _babel("-q", "extract", "-F", "babel.cfg", "-k", "_l", "--no-location", "-o", path, ".")
        yield path


@translate_group.command()
@click.argument("language")
def init(language: str) -> None:
    """Start a catalogue for LANGUAGE (such as fr)."""
    if (_catalogues() / language).exists():
        raise click.ClickException(f"{language} has a catalogue already; use update")
    with _template() as template:
        _babel("-q", "init", "-i", template, "-d", _catalogues(), "-l", language)


@translate_group.command()
def update() -> None:
    """Bring new and changed sentences into all catalogues."""
    with _template() as template:
        _babel("-q", "update", "-i", template, "-d", _catalogues(), "--ignore-pot-creation-date")


@translate_group.command()
def compile() -> None:
    """Make the catalogues ready to be read by the program."""
    _babel("-q", "compile", "-d", _catalogues())
