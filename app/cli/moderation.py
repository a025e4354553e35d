"""Moderation from the command line: suspend, silence, require notes, list cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from app.cli.user import find_user, user_group
from app.database.cursor import ID_MAX, Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.log_events import log_event
from app.lib.text import length, one_line
from app.models import Case
from app.models.moderation.case import WORDS_MAX
from app.models.moderation.decision import Action
from app.models.posts.post import CONTENT_NOTE_MAX
from app.services.moderation import cases, decisions
from app.services.moderation.decisions import Verdict
from app.services.site import rules
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup

LISTED_MAX = 1_000
DONE = {
    "suspend": "suspended",
    "silence": "silenced",
    "require_note": "under a content note",
}
DAY = click.DateTime(["%Y-%m-%d"])

moderation_group = ProductGroup("moderation", help="Reports about members.")


def _end_of(_context: object, _option: object, day: datetime | None) -> datetime | None:
    until = day.replace(tzinfo=UTC) if day else None
    if until is not None and until <= utcnow():
        raise click.BadParameter("choose a day that is still to come")
    return until


def _rule_of(_context: object, _option: object, number: int | None) -> int | None:
    if number is None:
        return None
    known = {rule.number: rule.id for rule in rules.current("en")}
    if number not in known:
        raise click.BadParameter(f"there is no such rule. There are: {sorted(filter(None, known))}")
    return known[number]


def _message_of(_context: object, _option: object, message: str) -> str:
    if len(message) > WORDS_MAX:
        raise click.BadParameter(f"use at most {WORDS_MAX} characters")
    return message


def _note_of(_context: object, _argument: object, note: str) -> str:
    note = one_line(note)
    if not 0 < length(note) <= CONTENT_NOTE_MAX:
        raise click.BadParameter(f"use 1 to {CONTENT_NOTE_MAX} characters")
    return note


until_option = click.option(
    "--until", type=DAY, callback=_end_of, help="Until this day, in UTC. Otherwise for good."
)
rule_option = click.option("--rule", type=int, callback=_rule_of, help="The number of a rule.")
message_option = click.option(
    "--message", default="", callback=_message_of, help="A message to them."
)


@user_group.command("suspend")
@click.argument("username")
@until_option
@rule_option
@message_option
def suspend(username: str, until: datetime | None, rule: int | None, message: str) -> None:
    """Suspend USERNAME: sign them out, hide them, and email them how to appeal."""
    _decide("suspend", username, Verdict("suspend", rule, message, until))


@user_group.command("silence")
@click.argument("username")
@until_option
@rule_option
@message_option
def silence(username: str, until: datetime | None, rule: int | None, message: str) -> None:
    """Show what USERNAME writes to their followers alone."""
    _decide("silence", username, Verdict("silence", rule, message, until))


@user_group.command("require-note")
@click.argument("username")
@click.argument("note", callback=_note_of)
@click.option(
    *("--post", "post_ids"),
    type=click.IntRange(1, ID_MAX),
    multiple=True,
    required=True,
    help="The number of a post.",
)
@until_option
@rule_option
@message_option
def require_note(
    username: str,
    note: str,
    post_ids: tuple[int, ...],
    until: datetime | None,
    rule: int | None,
    message: str,
) -> None:
    """Put a content note on posts of USERNAME, which they cannot remove."""
    _decide(
        "require_note",
        username,
        Verdict("require_note", rule, message, until, post_ids=post_ids, note=note),
    )


@user_group.command("unsuspend")
@click.argument("username")
def unsuspend(username: str) -> None:
    """Lift every suspension of USERNAME."""
    _lift("suspend", username)


@user_group.command("unsilence")
@click.argument("username")
def unsilence(username: str) -> None:
    """Lift every silencing of USERNAME."""
    _lift("silence", username)


@user_group.command("unrequire-note")
@click.argument("username")
def unrequire_note(username: str) -> None:
    """Take every content note off that was put on posts of USERNAME."""
    _lift("require_note", username)


def _decide(action: Action, username: str, verdict: Verdict) -> None:
    user = find_user(username)
    decision = decisions.decide(user, verdict, COMMAND_LINE)
    db.session.commit()
    log_event("moderation_decided", whose=user.id, action=action)
    end = f"until {decision.until:%Y-%m-%d}" if decision.until else "for good"
    click.echo(f"{user.username} is {DONE[action]} {end}.")


def _lift(action: Action, username: str) -> None:
    user = find_user(username)
    count = decisions.lift_all(user, action, COMMAND_LINE)
    db.session.commit()
    if count:
        log_event("moderation_lifted", whose=user.id, action=action)
    click.echo(f"{user.username} {'is no longer' if count else 'was not'} {DONE[action]}.")


@moderation_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_cases(as_json: bool) -> None:
    """List open cases, the latest first."""
    rows = [_facts_of(case) for case in cases.open_ones(Cursor(LISTED_MAX))]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        who = f"{row['reports']:>4} reports"
        click.echo(f"{row['id']:>6}  {row['opened_at']}  {who}  {row['person']}")
    if not rows:
        click.echo("No case is open.")


def _facts_of(case: Case) -> dict[str, str | int | None]:
    rule = rules.named(case.rule_id, "en") if case.rule_id else None
    return {
        "id": case.id,
        "person": one_line(case.person.username),
        "opened_at": case.opened_at.isoformat(timespec="seconds"),
        "reports": case.reports_count,
        "rule": rule.title if rule else None,
        "assignee": case.assignee.username if case.assignee else None,
    }
