"""What gunicorn and the `flask` command start."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm as so

from app import create_app, db
from app.models import Follow, Post, Task, User

app = create_app()


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
