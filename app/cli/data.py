"""`flask data`: everything into another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import ArgumentError, DBAPIError

import config
from app.extensions import db
from app.lib.text import one_line
from app.services import databases
from app.services.errors import TransferError

data_group = AppGroup("data", short_help="Take the data to another database.")


def _parse_url(_context: object, _option: object, text: str) -> sa.URL:
    try:
        url = sa.make_url(config.database_url(text) or "")
    except (ValueError, ArgumentError):
        raise click.BadParameter("sqlite:////… or postgresql://…") from None
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or url.database == ":memory:":
        raise click.BadParameter("a file, such as sqlite:////srv/microblog/app.db")
    # Where DATABASE_URL would have it, too.
    return url.set(database=str(Path(current_app.instance_path, url.database)))


@contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Make of what goes wrong with databases a line and the exit code 1."""
    try:
        yield
    except TransferError as error:
        raise click.ClickException(str(error)) from None
    except DBAPIError as error:
        # The lines after the first one show the row, with all that is private in it.
        reason = str(error.orig).partition("\n")[0]
        raise click.ClickException(f"the database refused: {one_line(reason)}") from None
    except OSError as error:
        raise click.ClickException(one_line(str(error))) from None


def show_progress(label: str, length: int, steps: Iterator[int]) -> None:
    with click.progressbar(length=length, label=label) as bar:
        for step in steps:
            bar.update(step)


@data_group.command("move")
@click.option("--to", "url", required=True, callback=_parse_url, help="Address of the other one.")
def move_command(url: sa.URL) -> None:
    """Copy everything into an empty database, which DATABASE_URL then should name.

    Stop the site first. Nothing is changed in the present database. A move that fails or is
    interrupted leaves the other one empty, and can be started again.
    """
    if url == db.engine.url:
        raise click.ClickException("this is the present database")
    with failing_in_one_line():
        total = _move(url)
    click.echo(f"Moved {total:,} rows, and compared every one of them.")
    click.echo(f"Now set DATABASE_URL={url.render_as_string(hide_password=True)}")
    click.echo("and start the site. What is written here from now on would not be there.")


def _move(url: sa.URL) -> int:
    address = url.render_as_string(hide_password=False)
    with databases.opened(address) as other, databases.held(db.engine) as source:
        databases.check_current(source)
        databases.check_empty(other, "the other database is not empty")
        databases.migrate(other)
        total = sum(databases.counts(source).values())
        with databases.held(other) as target:
            show_progress("Rows", total, databases.copy(source, target))
    return total
