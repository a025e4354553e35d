"""What new members see once."""

from __future__ import annotations

from flask.testing import FlaskClient

from app import db
from app.models import User
from tests.support.factories import make_user
from tests.support.pages import check_page, get_page, log_in, send


def test_a_newcomer_says_who_they_are_and_goes_on_in_their_language(client, ana):
    log_in(client, ana)
    answer = send(client, "/welcome", language="es", about_me="I bake.")
    assert answer.location == "/welcome/people"
    db.session.refresh(ana)
    assert (ana.language, ana.about_me) == ("es", "I bake.")
    assert get_page(client, "/welcome/people").root.get("lang") == "es"


def test_what_is_wrong_is_told_under_its_field(client, ana):
    log_in(client, ana)
    answer = send(client, "/welcome", about_me="x" * 501)
    assert answer.status_code == 422
    assert "1 character too long" in check_page(answer).text
    assert send(client, "/welcome", language="fr").status_code == 422


def test_people_to_follow_are_offered_and_following_leads_back(client, ana, ben):
    log_in(client, ana)
    page = get_page(client, "/welcome/people")
    assert "Ben Ortega" in page.text
    answer = client.post("/follow/ben", data=page.fields("/follow/ben"))
    assert answer.location == "/welcome/people"
    assert "No one else is here to follow yet." in get_page(client, "/welcome/people").text


def test_the_rules_come_last(client, ana):
    log_in(client, ana)
    page = get_page(client, "/welcome/rules")
    assert "Impersonation" in page.text
    assert page.all("a", href="/index")
    steps = [
        " ".join("".join(step.itertext()).split())
        for step in page.all("li")
        if step in list(page.all("ol", class_="steps")[0])
    ]
    assert steps == ["You (done)", "People (done)", "Rules"]


def test_visitors_are_asked_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/welcome").location.startswith("/auth/login")


def test_whoever_waits_is_not_welcomed_yet(app, client):
    log_in(client, make_user("dora", applied_at=User.created_at.default.arg(None)))
    assert client.get("/welcome").location == "/auth/waiting"
