"""Test emails, and what became of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db, outbox
from app.models import AuditEntry, Task, User
from app.services.errors import NoTestMailError
from app.services.messages import mail_tests
from app.services.site.audit import COMMAND_LINE
from tests.support.mailbox import waiting
from tests.support.pages import counted_statements


def test_a_test_email_is_a_job_and_an_entry(app, ana: User):
    task_id = mail_tests.send(ana, COMMAND_LINE)
    assert [task.id for task in waiting("test_mail", ana.email)] == [task_id]
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.person_id) == ("send_test_mail", ana.id)


def test_its_job_is_found_by_its_recipient_alone_and_without_its_contents(app, ana, ben):
    task_id = mail_tests.send(ana, COMMAND_LINE)
    db.session.expire_all()
    with counted_statements() as ran:
        found = mail_tests.find(ana, task_id)
    assert found is not None and found.id == task_id
    assert not any("payload" in statement for statement in ran)
    assert mail_tests.find(ben, task_id) is None
    other = outbox.put("export_posts", {}, user_id=ana.id)
    assert mail_tests.find(ana, other) is None


def test_an_unconfirmed_address_gets_none(app, ana: User):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    ana.email_verified_at = None
    with pytest.raises(NoTestMailError):
        mail_tests.send(ana, COMMAND_LINE)
    assert db.session.scalars(sa.select(Task)).all() == []
    assert db.session.scalars(sa.select(AuditEntry)).all() == []
