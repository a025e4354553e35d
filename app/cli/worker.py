"""`flask worker`: run deferred work."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from app.lib.log_events import log_event
from app.lib.text import one_line
from app.worker import Stop, Worker


@click.command("worker", short_help="Do deferred work: mails, tidying up.")
@click.option("--once", is_flag=True, help="Do one job that is due, if any, and end.")
@click.option("--drain", is_flag=True, help="Do everything that is due and end.")
@with_appcontext
def worker_command(once: bool, drain: bool) -> None:
    """Do deferred work until SIGTERM or SIGINT; then finish the job at hand and end."""
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
