"""Cases: what staff is told, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Report, ReportedCopy
from app.services.moderation import appeals, cases, decisions
from tests.support.factories import make_post, make_user
from tests.support.mailbox import read, waiting
from tests.support.moderation import decide, make_report


def test_moderators_get_one_email_an_hour(app, ana, ben, cleo):
    mia = make_user("mia", role="moderator")
    suspended = make_user("noah", role="moderator")
    decide(suspended, "suspend")
    assert cases.notify_staff() == 0
    make_report(ana, ben)
    make_report(ana, cleo)
    make_report(cleo, ben)
    decision = decide(ana, "warn")
    appeals.file(decisions.find(decision.id), "No!")
    assert cases.notify_staff() == 1
    (mail,) = waiting("cases_waiting")
    assert mail.payload["to"] == mia.email
    assert "2 new cases wait for a moderator. 1 new appeal waits" in read(mail)
    assert cases.notify_staff() == 0
    # Not of a case about them.
    make_report(ana, mia)
    assert cases.notify_staff() == 0


def test_copies_go_180_days_after_the_case_and_words_stay(app, ana, ben):
    case = make_report(ana, ben, "Everywhere.", make_post(ben))
    with time_machine.travel(utcnow() + timedelta(days=200)):
        assert cases.purge() == 0
    decide(ben, "none", case=case)
    with time_machine.travel(utcnow() + timedelta(days=179)):
        assert cases.purge() == 0
    with time_machine.travel(utcnow() + timedelta(days=181)):
        assert cases.purge() == 1
    assert db.session.query(ReportedCopy).count() == 0
    assert db.session.query(Report).count() == 1
