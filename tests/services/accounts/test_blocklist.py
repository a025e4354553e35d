"""The block list below the front door: what it covers, for how long, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db
from app.database.cursor import Cursor
from app.lib.blocklist_values import parse_value
from app.lib.dates import utcnow
from app.models import AuditEntry, BlocklistEntry
from app.services.accounts import blocklist
from app.services.errors import (
    AlreadyBlockedError,
    BlockedAddressError,
    BlockedNetworkError,
    BlockedUsernameError,
    GoneError,
    ProductError,
)
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_user
from tests.support.pages import counted_statements


def block(kind: str, text: str, **values: Any) -> BlocklistEntry:
    entry = blocklist.add(kind, parse_value(kind, text), COMMAND_LINE, **values)
    db.session.commit()
    return entry


def refusal(**facts: Any) -> type[ProductError] | None:
    try:
        blocklist.require_allowed(**facts)
    except ProductError as error:
        return type(error)
    return None


def recorded() -> list[tuple[str, str]]:
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.target) for entry in entries]


@pytest.mark.parametrize(
    ("key", "is_refused"),
    [
        ("dora@junk.example", True),
        ("dora@mail.junk.example", True),
        ("dora@notjunk.example", False),
        ("dora@junk.example.org", False),
        ("eva@fine.example", True),
        ("eva+anything@fine.example", True),
        ("dora@fine.example", False),
    ],
)
def test_domains_with_all_below_them_and_single_addresses(
    app: Flask, key: str, is_refused: bool
) -> None:
    block("domain", "junk.example")
    block("address", "Eva+here@fine.example")
    assert (refusal(email_key=key) is BlockedAddressError) == is_refused


@pytest.mark.parametrize(
    ("client", "is_refused"),
    [
        ("192.0.2.7", True),
        ("192.0.3.1", False),
        ("198.51.100.9", True),
        ("198.51.100.8", False),
        ("2001:db8:1::5", True),
        ("2001:db8:2::5", False),
    ],
)
def test_networks_of_both_versions(app: Flask, client: str, is_refused: bool) -> None:
    for text in ("192.0.2.0/24", "198.51.100.9", "2001:db8:1::/48"):
        block("network", text)
    assert (refusal(client=ip_address(client)) is BlockedNetworkError) == is_refused


@pytest.mark.parametrize(
    ("username", "is_refused"),
    [
        ("casino", True),
        ("BestCasino99", True),
        ("casin", False),
        ("buy_now", True),
        ("buyxnow", False),
        ("buy_now2", False),
        ("a.seo-x", True),
        ("seo-x", False),
    ],
)
def test_patterns_of_usernames(app: Flask, username: str, is_refused: bool) -> None:
    for text in ("*casino*", "buy_now", "*.seo-*"):
        block("username", text)
    assert (refusal(username=username) is BlockedUsernameError) == is_refused


def test_all_is_asked_in_one_statement_and_nothing_in_none(app: Flask) -> None:
    block("network", "192.0.2.0/24"), block("domain", "junk.example"), block("username", "casino*")
    facts = {"email_key": "a@junk.example", "username": "casino1"}
    with counted_statements() as ran:
        assert refusal(**facts, client=ip_address("192.0.2.1")) is BlockedNetworkError
    assert len(ran) == 1
    assert refusal(**facts) is BlockedAddressError
    assert refusal() is None


def test_an_address_is_kept_as_a_keyed_hash_that_outlives_a_change_of_the_key(app: Flask) -> None:
    entry = block("address", "eva@fine.example")
    assert len(entry.value) == 64 and "eva" not in entry.value
    old = app.config["SECRET_KEY"]
    app.config |= {"SECRET_KEY": "n" * 32, "SECRET_KEY_FALLBACKS": []}
    assert refusal(email_key="eva@fine.example") is None
    app.config["SECRET_KEY_FALLBACKS"] = [old]
    assert refusal(email_key="eva@fine.example") is BlockedAddressError
    assert blocklist.named("address", "eva@fine.example") == entry


def test_what_is_blocked_is_not_blocked_again_until_it_has_ended(app: Flask) -> None:
    first = block("domain", "junk.example", note="first", ends_at=utcnow() + timedelta(days=1))
    with pytest.raises(AlreadyBlockedError):
        block("domain", "junk.example")
    db.session.rollback()
    with time_machine.travel(utcnow() + timedelta(days=1, seconds=1)):
        assert refusal(email_key="a@junk.example") is None
        second = block("domain", "junk.example", note="second")
    assert (second.id, second.note, second.ends_at) == (first.id, "second", None)
    assert refusal(email_key="a@junk.example") is BlockedAddressError


def test_a_removal_is_undone_within_a_day(app: Flask) -> None:
    entry = block("username", "casino*")
    blocklist.remove(entry.id, COMMAND_LINE)
    assert refusal(username="casino") is None
    with pytest.raises(GoneError):
        blocklist.remove(entry.id, COMMAND_LINE)
    blocklist.restore(entry.id, COMMAND_LINE)
    assert refusal(username="casino") is BlockedUsernameError
    with pytest.raises(GoneError):
        blocklist.restore(entry.id, COMMAND_LINE)
    blocklist.remove(entry.id, COMMAND_LINE)
    db.session.commit()
    with time_machine.travel(utcnow() + timedelta(days=1, seconds=1)), pytest.raises(GoneError):
        blocklist.restore(entry.id, COMMAND_LINE)
    added, removed = ("add_block", "username casino*"), ("remove_block", "username casino*")
    assert recorded() == [added, removed, added, removed]


def test_the_log_keeps_nothing_that_leads_to_a_person(app: Flask) -> None:
    address = block("address", "eva@fine.example")
    narrow, wide = block("network", "192.0.2.7"), block("network", "192.0.2.0/24")
    long = block("domain", "x" * 60 + "." + "y" * 60 + ".example")
    assert [target for _, target in recorded()] == [
        f"address #{address.id}",
        f"network #{narrow.id}",
        f"network {wide.value}",
        f"domain {long.value}"[:100],
    ]


def test_a_long_list_of_domains_is_imported_once(app: Flask) -> None:
    block("domain", "junk1.example")
    domains = [f"junk{number}.example" for number in range(1200)] * 2
    assert blocklist.import_domains(domains, COMMAND_LINE, note="a list") == 1199
    assert blocklist.import_domains(domains, COMMAND_LINE) == 0
    assert refusal(email_key="a@x.junk1111.example") is BlockedAddressError
    assert recorded() == [("add_block", "domain junk1.example"), ("import_blocks", "1199 domains")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dora@mail.junk.example", ["junk.example"]),
        ("Mail.Junk.Example", ["junk.example"]),
        ("@casino7", ["casino*"]),
        ("192.0.2.7", ["192.0.2.0/24"]),
        ("192.0.2.128/25", ["192.0.2.0/24"]),
        ("192.0.0.0/16", []),
        ("fine.example", []),
        ("", []),
        ("%", []),
        ("a\0b@c", []),
        ("@" * 300, []),
    ],
)
def test_it_says_what_blocks_something(app: Flask, text: str, found: list[str]) -> None:
    block("domain", "junk.example"), block("network", "192.0.2.0/24"), block("username", "casino*")
    assert [entry.value for entry in blocklist.find(text)] == found


def test_entries_are_listed_by_kind_newest_first_with_who_made_them(app: Flask) -> None:
    sam = make_user("sam", role="admin")
    block("domain", "junk.example")
    by = blocklist.Actor(sam)
    blocklist.add("network", "192.0.2.0/24", by)
    blocklist.add("domain", "spam.example", by)
    db.session.commit()
    rows = blocklist.page(blocklist.Filters("domain"), Cursor(10))
    assert [(row.value, row.maker) for row in rows] == [
        ("spam.example", sam),
        ("junk.example", None),
    ]
    assert len(blocklist.page(blocklist.Filters(), Cursor(10))) == 3


@pytest.mark.parametrize(
    "is_over",
    [
        lambda entry: {"ends_at": utcnow() - timedelta(seconds=1)},
        lambda entry: {"removed_at": utcnow() - timedelta(days=1, seconds=1)},
    ],
)
def test_what_is_over_is_purged(app: Flask, is_over: Callable[[object], dict[str, Any]]) -> None:
    kept, gone = block("domain", "kept.example"), block("domain", "gone.example")
    change = sa.update(BlocklistEntry).where(BlocklistEntry.id == gone.id)
    db.session.execute(change.values(is_over(gone)))
    assert blocklist.purge() == 1
    assert db.session.scalars(sa.select(BlocklistEntry.id)).all() == [kept.id]
