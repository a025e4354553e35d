"""`flask blocklist`: by what nobody may create an account."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, TextIO

import click

from app.extensions import db
from app.lib.blocklist_values import KINDS, BlocklistValueError, parse_domain, parse_value
from app.lib.dates import utcnow
from app.lib.log_events import log_event
from app.lib.text import one_line
from app.models import BlocklistEntry
from app.models.accounts.blocklist_entry import NOTE_MAX
from app.services.accounts import blocklist
from app.services.site.audit import COMMAND_LINE
from app.web.blocklist_advice import blocklist_advice
from app.web.commands import ProductGroup

DAYS_MAX = 3650
# Of the lines that are no domains, so many are named.
NAMED_MAX = 10

blocklist_group = ProductGroup("blocklist", help="What nobody may create an account with.")
kind_argument = click.argument("kind", type=click.Choice(KINDS))
days_option = click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), help="For how long; without it, for good."
)


def _check_note(_context: object, _option: object, note: str) -> str:
    if len(note := one_line(note)) > NOTE_MAX:
        raise click.BadParameter(f"at most {NOTE_MAX} characters")
    return note


note_option = click.option("--note", default="", callback=_check_note, help="Why, for others.")


def _parse(kind: str, text: str) -> str:
    try:
        return parse_value(kind, text)
    except BlocklistValueError as error:
        raise click.ClickException(blocklist_advice(error.problem)) from None


def _end(days: int | None) -> datetime | None:
    return utcnow() + timedelta(days=days) if days else None


@blocklist_group.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_entries(kind: str | None, as_json: bool) -> None:
    """What is blocked, newest first. Of an address, only its number is known."""
    found = blocklist.Filters(kind).select().order_by(BlocklistEntry.id.desc())
    rows = [_row_of(one) for one in db.session.scalars(found)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        value, end = row["value"] or "-", row["ends_at"] or "-"
        click.echo(f"{row['id']:>6}  {row['kind']:<8}  {value:<40}  {end:<25}  {row['note']}")
    if not rows:
        click.echo("Nothing is blocked.")


def _row_of(one: BlocklistEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "value": None if one.kind == "address" else one.value,
        "note": one.note,
        "maker": one.maker.username if one.maker else None,
        "created_at": one.created_at.isoformat(timespec="seconds"),
        "ends_at": one.ends_at.isoformat(timespec="seconds") if one.ends_at else None,
    }


@blocklist_group.command("add")
@kind_argument
@click.argument("value")
@note_option
@days_option
def add(kind: str, value: str, note: str, days: int | None) -> None:
    """Block VALUE: a domain with all below it, an address, a network, or a username with stars."""
    entry = blocklist.add(kind, _parse(kind, value), COMMAND_LINE, note=note, ends_at=_end(days))
    db.session.commit()
    log_event("block_added", kind=kind, entry_id=entry.id)
    click.echo(f"Blocked, as number {entry.id}.")


@blocklist_group.command("remove")
@kind_argument
@click.argument("value")
def remove(kind: str, value: str) -> None:
    """Let people join with VALUE again."""
    entry = blocklist.named(kind, _parse(kind, value))
    if entry is None:
        raise click.ClickException("this isn't blocked")
    blocklist.remove(entry.id, COMMAND_LINE)
    db.session.commit()
    log_event("block_removed", kind=kind, entry_id=entry.id)
    click.echo("Not blocked anymore.")


@blocklist_group.command("find")
@click.argument("text")
def find(text: str) -> None:
    """What blocks TEXT: an address, a domain, a network or a username."""
    rows = blocklist.find(text)
    for one in rows:
        click.echo(f"{one.id:>6}  {one.kind:<8}  {'-' if one.kind == 'address' else one.value}")
    if not rows:
        click.echo("Nothing blocks it.")


@blocklist_group.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="replace"))
@note_option
@days_option
def import_file(file: TextIO, note: str, days: int | None) -> None:
    """Block all email domains in FILE: one a line; # begins a comment."""
    domains, wrong = _read(file)
    count = blocklist.import_domains(domains, COMMAND_LINE, note=note, ends_at=_end(days))
    db.session.commit()
    log_event("blocks_imported", count=count)
    click.echo(f"Blocked now: {count}. Blocked before: {len(set(domains)) - count}.")
    if wrong:
        named = ", ".join(map(str, wrong[:NAMED_MAX])) + (", …" if wrong[NAMED_MAX:] else "")
        click.echo(f"Lines that aren't domains: {named}", err=True)


def _read(file: TextIO) -> tuple[list[str], list[int]]:
    """The domains in `file`, and the numbers of the lines that are none."""
    domains, wrong = [], []
    for number, line in enumerate(file, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            domains.append(parse_domain(text))
        except BlocklistValueError:
            wrong.append(number)
    return domains, wrong
