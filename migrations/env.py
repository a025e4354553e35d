"""How Alembic reaches our database and compares it with our models."""

from alembic import context
from flask import current_app

from app.extensions import db
from app.models.base import UTCDateTime


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Only our own tables; search keeps tables and indexes of its own beside them."""
    if kind == "index":
        return not (name or "").endswith("_search_text")
    return kind != "table" or name in db.metadata.tables


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """A migration stands for ever, so it names the database's types and none of ours."""
    is_time = kind == "type" and isinstance(item, UTCDateTime)
    return "sa.DateTime(timezone=True)" if is_time else False


def run_online() -> None:
    """Migrate over a connection; the tables that others hold are waited for, not for ever."""
    options = dict(current_app.extensions["migrate"].configure_args)
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=include_name,
            render_item=render_item,
            compare_server_default=True,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


run_online()
