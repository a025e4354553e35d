"""`flask translate`: start, update and compile the catalogues."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

import config

TRANSLATIONS = config.ROOT / "app" / "translations"
TEMPLATE = config.ROOT / "messages.pot"

translate_group = AppGroup("translate", help="Translations of the interface.")


def _babel(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", *map(str, arguments)]
    if subprocess.run(command, cwd=config.ROOT, check=False).returncode:
        raise click.ClickException(f"babel {arguments[0]} failed")


def _extract() -> None:
    names = ("--project=Microblog", "--copyright-holder=Microblog contributors")
    rules = ("-F", "babel.cfg", "-k", "_l", "--no-location", "--no-wrap", *names)
    _babel("-q", "extract", *rules, "-o", TEMPLATE, ".")


@translate_group.command()
@click.argument("language")
def init(language: str) -> None:
    """Start a catalogue for LANGUAGE (such as fr)."""
    if (TRANSLATIONS / language).exists():
        raise click.ClickException(f"{language} has a catalogue already; use update")
    _extract()
    _babel("-q", "init", "-i", TEMPLATE, "-d", TRANSLATIONS, "-l", language)
    TEMPLATE.unlink()


@translate_group.command()
def update() -> None:
    """Bring new and changed sentences into all catalogues."""
    _extract()
    _babel("-q", "update", "-i", TEMPLATE, "-d", TRANSLATIONS, "--ignore-pot-creation-date", "--no-wrap", "--no-fuzzy-matching")
    TEMPLATE.unlink()


@translate_group.command()
def compile() -> None:
    """Make the catalogues ready to be read by the program."""
    _babel("-q", "compile", "-d", TRANSLATIONS)
