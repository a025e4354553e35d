"""What gunicorn and the `flask` command start."""

from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy import orm as so

from app import create_app, db
from app.models import Follow, Post, Task, User
from config import SettingError

try:
    app = create_app()
except SettingError as error:
    if click.get_current_context(silent=True) is None:
        raise
    # Under `flask`, everything that is wrong, one line each, and no trace.
    raise click.ClickException("\n".join(error.problems)) from None


@app.shell_context_processor
def shell_names() -> dict[str, Any]:
    return {
        "sa": sa,
        "so": so,
        "db": db,
        "User": User,
        "Post": Post,
        "Follow": Follow,
        "Task": Task,
    }
