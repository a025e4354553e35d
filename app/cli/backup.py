"""`flask backup` and `flask restore`: a file with everything, and everything from a file."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.data import failing_in_one_line, show_progress
from app.extensions import db
from app.lib.dates import utcnow
from app.services import backups, databases

FILE = click.Path(dir_okay=False, path_type=Path)
THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    with failing_in_one_line(), databases.snapshot(db.engine) as source:
        databases.check_current(source)
        total = sum(databases.counts(source).values())
        show_progress("Rows", total, backups.write(source, file))
    click.echo(f"Wrote {total:,} rows, {file.stat().st_size / 1e6:.1f} MB, to {file}")


def _verify(file: Path) -> None:
    with failing_in_one_line(), backups.unpacked(file.absolute()) as (_, manifest):
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
        has_key = backups.bring_back_key(file)
    click.echo(f"Restored {total:,} rows, and compared every one of them.")
    if current_app.config["IS_PRODUCTION"] or not has_key:
        click.echo("Set SECRET_KEY as it was, or links in mails sent before will not work.")


def _restore(file: Path, replace: bool) -> int:
    with backups.unpacked(file) as (data, _), databases.opened(f"sqlite:///{data}") as old:
        if not replace:
            databases.check_empty(db.engine, "the site holds data; add --replace to lose it")
        # The backup may be one of an older version.
        databases.migrate(old)
        databases.migrate(db.engine)
        with databases.held(db.engine) as target, databases.snapshot(old) as source:
            total = sum(databases.counts(source).values())
            show_progress("Rows", total, databases.copy(source, target))
    return total
