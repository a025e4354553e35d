"""What gunicorn, the `flask` command and RQ start."""

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
    # Under `flask`, everything that is wrong, one line each, and no trace.
    raise click.ClickException("\n".join(error.problems)) from None


def run_task(task_id: int) -> None:
    """What `rq worker` calls for each row that it is handed."""
    worker.run_task(app, task_id)


@app.shell_context_processor
def shell_names() -> dict[str, Any]:
    """For `flask shell`, to which Flask-SQLAlchemy adds the database and every model."""
    return {"sa": sa, "so": so}
