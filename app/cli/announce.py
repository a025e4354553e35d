"""`flask announce`: what all members see at the top of every page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import click

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Announcement
from app.services.site import announcements
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup
from config import LANGUAGES

# As many as anybody reads in a terminal.
LISTED_MAX = 100
DAYS_MAX = 365

announce_group = ProductGroup("announce", short_help="Tell all members something.")


@announce_group.command("new")
@click.argument("text")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@click.option("--days", type=click.IntRange(1, DAYS_MAX), help="End it after so many days.")
def new(text: str, language: str, days: int | None) -> None:
    """Show TEXT from now on, until it is ended."""
    now = utcnow()
    ends_at = now + timedelta(days=days) if days else None
    made = announcements.create({language: text}, now, ends_at, COMMAND_LINE)
    db.session.commit()
    click.echo(f"Announcement {made.id} is shown.")


@announce_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_announcements(as_json: bool) -> None:
    """The newest announcements."""
    rows = [_row_of(one) for one in announcements.page(Cursor(LISTED_MAX))]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        times = f"{row['starts_at']}  {row['ends_at'] or '-':<25}"
        for language, text in row["texts"].items():
            click.echo(f"{row['id']:>6}  {row['state']:<7}  {times}  {language}  {text}")
    if not rows:
        click.echo("There are no announcements.")


def _row_of(one: Announcement) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state,
        "starts_at": one.starts_at.isoformat(timespec="seconds"),
        "ends_at": one.ends_at.isoformat(timespec="seconds") if one.ends_at else None,
        "texts": {text.language: text.body for text in one.texts},
    }


@announce_group.command("end")
@click.argument("announcement_id", metavar="ID", type=int)
def end(announcement_id: int) -> None:
    """Show announcement ID no longer."""
    is_ended = announcements.end(announcement_id, COMMAND_LINE)
    db.session.commit()
    if not is_ended:
        raise click.ClickException(f"No announcement {announcement_id} is shown or planned.")
    click.echo("It's no longer shown.")
