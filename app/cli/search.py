"""`flask search`: rebuild the search index."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.backends.search import DatabaseSearch, Kind, SearchError, get_search
from app.extensions import db
from app.services.posts import search_index

search_group = AppGroup("search", short_help="Manage the search index.")
LABELS: dict[Kind, str] = {"post": "Posts", "user": "People"}


@search_group.command("reindex")
@click.option("--from-zero", is_flag=True, help="Also rebuild the database's index; writers wait.")
def reindex_command(from_zero: bool) -> None:
    """Rebuild the search index of posts and people, while the site is running."""
    for kind, label in LABELS.items():
        with click.progressbar(length=search_index.count(kind), label=label) as bar:
            for size in search_index.reindex(kind):
                db.session.commit()
                bar.update(size)
    if from_zero:
        with DatabaseSearch().rebuild():
            pass
        db.session.commit()
    if get_search().needs_sync:
        _rebuild()
    click.echo("The search index is up to date.")


def _rebuild() -> None:
    total = sum(map(search_index.count, LABELS))
    db.session.commit()
    try:
        with click.progressbar(length=total, label="Elasticsearch") as bar:
            for size in search_index.rebuild():
                db.session.commit()
                bar.update(size)
    except SearchError as error:
        text = f"Elasticsearch cannot be used ({error}); the previous index stays in use."
        raise click.ClickException(text) from None
