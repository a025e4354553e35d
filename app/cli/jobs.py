"""`flask jobs`: see what waits or was set aside, and have it tried again."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import AppGroup

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import jobs

jobs_group = AppGroup("jobs", short_help="Look after deferred work.")


@jobs_group.command("list")
@click.option("--failed", "only_failed", is_flag=True, help="Only jobs that were set aside.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_jobs(only_failed: bool, as_json: bool) -> None:
    """List the jobs that are not done."""
    rows = [_row_of(task) for task in jobs.unfinished(only_failed=only_failed)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        _print_table(rows)
    else:
        click.echo("No job was set aside." if only_failed else "No job is waiting.")


@jobs_group.command("retry")
@click.argument("task_id", metavar="[ID]", type=int, required=False)
@click.option("--all", "are_all", is_flag=True, help="Every job that was set aside.")
def retry_jobs(task_id: int | None, are_all: bool) -> None:
    """Have a job that was set aside tried again, with all its tries anew."""
    if are_all == (task_id is not None):
        raise click.UsageError("Give either the ID of a job or --all.")
    count = jobs.retry(task_id)
    db.session.commit()
    if task_id is not None and not count:
        raise click.ClickException(f"No job {task_id} was set aside.")
    click.echo(f"{count} to be tried again.")


def _row_of(task: Task) -> dict[str, Any]:
    when = task.failed_at or task.available_at
    return {
        "id": task.id,
        "name": task.name,
        "state": _state_of(task),
        "at": when.isoformat(timespec="seconds"),
        "attempts": task.attempts,
        "error": task.last_error,
    }


def _state_of(task: Task) -> str:
    """`failed` at, or `running` until, or `due` since, or `waiting` until the time shown."""
    if task.failed_at:
        return "failed"
    if task.available_at <= utcnow():
        return "due"
    return "running" if task.leased_by else "waiting"


def _print_table(rows: list[dict[str, Any]]) -> None:
    lines = [[name.upper() for name in rows[0]], *([str(v) for v in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
