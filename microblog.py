"""The entry point of gunicorn, the `flask` command and RQ."""

from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy import orm as so

from app import create_app, worker
from config import SettingError

try:
    app = create_app()
except SettingError as error:
    if click.get_current_context(silent=True) is None:
        raise
    # Under `flask`, show every problem on a line of its own, without a traceback.
    raise click.ClickException("\n".join(error.problems)) from None


def run_task(task_id: int) -> None:
    """Called by `rq worker` for each row in its queue."""
    worker.run_task(app, task_id)


@app.shell_context_processor
def shell_names() -> dict[str, Any]:
    """Names for `flask shell`; Flask-SQLAlchemy adds the database and every model."""
    return {"sa": sa, "so": so}
