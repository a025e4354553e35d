"""`flask search`: make the index anew."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.backends.search import Kind, get_search
from app.extensions import db
from app.services import searches

search_group = AppGroup("search", short_help="Look after the search index.")
LABELS: dict[Kind, str] = {"post": "Posts", "user": "People"}


@search_group.command("reindex")
@click.option("--from-zero", is_flag=True, help="Also rebuild the index; writers wait for it.")
def reindex_command(from_zero: bool) -> None:
    """Write anew what posts and people are found by, while the site goes on."""
    for kind, label in LABELS.items():
        with click.progressbar(length=searches.count(kind), label=label) as bar:
            for size in searches.reindex(kind):
                db.session.commit()
                bar.update(size)
    if from_zero:
        get_search().rebuild()
        db.session.commit()
    click.echo("Everything can be found.")
