"""The audit log: record what staff and operators do, read it, and forget what is personal in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.usernames import username_key
from app.models import AuditDetail, AuditEntry, User

NETWORK_RETENTION = timedelta(days=30)
EXPORT_BATCH = 500
# An id that every database can look up.
NUMBER = re.compile("#([0-9]{1,18})", re.ASCII)
# What can be recorded.
Action = Literal[
    "accept_application",
    "add_announcement",
    "add_block",
    "add_note",
    "add_rule",
    "answer_appeal",
    "change_role",
    "change_setting",
    "close_account",
    "close_case",
    "create_account",
    "create_admin_token",
    "create_invitation",
    "create_role",
    "delete_role",
    "delete_template",
    "drop_jobs",
    "edit_page",
    "edit_role",
    "edit_rule",
    "edit_template",
    "end_announcement",
    "end_sessions",
    "hide_posts",
    "import_blocks",
    "lift_decision",
    "make_backup",
    "make_reset_link",
    "make_setup_link",
    "move_rule",
    "open_case",
    "refuse_application",
    "release_case",
    "remove_block",
    "remove_rule",
    "require_note",
    "reset_two_factor",
    "restore_rule",
    "retry_jobs",
    "revoke_invitation",
    "send_reset_link",
    "send_test_mail",
    "silence",
    "suspend",
    "take_case",
    "undo_decision",
    "verify_address",
    "warn",
]
ACTIONS: tuple[Action, ...] = get_args(Action)


# What happens to a case before the person hears of it.
CASE_ACTIONS: tuple[Action, ...] = (
    "add_note",
    "close_case",
    "open_case",
    "release_case",
    "take_case",
)


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where. No person: somebody with a shell on the server."""

    person: User | None = None
    network: str = ""
    request_id: str | None = None


COMMAND_LINE = Actor()


@dataclass(frozen=True)
class Filters:
    """Which entries to list. `actor_id` 0: those of the command line."""

    actor_id: int | None = None
    person_id: int | None = None
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None
    # Who reads: staff do not learn from the log that there is a case about them.
    reader_id: int | None = None

    def select(self) -> sa.Select[AuditEntry]:
        rows = sa.select(AuditEntry)
        if self.reader_id is not None:
            is_about_them = AuditEntry.person_id.is_not_distinct_from(self.reader_id)
            rows = rows.where(~sa.and_(is_about_them, AuditEntry.action.in_(CASE_ACTIONS)))
        if self.actor_id is not None:
            rows = rows.where(AuditEntry.actor_id.is_not_distinct_from(self.actor_id or None))
        if self.person_id is not None:
            rows = rows.where(AuditEntry.person_id == self.person_id)
        if self.action is not None:
            rows = rows.where(AuditEntry.action == self.action)
        if self.since is not None:
            rows = rows.where(AuditEntry.created_at >= self.since)
        if self.until is not None:
            rows = rows.where(AuditEntry.created_at < self.until)
        return rows


def record(
    action: Action,
    by: Actor,
    *,
    person: User | None = None,
    target: str = "",
    rule: str | None = None,
    reason: str = "",
) -> AuditEntry:
    """Add an entry, in the transaction of what it is about.

    `target` and `rule` stay for ever; `reason` and the network can be erased.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action} is not in ACTIONS")
    actor_id = by.person.id if by.person else None
    person_id = person.id if person else None
    entry = AuditEntry(
        actor_id=actor_id,
        action=action,
        person_id=person_id,
        target=target,
        rule=rule,
        request_id=by.request_id,
    )
    db.session.add(entry)
    db.session.flush()
    if reason or by.network:
        detail = AuditDetail(
            entry_id=entry.id,
            actor_id=actor_id,
            person_id=person_id,
            reason=reason,
            network=by.network,
        )
        db.session.add(detail)
        db.session.flush()
    return entry


def page(filters: Filters, cursor: Cursor) -> list[AuditEntry]:
    """A page of entries with their details, newest first."""
    rows = filters.select().options(joinedload(AuditEntry.detail))
    return list(db.session.scalars(cursor.apply(rows, AuditEntry.id)))


def batches(filters: Filters) -> Iterator[list[AuditEntry]]:
    """Every entry, newest first, in lists that fit into memory."""
    cursor = Cursor(EXPORT_BATCH)
    while entries := page(filters, cursor):
        yield entries
        cursor = cursor.beyond(entries[-1].id)


def lines(filters: Filters) -> Iterator[str]:
    """Every entry, newest first, as lines of JSON."""
    for entries in batches(filters):
        names = names_in(entries)
        for entry in entries:
            yield json.dumps(as_facts(entry, names), ensure_ascii=False) + "\n"


def as_facts(entry: AuditEntry, names: Mapping[int, str]) -> dict[str, Any]:
    """What is known of an entry. Names are those of today, and missing once somebody is erased."""
    detail = entry.detail
    return {
        "id": entry.id,
        "at": entry.created_at.isoformat(timespec="seconds"),
        "action": entry.action,
        "actor_id": entry.actor_id,
        "actor": names.get(entry.actor_id or 0),
        "person_id": entry.person_id,
        "person": names.get(entry.person_id or 0),
        "target": entry.target,
        "rule": entry.rule,
        "reason": detail.reason if detail else "",
        "network": detail.network if detail else "",
        "request_id": entry.request_id,
    }


def names_in(entries: Sequence[AuditEntry]) -> dict[int, str]:
    """The usernames of the people in `entries` by their ids; those who were erased have none."""
    ids = {id_ for entry in entries for id_ in (entry.actor_id, entry.person_id) if id_ is not None}
    if not ids:
        return {}
    rows = db.session.execute(sa.select(User.id, User.username).where(User.id.in_(ids)))
    return {row.id: row.username for row in rows}


def person_id_of(text: str) -> int | None:
    """The id of the person called `text`, or the one in a text such as `#12`.

    That also finds what was done by or to people who were erased; `#0` is the command line.
    """
    if number := NUMBER.fullmatch(text):
        return int(number[1])
    key = username_key(text.removeprefix("@"))
    return db.session.scalar(sa.select(User.id).where(User.username_key == key))


def purge() -> int:
    """Forget from which network acts came that are older than NETWORK_RETENTION."""
    old = sa.select(AuditEntry.id).where(AuditEntry.created_at < utcnow() - NETWORK_RETENTION)
    known = AuditDetail.network != ""
    change = sa.update(AuditDetail).where(known, AuditDetail.entry_id.in_(old)).values(network="")
    emptied = db.session.scalars(change.returning(AuditDetail.entry_id)).all()
    # What says nothing any more.
    is_empty = sa.and_(AuditDetail.network == "", AuditDetail.reason == "")
    db.session.execute(sa.delete(AuditDetail).where(is_empty))
    return len(emptied)
