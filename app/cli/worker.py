"""`flask worker`: run background jobs."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from app.lib.log_events import log_event
from app.lib.text import one_line
from app.worker import Stop, Worker


@click.command("worker", short_help="Run background jobs: emails, exports, cleanup.")
@click.option("--once", is_flag=True, help="Run one due job, if any, and exit.")
@click.option("--drain", is_flag=True, help="Run all due jobs and exit.")
@with_appcontext
def worker_command(once: bool, drain: bool) -> None:
    """Run background jobs until SIGTERM or SIGINT; then finish the current job and exit."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = Stop()
    worker = Worker(app, stop, is_patient=not (once or drain))
    try:
        with stop.listening():
            if once:
                worker.step()
            elif drain:
                worker.drain()
            else:
                if metrics := app.extensions.get("metrics"):
                    metrics.listen(app)
                log_event("sys_startup", process="worker")
                worker.run()
                log_event("sys_shutdown", process="worker")
    except DBAPIError as error:
        text = one_line(str(error.orig))
        raise click.ClickException(f"The database cannot be used: {text}") from None
