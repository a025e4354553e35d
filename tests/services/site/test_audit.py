"""The audit log: what the database keeps, and what it can forget."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import AuditDetail, AuditEntry, User
from app.services.accounts import accounts
from app.services.site import audit
from app.services.site.audit import COMMAND_LINE, Actor, Filters
from tests.support.factories import make_user


def kept() -> list[AuditEntry]:
    db.session.commit()
    db.session.expire_all()
    return audit.page(Filters(), Cursor(20))


def details() -> list[tuple[str, str]]:
    db.session.commit()
    rows = db.session.execute(sa.select(AuditDetail.reason, AuditDetail.network))
    return [tuple(row) for row in rows]


CHANGES = [
    "UPDATE audit_entry SET action = 'nothing'",
    "DELETE FROM audit_entry",
    "INSERT OR REPLACE INTO audit_entry (id, action, target, created_at) "
    "SELECT id, 'nothing', '', created_at FROM audit_entry",
    "TRUNCATE audit_entry CASCADE",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_is_written(app: Flask, ana: User, change: str) -> None:
    foreign = "OR REPLACE" if db.engine.dialect.name == "postgresql" else "TRUNCATE"
    if foreign in change:
        return
    audit.record("verify_address", COMMAND_LINE, person=ana)
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text(change))
    db.session.rollback()
    assert [entry.action for entry in kept()] == ["verify_address"]


def test_an_unknown_act_is_a_mistake_of_ours(app: Flask) -> None:
    with pytest.raises(ValueError, match="not in ACTIONS"):
        audit.record("dance", COMMAND_LINE)


def test_networks_go_after_thirty_days_and_reasons_stay(app: Flask, ana: User, ben: User) -> None:
    by = Actor(ana, "198.51.100.0/24", "abc")
    for age in (29, 31):
        for reason in ("", "Asked for it by phone."):
            entry = AuditEntry(action="verify_address", created_at=utcnow() - timedelta(days=age))
            db.session.add(entry)
            db.session.flush()
            db.session.add(
                AuditDetail(entry_id=entry.id, actor_id=ana.id, reason=reason, network=by.network)
            )
    assert audit.purge() == 2
    assert sorted(details()) == [
        ("", "198.51.100.0/24"),
        ("Asked for it by phone.", ""),
        ("Asked for it by phone.", "198.51.100.0/24"),
    ]
    assert audit.purge() == 0
    assert len(kept()) == 4


@pytest.mark.parametrize("who", ["actor", "person"])
def test_what_is_personal_goes_with_either_person(app: Flask, who: str) -> None:
    actor, person = make_user("dora"), make_user("emil")
    ids = actor.id, person.id
    audit.record("verify_address", Actor(actor, "198.51.100.0/24"), person=person, reason="Why")
    gone = actor if who == "actor" else person
    gone.closed_at = utcnow() - accounts.ERASE_AFTER - timedelta(minutes=1)
    db.session.commit()
    assert accounts.erase_closed() == 1
    (entry,) = kept()
    assert (entry.actor_id, entry.person_id, entry.detail) == (*ids, None)
    facts = audit.as_facts(entry, audit.names_in([entry]))
    assert facts[who] is None and facts[f"{who}_id"] is not None


def test_entries_are_found_by_who_what_whom_and_when(app: Flask, ana: User, ben: User) -> None:
    by_ana = audit.record("verify_address", Actor(ana), person=ben)
    by_shell = audit.record("end_sessions", COMMAND_LINE, person=ana)
    now = utcnow()

    def found(**chosen: object) -> list[int]:
        return [entry.id for entry in audit.page(Filters(**chosen), Cursor(9))]

    assert found() == [by_shell.id, by_ana.id]
    assert found(actor_id=ana.id) == [by_ana.id]
    assert found(actor_id=0) == [by_shell.id]
    assert found(person_id=ana.id) == [by_shell.id]
    assert found(action="verify_address") == [by_ana.id]
    assert found(since=now - timedelta(minutes=1)) == [by_shell.id, by_ana.id]
    assert found(since=now + timedelta(minutes=1)) == []
    assert found(until=now - timedelta(minutes=1)) == []
    assert audit.person_id_of("@ANA") == audit.person_id_of(f"#{ana.id}") == ana.id
    assert audit.person_id_of("#0") == 0
    assert audit.person_id_of("nobody") is None


def test_an_export_is_read_in_batches(
    app: Flask, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "EXPORT_BATCH", 2)
    for _ in range(5):
        audit.record("verify_address", COMMAND_LINE, person=ana)
    rows = [json.loads(line) for line in audit.lines(Filters())]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert len(rows) == 5
    assert rows[0]["person"] == "ana" and rows[0]["actor"] is None
