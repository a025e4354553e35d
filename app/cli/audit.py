"""`flask audit`: the audit log on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from app.database.cursor import Cursor
from app.services.site import audit
from app.services.site.audit import ACTIONS, Filters
from app.web.commands import ProductGroup

LIST_DEFAULT = 50
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])

audit_group = ProductGroup("audit", help="What staff and the command line did.")


def _find(_context: object, _option: object, name: str | None) -> int | None:
    if name is None:
        return None
    person_id = audit.person_id_of(name)
    if person_id is None:
        raise click.BadParameter(f"there is no one called {name}")
    return person_id


def _in_utc(_context: object, _option: object, at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options by which entries are chosen."""
    for option in (
        click.option("--until", type=DAY, callback=_in_utc, help="Before this time (UTC)."),
        click.option("--since", type=DAY, callback=_in_utc, help="From this time on (UTC)."),
        click.option("--action", type=click.Choice(ACTIONS), help="Acts of this kind."),
        click.option("--person", "person_id", callback=_find, help="On whom: a name, or #ID."),
        click.option("--actor", "actor_id", callback=_find, help="Who: a name, #ID, #0: shell."),
    ):
        command = option(command)
    return command


@audit_group.command("list")
@filtered
@click.option("--limit", type=click.IntRange(1, 1000), default=LIST_DEFAULT, show_default=True)
def list_entries(limit: int, **chosen: Any) -> None:
    """The newest entries, newest first."""
    entries = audit.page(Filters(**chosen), Cursor(limit))
    names = audit.names_in(entries)
    for entry in entries:
        facts = audit.as_facts(entry, names)
        who = _name(entry.actor_id, facts["actor"]) if entry.actor_id else "command line"
        whom = _name(entry.person_id, facts["person"]) if entry.person_id else ""
        cells = (facts["at"], who, entry.action, whom, entry.target, facts["reason"])
        click.echo("  ".join(cell for cell in cells if cell))
    if not entries:
        click.echo("No entries.")


def _name(person_id: int, name: str | None) -> str:
    return name or f"#{person_id}"


@audit_group.command("export")
@filtered
def export(**chosen: Any) -> None:
    """Every entry, newest first, as lines of JSON."""
    for line in audit.lines(Filters(**chosen)):
        click.echo(line, nl=False)
