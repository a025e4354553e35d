"""Applications below the front door: who waits, who decides, and what goes with the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import Application, AuditEntry, User
from app.policies import may_write
from app.services.accounts import accounts, applications
from app.services.errors import GoneError
from app.services.site.audit import COMMAND_LINE
from tests.support import mailbox
from tests.support.factories import exists, make_user


@pytest.fixture
def mailing(app: Flask) -> Flask:
    """As with MAIL_SERVER set."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    return app


def make_applicant(username: str, **values: Any) -> User:
    user = make_user(username, **values)
    applications.apply(user, "I bake bread.", "192.0.2.0/24")
    db.session.commit()
    return user


def waiting() -> list[str]:
    return [one.user.username for one in applications.page(100)]


def test_an_applicant_has_no_rights_and_nobody_knows_of_them(app: Flask, ana: User) -> None:
    dora = make_applicant("dora")
    assert not may_write(dora)
    for viewer in (ana, dora, None):
        assert db.session.scalars(User.visible_to(viewer)).all() == [ana]
    assert dora.id in db.session.scalars(User.hidden_ids(None)).all()


def test_an_application_is_seen_once_its_address_is_confirmed(mailing: Flask) -> None:
    dora = make_applicant("dora", email_verified_at=None)
    make_applicant("eva")
    assert (waiting(), applications.count()) == (["eva"], 1)
    assert (
        applications.accept([dora.id], COMMAND_LINE)
        == applications.refuse([dora.id], COMMAND_LINE)
        == []
    )
    mailing.config["EMAILS_MUST_BE_VERIFIED"] = False
    assert waiting() == ["dora", "eva"]


def test_the_accepted_are_members_and_told_in_their_language(mailing: Flask) -> None:
    dora, eva = make_applicant("dora", language="es"), make_applicant("eva")
    assert applications.accept([dora.id, eva.id], COMMAND_LINE) == [dora.id, eva.id]
    db.session.commit()
    assert may_write(dora) and waiting() == []
    assert set(db.session.scalars(User.visible_to(None))) == {dora, eva}
    assert db.session.scalars(sa.select(Application)).all() == []
    subjects = {to: subject for subject, to in mailbox.carry_out()}
    assert subjects.keys() == {"dora@example.com", "eva@example.com"}
    assert subjects["dora@example.com"] != subjects["eva@example.com"]


def test_the_refused_are_gone_and_told_in_their_language(mailing: Flask) -> None:
    dora, eva = make_applicant("dora", language="zh"), make_applicant("eva")
    assert applications.refuse([dora.id, eva.id], COMMAND_LINE) == [dora.id, eva.id]
    db.session.commit()
    assert accounts.is_username_free("dora")
    assert db.session.scalars(sa.select(Application)).all() == []
    subjects = {to: subject for subject, to in mailbox.carry_out()}
    assert subjects["eva@example.com"] == "Your application wasn't accepted"
    assert subjects["dora@example.com"] != subjects["eva@example.com"]
    assert make_user("dora", email="dora@example.com")


def test_each_is_decided_on_once_and_members_never(app: Flask, ana: User) -> None:
    dora = make_applicant("dora")
    assert (
        applications.refuse([ana.id], COMMAND_LINE)
        == applications.accept([ana.id], COMMAND_LINE)
        == []
    )
    assert applications.accept([dora.id], COMMAND_LINE) == [dora.id]
    assert (
        applications.accept([dora.id], COMMAND_LINE)
        == applications.refuse([dora.id], COMMAND_LINE)
        == []
    )
    assert exists(dora)


def test_who_withdraws_is_gone_and_a_member_cannot(app: Flask, ana: User) -> None:
    dora = make_applicant("dora")
    applications.withdraw(dora.id)
    db.session.commit()
    assert accounts.is_username_free("dora")
    with pytest.raises(GoneError):
        applications.withdraw(ana.id)


def test_the_unconfirmed_go_after_two_days_and_the_unanswered_after_thirty(mailing: Flask) -> None:
    una, dora = make_applicant("una", email_verified_at=None), make_applicant("dora")
    for days, gone in ((1, 0), (2.1, 1), (29, 0), (31, 1)):
        with time_machine.travel(utcnow() + timedelta(days=days)):
            assert applications.erase_unanswered() == gone, days
            db.session.commit()
    assert not exists_id(una.id) and not exists_id(dora.id)
    assert accounts.is_username_free("una")


def exists_id(user_id: int) -> bool:
    return db.session.get(User, user_id) is not None


def test_staff_are_told_once_of_all_that_waits(mailing: Flask, ana: User) -> None:
    sam = make_user("sam", role="admin")
    assert applications.notify_staff() == 0
    make_applicant("dora"), make_applicant("eva")
    make_applicant("una", email_verified_at=None)
    assert applications.notify_staff() == 1
    assert applications.notify_staff() == 0
    (task,) = mailbox.waiting("applications_waiting")
    assert (task.payload["to"], task.payload["facts"]) == (sam.email, {"waiting": "2"})
    make_applicant("fay")
    assert applications.notify_staff() == 1


def test_a_digest_an_hour_is_not_too_many_mails(mailing: Flask) -> None:
    make_user("sam", role="admin")
    for number in range(24):
        with time_machine.travel(utcnow() + timedelta(hours=number)):
            make_applicant(f"dora{number}")
            applications.notify_staff()
            db.session.commit()
    assert len(mailbox.waiting("applications_waiting")) == 24


def test_the_queue_is_paged_by_who_has_waited_longest(app: Flask) -> None:
    people = [make_applicant(f"dora{number}") for number in range(5)]
    first = applications.page(2)
    assert [one.user for one in first] == people[:2]
    assert [one.user for one in applications.page(9, first[-1].user_id)] == people[2:]


def test_each_decision_is_recorded(app: Flask) -> None:
    dora, eva = make_applicant("dora"), make_applicant("eva")
    applications.accept([dora.id], COMMAND_LINE)
    applications.refuse([eva.id], COMMAND_LINE)
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    found = [(entry.action, entry.person_id) for entry in entries]
    assert found == [("accept_application", dora.id), ("refuse_application", eva.id)]
