"""Deciding about a case, and what follows for the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Case, Decision, Notification, User
from app.services.moderation import appeals, cases, decisions, enforcement
from app.services.site.audit import Actor
from tests.support.factories import make_follow, make_post, make_token, make_user
from tests.support.mailbox import read, templates, waiting
from tests.support.moderation import decide, make_report
from tests.support.pages import Page, get_page, log_in, send
from tests.support.roles import give_role


@pytest.fixture
def mia(client) -> User:
    """A moderator, signed in."""
    person = make_user("mia", role="moderator")
    log_in(client, person)
    return person


def act(client, case: Case, **values: str):
    url = f"/moderation/report/{case.id}"
    data = get_page(client, url).fields(f"{url}/decide")
    return client.post(f"{url}/decide", data=data | values)


def test_a_post_is_hidden_and_its_author_sees_why(client, mia, ana, ben):
    post = make_post(ben, "Cheap phones!")
    case = make_report(ana, ben, "", post)
    response = act(client, case, action="hide_posts", rule="1", words="Only once a week.")
    assert response.location == "/moderation"
    assert "Done, and recorded in the log." in get_page(client, "/moderation").text
    for person in (mia, ana):
        log_in(client, person)
        assert client.get(f"/post/{post.id}").status_code == 404
        assert "Cheap phones!" not in get_page(client, "/explore").text
        assert "Cheap phones!" not in get_page(client, "/search?q=phones").text
    log_in(client, ana)
    assert "Moderators acted on your report" in get_page(client, "/notifications/all").text
    log_in(client, ben)
    assert "Hidden by moderators" in get_page(client, f"/post/{post.id}").text
    assert "Hidden by moderators" in get_page(client, "/user/ben").text
    assert "Moderators hid some of your posts" in get_page(client, "/notifications/all").text
    decision = db.session.query(Decision).one()
    page = get_page(client, f"/appeal/{decision.id}")
    for words in ("Only once a week.", "Advertising or spam", "Cheap phones!"):
        assert words in page.text
    assert "ana" not in page.text.lower()
    mail = read(waiting("decision")[0])
    assert "Only once a week." in mail
    assert f"/appeal/{decision.id}" in mail


def test_suspending_hides_and_signs_out_at_once(client, app, mia, ana, ben, cleo):
    make_post(ben, "Cheap phones!")
    make_follow(cleo, ben)
    make_follow(ben, cleo)
    token = make_token(ben).secret
    other = app.test_client()
    log_in(other, ben)
    act(client, make_report(ana, ben), action="suspend", rule="1", days="7", words="Too often.")
    assert other.get("/index").location.startswith("/auth/login")
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/me", headers=headers).status_code == 401
    assert client.get("/user/ben").status_code == 404
    log_in(client, cleo)
    for path in ("/index", "/explore", "/search?q=phones", "/people?q=ben"):
        assert "Ben Ortega" not in get_page(client, path).text
    db.session.expire_all()
    assert (cleo.followers_count, cleo.following_count) == (0, 0)
    assert other.get("/user/ben").status_code == 404


def test_the_suspended_have_one_page_and_their_data(client, ben):
    decide(ben, "suspend", words="Too often.", until=utcnow() + timedelta(days=7))
    log_in(client, ben)
    for path in ("/index", "/explore", "/settings", "/user/ana", "/messages", "/notifications/all"):
        assert client.get(path).location == "/appeal"
    page = get_page(client, "/appeal")
    assert "Your account is suspended" in page.text
    assert "Too often." in page.text
    assert not page.all("a", href="/index")
    for path in ("/settings/export", "/settings/account/close"):
        assert client.get(path).status_code == 200
    assert client.post("/", data=page.fields("/auth/logout")).location == "/appeal"
    assert send(client, "/appeal", "/auth/logout").status_code == 302


def test_a_suspension_ends_by_itself(client, app, ana, ben):
    make_post(ben, "Cheap phones!")
    make_follow(ana, ben)
    token = make_token(ben, expires_at=utcnow() + timedelta(days=90)).secret
    decide(ben, "suspend", until=utcnow() + timedelta(days=7))
    with time_machine.travel(utcnow() + timedelta(days=7, minutes=1)):
        # For the person at once, for all others by the worker.
        log_in(client, ben)
        assert client.get("/index").status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/me", headers=headers).status_code == 200
        enforcement.end_expired()
        db.session.commit()
        log_in(client, ana)
        assert "Cheap phones!" in get_page(client, "/index").text
        db.session.expire_all()
        assert ana.following_count == 1


def test_for_good_is_a_410(client, ana, ben):
    post = make_post(ben)
    decide(ben, "suspend")
    log_in(client, ana)
    assert client.get("/user/ben").status_code == 410
    assert client.get(f"/post/{post.id}").status_code == 410


def test_a_silenced_person_is_heard_by_followers_alone(client, mia, ana, ben, cleo):
    make_post(ben, "Cheap phones! @ana @cleo #fair")
    make_follow(cleo, ben)
    act(client, make_report(ana, ben), action="silence", days="30")
    log_in(client, ana)
    for path in ("/explore", "/user/ben", "/tag/fair", "/search?q=phones"):
        assert "Cheap phones!" not in get_page(client, path).text
    log_in(client, cleo)
    for path in ("/index", "/explore", "/user/ben", "/tag/fair", "/search?q=phones"):
        assert "Cheap phones!" in get_page(client, path).text
    log_in(client, ben)
    assert "Cheap phones!" in get_page(client, "/user/ben").text
    before = db.session.query(Notification).filter_by(name="mention").count()
    make_post(ben, "Again @ana @cleo")
    rows = db.session.query(Notification).filter_by(name="mention").order_by(Notification.id)
    assert [row.user_id for row in rows][before:] == [cleo.id]


def test_a_warning_changes_nothing_else(client, mia, ana, ben):
    act(client, make_report(ana, ben), action="warn", words="Please stop.")
    log_in(client, ben)
    assert "Moderators warned you" in get_page(client, "/notifications/all").text
    decision = db.session.query(Decision).one()
    assert "Please stop." in get_page(client, f"/appeal/{decision.id}").text
    assert "Warned" in get_page(client, "/appeal").text


def test_nothing_tells_the_reporter_alone(client, mia, ana, ben):
    act(client, make_report(ana, ben), action="none")
    log_in(client, ben)
    assert "Nothing new" in get_page(client, "/notifications/all").text
    assert "Moderators haven't decided anything" in get_page(client, "/appeal").text
    log_in(client, ana)
    assert "saw no reason to act" in get_page(client, "/notifications/all").text


def test_reporters_hear_nothing_if_so_chosen(client, mia, ana, ben):
    url = f"/moderation/report/{make_report(ana, ben).id}"
    data = get_page(client, url).fields(f"{url}/decide")
    del data["notifies_reporters"]
    client.post(f"{url}/decide", data=data)
    assert not db.session.query(Notification).count()


def test_the_second_of_two_moderators_is_told(client, mia, ana, ben):
    case = make_report(ana, ben)
    url = f"/moderation/report/{case.id}"
    data = get_page(client, url).fields(f"{url}/decide")
    decide(ben, "warn", case=case)
    assert client.post(f"{url}/decide", data=data).status_code == 410
    assert db.session.query(Decision).count() == 1


def test_a_decision_is_taken_back_as_if_it_never_was(client, mia, ana, ben):
    post = make_post(ben, "Cheap phones!")
    make_follow(ana, ben)
    case = make_report(ana, ben, "", post)
    act(client, case, action="suspend", days="0")
    decision = db.session.query(Decision).one()
    url = f"/moderation/decision/{decision.id}/undo"
    assert send(client, "/moderation", url).location == f"/moderation/report/{case.id}"
    assert (
        "There are no earlier decisions about this person."
        in get_page(client, f"/moderation/report/{case.id}").text
    )
    db.session.expire_all()
    assert ana.following_count == 1
    log_in(client, ana)
    assert "Cheap phones!" in get_page(client, "/index").text
    log_in(client, ben)
    assert "took a decision about you back" in get_page(client, "/notifications/all").text
    assert client.get(f"/appeal/{decision.id}").status_code == 404
    entries = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert entries == ["suspend", "undo_decision"]


def test_a_decision_is_lifted_and_stays_in_the_history(client, mia, ana, ben):
    case = make_report(ana, ben)
    act(client, case, action="silence", days="0")
    decision = db.session.query(Decision).one()
    url = f"/moderation/report/{case.id}"
    send(client, url, f"/moderation/decision/{decision.id}/lift")
    page = get_page(client, url)
    assert "Silenced" in page.text
    assert "lifted" in page.text
    assert not page.all("form", action=f"/moderation/decision/{decision.id}/lift")
    db.session.refresh(ben)
    assert ben.silenced_until is None


def test_after_thirty_days_only_lifting_is_left(client, ben):
    mia = make_user("mia", role="moderator")
    decision = decide(ben, "suspend", by=mia)
    with time_machine.travel(utcnow() + timedelta(days=31)):
        log_in(client, mia)
        data = get_page(client, "/moderation/templates").fields("/auth/logout")
        undo, lift = (f"/moderation/decision/{decision.id}/{act}" for act in ("undo", "lift"))
        assert client.post(undo, data=data).status_code == 410
        assert client.post(lift, data=data).status_code == 302
        db.session.refresh(ben)
        assert ben.suspended_until is None


def test_two_suspensions_last_as_long_as_the_longer(client, ben):
    now, mia = utcnow(), make_user("mia", role="moderator")
    decide(ben, "suspend", until=now + timedelta(days=7))
    longer = decide(ben, "suspend", by=mia, until=now + timedelta(days=30))
    assert ben.suspended_until == now + timedelta(days=30)
    log_in(client, mia)
    data = get_page(client, "/moderation/templates").fields("/auth/logout")
    client.post(f"/moderation/decision/{longer.id}/undo", data=data)
    db.session.refresh(ben)
    assert ben.suspended_until == now + timedelta(days=7)


def test_nobody_acts_on_the_same_rank_or_on_themselves(client, mia, ana, ben):
    give_role(ben, "moderator")
    case = make_report(ana, ben)
    assert client.get(f"/moderation/report/{case.id}").status_code == 404
    own = decide(mia, "warn")
    data = get_page(client, "/moderation").fields("/auth/logout")
    assert client.post(f"/moderation/decision/{own.id}/undo", data=data).status_code == 404


def test_nobody_takes_back_what_a_higher_rank_or_the_server_decided(client, mia, ben):
    boss = make_user("boss", role="administrator")
    data = get_page(client, "/moderation").fields("/auth/logout")
    for by in (boss, None):
        decision = decide(ben, "silence", by=by)
        for act in ("undo", "lift"):
            url = f"/moderation/decision/{decision.id}/{act}"
            assert client.post(url, data=data).status_code == 403, act
        other = client.application.test_client()
        log_in(other, boss)
        fields = get_page(other, "/moderation").fields("/auth/logout")
        url = f"/moderation/decision/{decision.id}/undo"
        assert other.post(url, data=fields).status_code == 302


def test_undoing_is_no_way_around_a_colleague_who_answers(client, mia, ben):
    noor = make_user("noor", role="moderator")
    decision = decide(ben, "silence", by=mia)
    appeals.file(decisions.find(decision.id), "It wasn't me.")
    db.session.commit()
    data = get_page(client, "/moderation").fields("/auth/logout")
    undo, lift = (f"/moderation/decision/{decision.id}/{act}" for act in ("undo", "lift"))
    assert client.post(undo, data=data).status_code == 403
    # To end it does no harm: the appeal can still be answered.
    assert client.post(lift, data=data).status_code == 302
    other = client.application.test_client()
    log_in(other, noor)
    answer = f"/moderation/appeal/{decision.id}"
    assert send(other, answer, answer, outcome="overturned").status_code == 302
    # Whoever decides again sees that a colleague took it back.
    case = make_report(noor, ben)
    assert "taken back after an appeal" in get_page(client, f"/moderation/report/{case.id}").text


def test_nobody_decides_without_end(client, app, mia, ben, cleo):
    app.config["RATELIMIT_ENABLED"] = True
    data = get_page(client, "/moderation").fields("/auth/logout")
    decision = decide(ben, "warn", by=mia)
    url = f"/moderation/decision/{decision.id}/undo"
    statuses = [client.post(url, data=data).status_code for _ in range(61)]
    assert statuses == [302] + [410] * 59 + [429]
    case = make_report(cleo, ben)
    program = app.test_client()
    headers = {"Authorization": f"Bearer {make_token(mia, 'admin').secret}"}
    answer = program.post(
        f"/api/admin/cases/{case.id}/decision", json={"action": "warn"}, headers=headers
    )
    assert answer.status_code == 429


def test_a_person_gets_so_many_emails_of_decisions_a_day(app, mia, ben):
    for _ in range(7):
        decide(ben, "warn", by=mia, words="Sign in at https://evil.example")
    assert templates() == ["decision"] * 5


def test_what_was_typed_comes_back_after_the_password(client, app, mia, ana, ben):
    url = f"/moderation/report/{make_report(ana, ben).id}"
    data = get_page(client, url).fields(f"{url}/decide") | {"action": "warn", "words": "Stop it."}
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get(url)
    with time_machine.travel(utcnow() + timedelta(minutes=45)):
        response = client.post(f"{url}/decide", data=data)
        assert response.status_code == 403
        assert "Stop it." in response.text
    assert not db.session.query(Decision).count()


def test_a_case_about_an_administrator_is_for_another_one(client, mia, ana):
    sam, pat = make_user("sam", role="administrator"), make_user("pat", role="administrator")
    case = make_report(ana, sam)
    assert "Nothing to do" in get_page(client, "/moderation").text
    log_in(client, pat)
    page = get_page(client, f"/moderation/report/{case.id}")
    assert [one.get("value") for one in page.all("input", name="action")] == ["none"]
    assert "so someone else has to act" in page.text
    assert act(client, case, action="none").status_code == 302


def test_undoing_opens_the_case_again(client, mia, ana, ben):
    case = make_report(ana, ben)
    act(client, case, action="none")
    decision = db.session.query(Decision).one()
    undo = f"/moderation/decision/{decision.id}/undo"
    send(client, "/moderation", undo)
    assert "Ben Ortega" in get_page(client, "/moderation").text
    # Unless another one was opened meanwhile.
    act(client, case, action="warn")
    make_report(ana, ben)
    last = db.session.query(Decision).order_by(Decision.id.desc()).first()
    data = get_page(client, "/moderation").fields("/auth/logout")
    assert client.post(f"/moderation/decision/{last.id}/undo", data=data).status_code == 302
    assert db.session.query(Case).filter_by(closed_at=None).count() == 1


def test_nobody_hears_of_what_is_written_into_a_hidden_post(client, ana, ben):
    post = make_post(ben, "Cheap phones!")
    decide(ben, "hide_posts", post_ids=[post.id])
    log_in(client, ben)
    url = f"/post/{post.id}/edit"
    assert send(client, url, url, post="Cheap phones, @ana!").status_code == 302
    assert not db.session.query(Notification).filter_by(name="mention").count()


def test_a_suspended_person_cannot_change_their_address(client, ben):
    ben.pending_email = "new@example.com"
    db.session.commit()
    decide(ben, "suspend")
    db.session.refresh(ben)
    assert ben.pending_email is None


def test_staff_do_not_read_in_the_log_that_there_is_a_case_about_them(client, mia, ana):
    reader = make_user("reader", role="administrator")
    case = make_report(ana, reader)
    cases.add_note(case_of(case, make_user("pat", role="administrator")), "Look.", Actor(mia))
    db.session.commit()
    log_in(client, reader)
    assert "Note added to a case" not in acts(get_page(client, "/admin/audit"))
    log_in(client, make_user("sam", role="administrator"))
    assert "Note added to a case" in acts(get_page(client, "/admin/audit"))


def acts(page: Page) -> list[str]:
    """What the entries on a page of the audit log say that was done."""
    return [" ".join(cell.itertext()).strip() for cell in page.all("th", scope="row")]


def case_of(case: Case, moderator: User) -> Case:
    found = cases.find(case.id, moderator)
    assert found is not None
    return found
