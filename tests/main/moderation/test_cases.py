"""The queue of moderators, and one case."""

from __future__ import annotations

import pytest

from app import db
from app.models import AuditEntry, Case, User
from app.services.community import blocks
from tests.support.factories import make_follow, make_post, make_user
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in, send
from tests.support.roles import give_role, make_role


@pytest.fixture
def mia(client) -> User:
    """A moderator, signed in."""
    person = make_user("mia", role="moderator")
    log_in(client, person)
    return person


def actions() -> list[str]:
    return [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_members_do_not_learn_that_there_is_a_queue(client, ana, ben):
    case = make_report(ana, ben)
    for path in ("/moderation", f"/moderation/report/{case.id}", "/moderation/appeals"):
        assert client.get(path).location.startswith("/auth/login")
    log_in(client, ana)
    for path in ("/moderation", f"/moderation/report/{case.id}", "/moderation/appeals"):
        assert client.get(path).status_code == 404


def test_the_queue_shows_open_cases_and_who_takes_care(client, mia, ana, ben, cleo):
    assert "Nothing to do" in get_page(client, "/moderation").text
    case = make_report(ana, ben, "", make_post(ben, "Cheap phones!"))
    make_report(cleo, ben, "Everywhere.")
    page = get_page(client, "/moderation")
    assert "Ben Ortega" in page.text
    assert "Cheap phones!" in page.text
    assert "2 people reported" in page.text
    assert "Ana" not in page.text
    assert "You have no cases" in get_page(client, "/moderation?queue=mine").text
    url = f"/moderation/report/{case.id}"
    send(client, url, f"{url}/take")
    assert "Ben Ortega" in get_page(client, "/moderation?queue=mine").text
    send(client, url, f"{url}/release")
    assert "You have no cases" in get_page(client, "/moderation?queue=mine").text
    assert actions() == ["take_case", "release_case"]
    assert "Nothing found" in get_page(client, "/moderation?rule=2").text
    assert client.get("/moderation?rule=x").status_code == 422
    assert client.get("/moderation?queue=x").status_code == 422


def test_a_case_shows_copies_words_and_history_but_not_who_reported(client, mia, ana, ben):
    decide(ben, "warn", words="Please stop.")
    post = make_post(ben, "Cheap phones!")
    case = make_report(ana, ben, "Everywhere.", post)
    post.body = post.html = "Edited since"
    db.session.commit()
    page = get_page(client, f"/moderation/report/{case.id}")
    for words in ("Cheap phones!", "Everywhere.", "Warned", "Advertising or spam"):
        assert words in page.text
    assert "Edited since" not in page.text
    assert "ana" not in page.text.lower().replace("canary", "")


def test_a_block_hides_nobody_from_a_moderator(client, mia, ana, ben):
    case = make_report(ana, ben, "", make_post(ben, "Cheap phones!"))
    blocks.block(ben, mia)
    db.session.commit()
    assert "Cheap phones!" in get_page(client, f"/moderation/report/{case.id}").text


def test_nobody_works_on_a_case_about_them_or_that_they_reported(client, mia, ana, ben):
    about_me, by_me = make_report(ana, mia), make_report(mia, ben)
    assert "Nothing to do" in get_page(client, "/moderation").text
    for case in (about_me, by_me):
        assert client.get(f"/moderation/report/{case.id}").status_code == 404


def test_notes_are_for_moderators(client, mia, ana, ben):
    url = f"/moderation/report/{make_report(ana, ben).id}"
    response = send(client, url, f"{url}/note", text="Same network as before.")
    assert response.location == f"{url}#notes"
    assert "Same network as before." in get_page(client, url).text
    assert send(client, url, f"{url}/note", text=" ").status_code == 422
    assert actions() == ["add_note"]


def test_a_moderator_opens_a_case_without_a_report(client, mia, ben):
    post = make_post(ben, "Cheap phones!")
    path = f"/moderation/user/ben/case?post={post.id}"
    response = send(client, f"/user/ben/mute?post={post.id}", path)
    case = db.session.query(Case).one()
    assert response.location == f"/moderation/report/{case.id}"
    page = get_page(client, response.location)
    assert "Opened by a moderator" in page.text
    assert "Cheap phones!" in page.text
    # Another time leads to the same one.
    assert send(client, "/user/ben", "/moderation/user/ben/case").location == response.location
    assert actions() == ["open_case", "open_case"]


def test_what_is_for_followers_takes_a_report_or_a_follower(client, mia, ben):
    post = make_post(ben, "Between us.", visibility="followers")
    path = f"/moderation/user/ben/case?post={post.id}"
    fields = get_page(client, "/user/ben").fields("/moderation/user/ben/case")
    case = client.post(path, data=fields).location
    assert "Between us." not in get_page(client, case).text
    make_follow(mia, ben)
    client.post(path, data=fields)
    assert "Between us." in get_page(client, case).text


def test_a_case_is_opened_about_members_of_lower_rank_alone(client, mia, ana, ben):
    give_role(ben, "moderator")
    assert send(client, "/user/ben", "/moderation/user/ben/case").status_code == 403
    make_report(mia, ana)
    response = send(client, "/user/ana", "/moderation/user/ana/case")
    assert response.location == "/moderation"
    assert "You've reported this person" in get_page(client, "/moderation").text
    assert actions() == []


def test_a_role_of_the_site_acts_by_its_permissions(client, ana, ben):
    person = make_user("helper")
    make_role("Helpers", "write", "hide_posts", rank=30)
    give_role(person, "helpers")
    log_in(client, person)
    case = make_report(ana, ben, "", make_post(ben, "Cheap phones!"))
    page = get_page(client, f"/moderation/report/{case.id}")
    choices = [control.get("value") for control in page.all("input", name="action")]
    assert choices == ["none", "warn", "require_note", "hide_posts"]
    url = f"/moderation/report/{case.id}"
    data = page.fields(f"{url}/decide") | {"action": "suspend"}
    assert client.post(f"{url}/decide", data=data).status_code == 422
