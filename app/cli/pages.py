"""`flask pages`: what the owner writes about the site, as files of Markdown."""

from __future__ import annotations

from typing import TextIO

import click

from app.extensions import db
from app.lib.log_events import log_event
from app.models.site.site_page import PAGE_NAMES
from app.services.site import site_pages
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup
from config import LANGUAGES

pages_group = ProductGroup("pages", help="The pages about, privacy, and terms.")

page_argument = click.argument("name", type=click.Choice(PAGE_NAMES))
language_argument = click.argument("language", type=click.Choice(list(LANGUAGES)))


@pages_group.command("list")
def list_pages() -> None:
    """In which languages each is written."""
    written = site_pages.bodies()
    for name in PAGE_NAMES:
        languages = [code for code in LANGUAGES if (name, code) in written]
        click.echo(f"{name:<8}  {', '.join(languages) or '-'}")


@pages_group.command("export")
@page_argument
@language_argument
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
def export_page(name: str, language: str, file: TextIO) -> None:
    """Write the page NAME in a LANGUAGE to FILE, or to the terminal.

    If nobody has written it, that is the text that comes with Microblog.
    """
    body = site_pages.bodies().get((name, language)) or site_pages.default_body(name, language)
    file.write(f"{body}\n" if body else "")


@pages_group.command("import")
@page_argument
@language_argument
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
def import_page(name: str, language: str, file: TextIO) -> None:
    """Set the page NAME in a LANGUAGE to what is in FILE; an empty one takes the language away."""
    try:
        body = file.read()
    except UnicodeDecodeError:
        raise click.ClickException("the file is not text in UTF-8") from None
    is_changed = site_pages.save(name, language, body, COMMAND_LINE)
    db.session.commit()
    if is_changed:
        log_event("site_page_changed", page=name)
    click.echo("The page is changed." if is_changed else "The page says this already.")
