"""Saying something against a decision, and the answer of another moderator."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Appeal, User
from tests.support.factories import make_post, make_user
from tests.support.mailbox import read, waiting
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in, send


def appeal(client, person, decision, words: str = "I only sell my own."):
    log_in(client, person)
    url = f"/appeal/{decision.id}"
    return send(client, url, url, words=words)


def test_a_suspended_person_appeals_and_another_moderator_overturns(client, ana, ben):
    mia, noah = make_user("mia", role="moderator"), make_user("noah", role="moderator")
    case = make_report(ana, ben, "", make_post(ben, "Cheap phones!"))
    decision = decide(ben, "suspend", mia, case, words="Too often.")
    log_in(client, ben)
    page = get_page(client, "/appeal")
    response = client.post(
        f"/appeal/{decision.id}",
        data=page.fields(f"/appeal/{decision.id}") | {"words": "I only sell my own."},
    )
    assert response.location == f"/appeal/{decision.id}"
    assert "It's waiting to be read." in get_page(client, "/appeal").text
    # Who decided does not answer, as long as there is somebody else.
    log_in(client, mia)
    assert "I only sell my own." in get_page(client, "/moderation/appeals").text
    url = f"/moderation/appeal/{decision.id}"
    page = get_page(client, url)
    assert "You decided this, so another moderator answers." in page.text
    data = page.fields("/auth/logout") | {"outcome": "upheld", "words": ""}
    assert client.post(url, data=data).status_code == 403
    log_in(client, noah)
    assert "I only sell my own." in get_page(client, "/moderation/appeals").text
    assert send(client, url, url, outcome="overturned", words="Sorry!").status_code == 302
    assert "The decision was taken back." in get_page(client, url).text
    log_in(client, ben)
    assert client.get("/index").status_code == 200
    assert "the decision was taken back" in get_page(client, "/notifications/all").text
    assert "Sorry!" in read(waiting("appeal_answered")[0])


def test_a_lone_moderator_answers_and_the_decision_stands(client, ben):
    mia = make_user("mia", role="moderator")
    decision = decide(ben, "warn", mia)
    appeal(client, ben, decision)
    log_in(client, mia)
    url = f"/moderation/appeal/{decision.id}"
    assert send(client, url, url, outcome="upheld", words="Read rule 1.").status_code == 302
    again = get_page(client, "/index").fields("/auth/logout") | {"outcome": "overturned"}
    assert client.post(url, data=again).status_code == 410
    log_in(client, ben)
    page = get_page(client, f"/appeal/{decision.id}")
    assert "The decision stands." in page.text
    assert "Read rule 1." in page.text


def test_only_once_and_only_for_thirty_days(client, ben):
    decision, late = decide(ben, "warn"), decide(ben, "warn")
    appeal(client, ben, decision)
    url = f"/appeal/{decision.id}"
    data = get_page(client, url).fields("/auth/logout") | {"words": "Again"}
    assert client.post(url, data=data).status_code == 410
    assert db.session.query(Appeal).count() == 1
    with time_machine.travel(utcnow() + timedelta(days=31)):
        log_in(client, ben)
        page = get_page(client, f"/appeal/{late.id}")
        assert "The time to appeal is over." in page.text
        data = page.fields("/auth/logout") | {"words": "Late"}
        assert client.post(f"/appeal/{late.id}", data=data).status_code == 410


def test_decisions_about_others_do_not_exist(client, ana, ben):
    decision = decide(ben, "warn", words="Secret words")
    nothing = decide(ben, "none")
    log_in(client, ana)
    assert client.get(f"/appeal/{decision.id}").status_code == 404
    log_in(client, ben)
    assert client.get(f"/appeal/{nothing.id}").status_code == 404
    assert send(client, f"/appeal/{decision.id}", f"/appeal/{decision.id}").status_code == 422


def test_whoever_reported_answers_no_appeal(client, ana, ben):
    noah = make_user("noah", role="moderator")
    case = make_report(noah, ben)
    decision = decide(ben, "warn", make_user("mia", role="moderator"), case)
    appeal(client, ben, decision)
    log_in(client, noah)
    assert "No appeals" in get_page(client, "/moderation/appeals").text
    assert client.get(f"/moderation/appeal/{decision.id}").status_code == 404


def test_an_appeal_of_somebody_of_higher_rank_is_for_those_above(client, ana, ben):
    sam = make_user("sam", role="administrator")
    decision = decide(make_user("noah", role="moderator"), "warn", sam)
    appeal(client, db.session.get_one(User, decision.person_id), decision)
    log_in(client, make_user("mia", role="moderator"))
    assert "No appeals" in get_page(client, "/moderation/appeals").text
    assert client.get(f"/moderation/appeal/{decision.id}").status_code == 404
    log_in(client, make_user("pat", role="administrator"))
    assert "I only sell my own." in get_page(client, "/moderation/appeals").text
