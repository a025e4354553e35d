"""People choose on a page how they hear of what others do."""

from __future__ import annotations

import pytest

from app import db
from app.services.messages import notification_choices
from app.services.messages.notification_choices import Choice
from tests.support.notifying import choose
from tests.support.pages import check_page, get_page, log_in, send

PAGE = "/settings/notifications"


@pytest.fixture
def mail_server(app):
    app.config["MAIL_SERVER"] = "mail.example"


def chosen_by(user):
    db.session.expire_all()
    return notification_choices.of(user)


def test_the_way_there_leads_through_the_settings_and_the_notifications(client, ana):
    log_in(client, ana)
    for path in ("/settings", "/settings/privacy", "/notifications/all"):
        assert get_page(client, path).all("a", href=PAGE), path


def test_it_shows_what_is_in_force_and_saves_what_is_chosen(client, ana, mail_server):
    log_in(client, ana)
    fields = get_page(client, PAGE).fields(PAGE)
    assert (fields["reply_delivery"], fields["reply_from"]) == ("site", "everyone")
    assert fields["digest_hour"] == "8"
    assert "follow_from" not in fields
    values = {"reply_delivery": "mail", "reply_from": "followed", "like_delivery": "none"}
    response = send(client, PAGE, **values, mention_delivery="digest", digest_hour="18")
    assert response.location == PAGE
    assert "Changes saved." in get_page(client, PAGE).text
    assert chosen_by(ana) == {
        "reply": Choice("mail", "followed"),
        "mention": Choice("digest"),
        "like": Choice("none"),
        "repost": Choice(),
        "follow": Choice(),
        "follow_request": Choice(),
        "follow_accepted": Choice(),
    }
    assert notification_choices.digest_hour_of(ana) == 18
    fields = get_page(client, PAGE).fields(PAGE)
    assert (fields["reply_delivery"], fields["digest_hour"]) == ("mail", "18")


def test_the_hours_are_those_of_the_reader(client, ana, mail_server):
    ana.time_zone = "America/New_York"
    log_in(client, ana)
    page = get_page(client, PAGE)
    assert "Your time zone: America/New York" in page.text
    assert "8:00 AM" in page.text
    assert page.all("a", href="/settings/appearance")


def test_without_a_mail_server_nothing_of_email_is_offered(client, ana):
    choose(ana, "mail", "reply")
    log_in(client, ana)
    page = get_page(client, PAGE)
    assert "email" not in page.text
    assert "digest" not in page.text
    fields = page.fields(PAGE)
    assert (fields["reply_delivery"], "digest_hour" in fields) == ("site", False)
    assert send(client, PAGE, reply_delivery="mail").status_code == 422
    assert send(client, PAGE, reply_delivery="none", digest_hour="5").status_code == 302
    assert chosen_by(ana)["reply"] == Choice("none")


@pytest.mark.parametrize(
    "values",
    [
        *({"reply_delivery": value} for value in ("", "pigeon", "Site")),
        *({"reply_from": value} for value in ("", "nobody")),
        *({"digest_hour": value} for value in ("", "24", "-1", "8.5", "eight", "9" * 40)),
    ],
)
def test_anything_else_is_refused_and_changes_nothing(client, ana, mail_server, values):
    log_in(client, ana)
    response = send(client, PAGE, **{"like_delivery": "none", **values})
    assert response.status_code == 422
    assert check_page(response).all("select", **{"aria-invalid": "true"})
    assert chosen_by(ana)["like"] == Choice()


def test_security_is_no_choice(client, ana, mail_server):
    log_in(client, ana)
    page = get_page(client, PAGE)
    assert "Your account and moderation" in page.text
    names = {name.partition("_")[0] for name in page.fields(PAGE) if name.endswith("_delivery")}
    assert names == {"reply", "mention", "follow", "like", "repost"}


def test_nobody_else_s_choices_change(client, ana, ben, mail_server):
    choose(ben, "mail", "reply")
    log_in(client, ana)
    send(client, PAGE, reply_delivery="none")
    assert chosen_by(ben)["reply"] == Choice("mail")
