"""`flask jobs`: list pending and failed jobs, and retry or drop failed ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask.cli import AppGroup

from app.extensions import db
from app.models import Task
from app.services.site import jobs
from app.services.site.audit import COMMAND_LINE

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


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments by which failed jobs are chosen."""
    command = click.option("--all", "are_all", is_flag=True, help="Every failed job.")(command)
    command = click.option("--kind", metavar="NAME", help="Every failed job of this name.")(command)
    return click.argument("task_id", metavar="[ID]", type=int, required=False)(command)


@jobs_group.command("retry")
@_choosing
def retry_jobs(task_id: int | None, kind: str | None, are_all: bool) -> None:
    """Retry a job that failed permanently, with a new set of attempts."""
    click.echo(f"{_change(jobs.retry, task_id, kind, are_all)} to be retried.")


@jobs_group.command("drop")
@_choosing
def drop_jobs(task_id: int | None, kind: str | None, are_all: bool) -> None:
    """Delete a job that failed permanently."""
    click.echo(f"{_change(jobs.drop, task_id, kind, are_all)} dropped.")


def _change(act: Callable[..., int], task_id: int | None, kind: str | None, are_all: bool) -> int:
    if (task_id is not None) + (kind is not None) + are_all != 1:
        raise click.UsageError("Give a job's ID, --kind or --all.")
    count = act(COMMAND_LINE, task_id, name=kind)
    db.session.commit()
    if task_id is not None and not count:
        raise click.ClickException(f"There is no failed job {task_id}.")
    return count


def _row_of(task: Task) -> dict[str, Any]:
    at = task.failed_at or task.available_at
    return {
        "id": task.id,
        "name": task.name,
        "state": task.state,
        "at": at.isoformat(timespec="seconds"),
        "attempts": task.attempts,
        "error": task.last_error,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    lines = [[name.upper() for name in rows[0]], *([str(v) for v in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
