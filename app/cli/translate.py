"""`flask translate`: start, update and compile the catalogues."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask.cli import AppGroup

import config

TRANSLATIONS = config.ROOT / "app" / "translations"

translate_group = AppGroup("translate", help="Translations of the interface.")
in_directory = click.option(
    "--directory",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=TRANSLATIONS,
    help="Where the catalogues are, if not with the program.",
)


def _babel(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", *map(str, arguments)]
    if subprocess.run(command, cwd=config.ROOT, check=False).returncode:
        raise click.ClickException(f"babel {arguments[1]} failed")


@contextmanager
def _template() -> Iterator[Path]:
    """All sentences of the program, in a file that goes away."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "messages.pot"
        rules = ["-F", "babel.cfg", "-k", "_l", "--no-location", "--no-wrap"]
        rules += ["--project=Microblog", "--version=1", "--msgid-bugs-address="]
        rules += ["--copyright-holder=Microblog contributors"]
        _babel("-q", "extract", *rules, "-o", path, ".")
        yield path


@translate_group.command()
@click.argument("language")
@in_directory
def init(language: str, directory: Path) -> None:
    """Start a catalogue for LANGUAGE (such as fr)."""
    if (directory / language).exists():
        raise click.ClickException(f"{language} has a catalogue already; use update")
    with _template() as template:
        _babel("-q", "init", "-i", template, "-d", directory, "-l", language)


@translate_group.command()
@in_directory
def update(directory: Path) -> None:
    """Bring new and changed sentences into all catalogues."""
    with _template() as template:
        rules = ["--ignore-pot-creation-date", "--ignore-obsolete", "--no-wrap"]
        rules += ["--no-fuzzy-matching"]
        _babel("-q", "update", "-i", template, "-d", directory, *rules)


@translate_group.command()
@in_directory
def compile(directory: Path) -> None:
    """Make the catalogues ready to be read by the program."""
    _babel("-q", "compile", "-d", directory)
