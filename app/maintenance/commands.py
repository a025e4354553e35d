"""`flask data`, `flask backup` and `flask restore`: whole databases, moved, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import ArgumentError, DBAPIError

import config
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import one_line
from app.maintenance import backup, transfer
from app.services.errors import TransferError

FILE = click.Path(dir_okay=False, path_type=Path)
THERE = click.Path(exists=True, dir_okay=False, path_type=Path)

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
    with transfer.opened(address) as other, transfer.locked(db.engine) as source:
        transfer.check_current(source)
        transfer.check_empty(other, "the other database is not empty")
        transfer.migrate(other)
        total = sum(transfer.counts(source).values())
        with transfer.locked(other) as target:
            show_progress("Rows", total, transfer.copy(source, target))
    return total


@click.command("backup", short_help="Write everything into a file, while the site runs.")
@click.argument("file", type=FILE, required=False)
@click.option("--verify", is_flag=True, help="Write nothing; check that FILE can be restored.")
@with_appcontext
def backup_command(file: Path | None, verify: bool) -> None:
    """Write everything into FILE, a new one, while the site goes on.

    Without FILE it is named after the moment. Settings, the mails in `outbox` and exports are not
    in it.
    """
    if verify:
        if file is None:
            raise click.UsageError("Name the FILE to verify.")
        _verify(file)
        return
    file = (file or Path(f"microblog-{utcnow():%Y%m%dT%H%M%SZ}.zip")).absolute()
    if file.exists():
        raise click.ClickException(f"{file} exists already")
    with failing_in_one_line(), transfer.snapshot(db.engine) as source:
        transfer.check_current(source)
        total = sum(transfer.counts(source).values())
        show_progress("Rows", total, backup.write(source, file))
    click.echo(f"Wrote {total:,} rows, {file.stat().st_size / 1e6:.1f} MB, to {file}")


def _verify(file: Path) -> None:
    with failing_in_one_line(), backup.unpacked(file.absolute()) as (_, manifest):
        total = sum(manifest["rows"].values())
    click.echo(f"The backup of {manifest['made_at']} is whole: {total:,} rows.")


@click.command("restore", short_help="Bring everything back from a backup.")
@click.argument("file", type=THERE)
@click.option("--replace", is_flag=True, help="Also when the site holds data, which is then lost.")
@with_appcontext
def restore_command(file: Path, replace: bool) -> None:
    """Bring back everything from FILE, made on SQLite or on PostgreSQL.

    Stop the site first. A restore that fails or is interrupted leaves the data that was there.
    """
    with failing_in_one_line():
        total = _restore(file.absolute(), replace)
        has_key = backup.restore_key(file)
    click.echo(f"Restored {total:,} rows, and compared every one of them.")
    if current_app.config["IS_PRODUCTION"] or not has_key:
        click.echo("Set SECRET_KEY as it was, or links in mails sent before will not work.")


def _restore(file: Path, replace: bool) -> int:
    with backup.unpacked(file) as (data, _), transfer.opened(f"sqlite:///{data}") as old:
        if not replace:
            transfer.check_empty(db.engine, "the site holds data; add --replace to lose it")
        # The backup may be one of an older version.
        transfer.migrate(old)
        transfer.migrate(db.engine)
        with transfer.locked(db.engine) as target, transfer.snapshot(old) as source:
            total = sum(transfer.counts(source).values())
            show_progress("Rows", total, transfer.copy(source, target))
    return total
