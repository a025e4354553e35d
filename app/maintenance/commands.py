"""`flask data`, `flask backup` and `flask restore`: move, save and restore whole databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import one_line
from app.maintenance import backup, transfer
from app.services.site import backups
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductCommand, ProductGroup
from setting_values import database_url

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

data_group = ProductGroup("data", short_help="Move the data to another database.")


def _parse_url(_context: object, _option: object, text: str) -> sa.URL:
    try:
        url = sa.make_url(database_url(text) or "")
    except (ValueError, ArgumentError):
        raise click.BadParameter("sqlite:////… or postgresql://…") from None
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or url.database == ":memory:":
        raise click.BadParameter("a file, such as sqlite:////srv/microblog/app.db")
    # A relative path means the same as in DATABASE_URL.
    return url.set(database=str(Path(current_app.instance_path, url.database)))


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn failures of the database and of the disk into one line and the exit code 1."""
    try:
        yield
    except DBAPIError as error:
        # Further lines show the row, including private data.
        reason = str(error.orig).partition("\n")[0]
        raise click.ClickException(f"the database refused: {one_line(reason)}") from None
    except OSError as error:
        raise click.ClickException(one_line(str(error))) from None


def show_progress(label: str, length: int, steps: Iterator[int]) -> None:
    with click.progressbar(length=length, label=label) as bar:
        for step in steps:
            bar.update(step)


@data_group.command("move")
@click.option("--to", "url", required=True, callback=_parse_url, help="URL of the other database.")
def move_command(url: sa.URL) -> None:
    """Copy everything into an empty database, to which DATABASE_URL should then point.

    Stop the site first. The current database is not changed. A move that fails or is interrupted
    leaves the other one empty, and can be repeated.
    """
    if url == db.engine.url:
        raise click.ClickException("this is the current database")
    with one_line_errors():
        total = _move(url)
    click.echo(f"Moved {total:,} rows and verified each of them.")
    click.echo(f"Now set DATABASE_URL={url.render_as_string(hide_password=True)}")
    click.echo("and start the site. Anything written here from now on is not in the new database.")


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


@click.command(
    "backup",
    cls=ProductCommand,
    short_help="Back up everything into a file, while the site is running.",
)
@click.argument("file", type=FILE, required=False)
@click.option("--verify", is_flag=True, help="Write nothing; check that FILE can be restored.")
@click.option("--elsewhere", is_flag=True, help="Write nothing; note that another tool did.")
@with_appcontext
def backup_command(file: Path | None, verify: bool, elsewhere: bool) -> None:
    """Back up everything into FILE, a new one, while the site is running.

    The default FILE is named after the current time. Settings, the emails in `outbox` and exports
    are not included. `flask doctor` and the overview at /admin say how old the last backup is.
    """
    if verify + elsewhere > 1 or (elsewhere and file is not None):
        raise click.UsageError("Use --elsewhere alone.")
    if elsewhere:
        with one_line_errors():
            _note_backup()
        click.echo("Noted.")
        return
    if verify:
        if file is None:
            raise click.UsageError("Give the FILE to verify.")
        _verify(file)
        return
    file = (file or Path(f"microblog-{utcnow():%Y%m%dT%H%M%SZ}.zip")).absolute()
    if file.exists():
        raise click.ClickException(f"{file} already exists")
    with one_line_errors(), transfer.snapshot(db.engine) as source:
        transfer.check_current(source)
        total = sum(transfer.counts(source).values())
        show_progress("Rows", total, backup.write(source, file))
    click.echo(f"Wrote {total:,} rows, {file.stat().st_size / 1e6:.1f} MB, to {file}")
    try:
        _note_backup()
    except DBAPIError as error:
        # A copy that only answers can be backed up all the same.
        click.echo(f"That was not noted: {one_line(str(error.orig))}", err=True)


def _note_backup() -> None:
    backups.record(COMMAND_LINE)
    db.session.commit()


def _verify(file: Path) -> None:
    with one_line_errors(), backup.unpacked(file.absolute()) as (_, manifest):
        total = sum(manifest["rows"].values())
    click.echo(f"The backup of {manifest['made_at']} is intact: {total:,} rows.")


@click.command("restore", cls=ProductCommand, short_help="Restore everything from a backup.")
@click.argument("file", type=EXISTING_FILE)
@click.option("--replace", is_flag=True, help="Even if the site has data, which is then lost.")
@with_appcontext
def restore_command(file: Path, replace: bool) -> None:
    """Restore everything from FILE, whether made on SQLite or on PostgreSQL.

    Stop the site first. A restore that fails or is interrupted leaves the data unchanged.
    """
    with one_line_errors():
        total = _restore(file.absolute(), replace)
        has_key = backup.restore_key(file)
    click.echo(f"Restored {total:,} rows and verified each of them.")
    if current_app.config["IS_PRODUCTION"] or not has_key:
        click.echo("Set SECRET_KEY as it was, or links in earlier emails will not work.")


def _restore(file: Path, replace: bool) -> int:
    with backup.unpacked(file) as (data, _), transfer.opened(f"sqlite:///{data}") as old:
        if not replace:
            transfer.check_empty(db.engine, "the site has data; add --replace to overwrite it")
        # The backup may come from an older version.
        transfer.migrate(old)
        transfer.migrate(db.engine)
        with transfer.locked(db.engine) as target, transfer.snapshot(old) as source:
            total = sum(transfer.counts(source).values())
            show_progress("Rows", total, transfer.copy(source, target))
    return total
