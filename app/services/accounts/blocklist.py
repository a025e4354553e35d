"""The block list: add, find and remove what nobody may create an account with."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.backends.mail_hosts import mail_hosts
from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.blocklist_values import (
    Address,
    BlocklistValueError,
    base_of,
    covering_domains,
    covering_networks,
    is_shown,
    network_in,
    parse_domain,
)
from app.lib.dates import utcnow
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.tokens import derive_key
from app.lib.usernames import username_key
from app.models import BlocklistEntry
from app.models.site.audit_entry import TARGET_MAX
from app.services.errors import (
    AlreadyBlockedError,
    BlockedAddressError,
    BlockedNetworkError,
    BlockedUsernameError,
    GoneError,
)
from app.services.site import audit
from app.services.site.audit import COMMAND_LINE, Actor

PURPOSE = "blocked-address"
# For how long a removal can be undone.
UNDO_WITHIN = timedelta(hours=24)
FOUND_MAX = 100


@dataclass(frozen=True)
class Filters:
    """Which entries to list: of one kind."""

    kind: str | None = None

    def select(self) -> sa.Select[BlocklistEntry]:
        rows = BlocklistEntry.in_force().options(joinedload(BlocklistEntry.maker))
        return rows.where(BlocklistEntry.kind == self.kind) if self.kind else rows


def require_allowed(
    *, email_key: str = "", username: str = "", client: Address | None = None
) -> None:
    """Check what somebody wants to create an account with; at most one statement.

    Raises BlockedNetworkError, BlockedAddressError or BlockedUsernameError.
    """
    values: dict[str, Collection[str]] = {}
    if email_key:
        values |= _values_of_address(email_key)
    if username:
        values["username"] = [username_key(username)]
    if client is not None:
        values["network"] = covering_networks(client)
    found = BlocklistEntry.covering(values).with_only_columns(BlocklistEntry.kind).distinct()
    kinds = set(db.session.scalars(found))
    if "network" in kinds:
        raise BlockedNetworkError
    if kinds & {"domain", "address"}:
        raise BlockedAddressError
    if "username" in kinds:
        raise BlockedUsernameError


def require_allowed_mail_hosts(email_key: str) -> None:
    """Check where mail to an address goes, since throwaway domains are many and their hosts few.

    A name server is asked, so not while a transaction holds locks. Raises BlockedAddressError.
    """
    hosts = mail_hosts(email_key.rpartition("@")[2])
    domains = {domain for host in hosts for domain in covering_domains(host)}
    if domains:
        found = BlocklistEntry.covering({"domain": domains}).with_only_columns(BlocklistEntry.id)
        if db.session.scalars(found.limit(1)).first() is not None:
            raise BlockedAddressError


def page(filters: Filters, cursor: Cursor) -> Sequence[BlocklistEntry]:
    """A page of entries with who made them, newest first."""
    return db.session.scalars(cursor.apply(filters.select(), BlocklistEntry.id)).all()


def find(text: str) -> Sequence[BlocklistEntry]:
    """What blocks `text`: an address, a domain, a network or a username; newest first."""
    rows = BlocklistEntry.covering(_values_of(text)).options(joinedload(BlocklistEntry.maker))
    return db.session.scalars(rows.order_by(BlocklistEntry.id.desc()).limit(FOUND_MAX)).all()


def named(kind: str, value: str) -> BlocklistEntry | None:
    """The entry with exactly this value, as `parse_value` returns it."""
    values = _hashes(value) if kind == "address" else [value]
    same = BlocklistEntry.kind == kind, BlocklistEntry.value.in_(values)
    return db.session.scalar(BlocklistEntry.in_force().where(*same))


def add(
    kind: str, value: str, by: Actor, *, note: str = "", ends_at: datetime | None = None
) -> BlocklistEntry:
    """Block a value as `parse_value` returns it; of an address, its hash is kept.

    Raises AlreadyBlockedError.
    """
    stored = _hashes(value)[0] if kind == "address" else value
    ids = _insert(kind, [stored], by, note, ends_at)
    if not ids:
        raise AlreadyBlockedError
    entry = db.session.get_one(BlocklistEntry, ids[0], populate_existing=True)
    audit.record("add_block", by, target=_recorded(entry))
    return entry


def block_erased(email_key: str, until: datetime) -> None:
    """Block the address of an account that is erased; of it, only the hash is stored."""
    stored = _hashes(base_of(email_key))[0]
    _insert("address", [stored], COMMAND_LINE, "Erased while suspended", until)


def import_domains(
    domains: Iterable[str], by: Actor, *, note: str = "", ends_at: datetime | None = None
) -> int:
    """Block all `domains` that are not blocked yet. Returns how many these are."""
    listed = list(dict.fromkeys(domains))
    count = len(_insert("domain", listed, by, note, ends_at)) if listed else 0
    if count:
        audit.record("import_blocks", by, target=f"{count} domains")
    return count


def _insert(
    kind: str, values: Sequence[str], by: Actor, note: str, ends_at: datetime | None
) -> Sequence[int]:
    """Add those that are not in force, also in place of one that has ended or was removed."""
    common = {
        "note": note,
        "maker_id": by.person.id if by.person else None,
        "created_at": utcnow(),
        "ends_at": ends_at,
        "removed_at": None,
    }
    key = [BlocklistEntry.kind, BlocklistEntry.value]
    is_over = sa.not_(BlocklistEntry.is_in_force())
    rows = insert(BlocklistEntry)
    upsert = rows.on_conflict_do_update(index_elements=key, set_=common, where=is_over)
    # In batches of its own: a list may have a hundred thousand values.
    given = [{"kind": kind, "value": value, **common} for value in values]
    connection = db.session.connection()
    return connection.execute(upsert.returning(BlocklistEntry.id), given).scalars().all()


def remove(entry_id: int, by: Actor) -> BlocklistEntry:
    """Let people join with it again. Raises GoneError for the second of two."""
    claim = sa.update(BlocklistEntry).where(
        BlocklistEntry.id == entry_id, BlocklistEntry.is_in_force()
    )
    entry = _changed(claim.values(removed_at=utcnow()))
    audit.record("remove_block", by, target=_recorded(entry))
    return entry


def restore(entry_id: int, by: Actor) -> BlocklistEntry:
    """Undo a removal. Raises GoneError when there is nothing to undo."""
    claim = sa.update(BlocklistEntry).where(
        BlocklistEntry.id == entry_id, BlocklistEntry.removed_at > utcnow() - UNDO_WITHIN
    )
    entry = _changed(claim.values(removed_at=None))
    audit.record("add_block", by, target=_recorded(entry))
    return entry


def _changed(claim: sa.Update) -> BlocklistEntry:
    claim = claim.execution_options(synchronize_session=False)
    entry_id = db.session.scalar(claim.returning(BlocklistEntry.id))
    if entry_id is None:
        raise GoneError
    return db.session.get_one(BlocklistEntry, entry_id, populate_existing=True)


def purge() -> int:
    """Delete entries that have ended, or that were removed and cannot come back."""
    is_over = sa.or_(
        BlocklistEntry.ends_at <= utcnow(), BlocklistEntry.removed_at <= utcnow() - UNDO_WITHIN
    )
    gone = sa.delete(BlocklistEntry).where(is_over).returning(BlocklistEntry.id)
    return len(db.session.scalars(gone.execution_options(synchronize_session=False)).all())


def _values_of(text: str) -> dict[str, Collection[str]]:
    text = text.strip().removeprefix("@")
    if (network := network_in(text)) is not None:
        return {"network": covering_networks(network)}
    if "@" in text:
        with suppress(EmailSyntaxError):
            return _values_of_address(parse_email(text)[1])
    values: dict[str, Collection[str]] = {}
    # Anything else is no part of a username, nor of what the database can be asked for.
    if text.isascii() and text.isprintable():
        values["username"] = [username_key(text)]
    with suppress(BlocklistValueError):
        values["domain"] = covering_domains(parse_domain(text))
    return values


def _values_of_address(email_key: str) -> dict[str, Collection[str]]:
    host = email_key.rpartition("@")[2]
    return {"domain": covering_domains(host), "address": _hashes(base_of(email_key))}


def _hashes(address: str) -> list[str]:
    """Keyed hashes of `address`, the first with the newest key."""
    config = current_app.config
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    keys = [derive_key(secret, PURPOSE) for secret in secrets]
    return [hmac.new(key, address.encode(), "sha256").hexdigest() for key in keys]


def _recorded(entry: BlocklistEntry) -> str:
    """What the audit log keeps for ever, so nothing that leads to a person."""
    is_personal = entry.kind == "address" or (entry.kind == "network" and not is_shown(entry.value))
    value = f"#{entry.id}" if is_personal else entry.value
    return f"{entry.kind} {value}"[:TARGET_MAX]
