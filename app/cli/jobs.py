"""`flask jobs`: list pending and failed jobs, and retry failed ones."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import AppGroup

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import jobs

jobs_group = AppGroup("jobs", short_help="Manage background jobs.")


@jobs_group.command("list")
@click.option("--failed", "only_failed", is_flag=True, help="Only jobs that failed permanently.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_jobs(only_failed: bool, as_json: bool) -> None:
    """List unfinished jobs."""
    rows = [_row_of(task) for task in jobs.unfinished(only_failed=only_failed)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        _print_table(rows)
    else:
        click.echo("No job has failed." if only_failed else "No job is waiting.")


@jobs_group.command("retry")
@click.argument("task_id", metavar="[ID]", type=int, required=False)
@click.option("--all", "are_all", is_flag=True, help="Every failed job.")
def retry_jobs(task_id: int | None, are_all: bool) -> None:
    """Retry a job that failed permanently, with a new set of attempts."""
    if are_all == (task_id is not None):
        raise click.UsageError("Give a job's ID or --all.")
    count = jobs.retry(task_id)
    db.session.commit()
    if task_id is not None and not count:
        raise click.ClickException(f"There is no failed job {task_id}.")
    click.echo(f"{count} to be retried.")


def _row_of(task: Task) -> dict[str, Any]:
    at = task.failed_at or task.available_at
    return {
        "id": task.id,
        "name": task.name,
        "state": _state_of(task),
        "at": at.isoformat(timespec="seconds"),
        "attempts": task.attempts,
        "error": task.last_error,
    }


def _state_of(task: Task) -> str:
    """`failed` at, `running` until, `due` since, or `waiting` until the time shown."""
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
