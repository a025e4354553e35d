"""Programs read and change how their owner hears of what others do."""

from __future__ import annotations

import pytest

from app import db
from app.services.messages import notification_choices
from app.services.messages.notification_choices import Choice

PATH = "/notifications/choices"


@pytest.fixture
def mail_server(app):
    app.config["MAIL_SERVER"] = "mail.example"


def test_what_is_in_force_is_read(program_of, ana, mail_server):
    body = program_of(ana).get(PATH).get_json()
    assert body["digest_hour"] == 8
    assert body["offers_email"] is True
    kinds = {kind.pop("name"): kind for kind in body["kinds"]}
    assert kinds["reply"] == {"delivery": "site", "from_whom": "everyone"}
    assert kinds["follow"] == {"delivery": "site", "from_whom": None}
    assert "security" not in kinds


def test_only_what_is_given_changes(program_of, ana, mail_server):
    program = program_of(ana)
    changes = [{"name": "reply", "delivery": "mail"}, {"name": "like", "from_whom": "followed"}]
    assert program.call("PATCH", PATH, json={"kinds": changes}).status_code == 200
    body = {"kinds": [{"name": "reply", "from_whom": "followed"}], "digest_hour": 20}
    answer = program.call("PATCH", PATH, json=body).get_json()
    assert answer["digest_hour"] == 20
    db.session.expire_all()
    chosen = notification_choices.of(ana)
    assert chosen["reply"] == Choice("mail", "followed")
    assert chosen["like"] == Choice("site", "followed")
    assert chosen["mention"] == Choice()
    assert program.call("PATCH", PATH, json={}).get_json() == answer


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ({"name": "security", "delivery": "none"}, "kinds.0.name"),
        ({"name": "reply", "delivery": "pigeon"}, "kinds.0.delivery"),
        ({"name": "reply", "user_id": 1}, "kinds.0.user_id"),
    ],
)
def test_what_cannot_be_chosen_is_refused(program_of, ana, mail_server, kind, field):
    answer = program_of(ana).call("PATCH", PATH, json={"kinds": [kind]})
    assert answer.status_code == 422
    assert field in answer.get_data(as_text=True)


@pytest.mark.parametrize("hour", [-1, 24, 8.5, "8"])
def test_an_hour_is_one_of_a_day(program_of, ana, mail_server, hour):
    assert program_of(ana).call("PATCH", PATH, json={"digest_hour": hour}).status_code == 422


@pytest.mark.parametrize("delivery", ["mail", "digest"])
def test_a_site_without_a_mail_server_refuses_emails(program_of, ana, delivery):
    program = program_of(ana)
    assert program.get(PATH).get_json()["offers_email"] is False
    body = {"kinds": [{"name": "reply", "delivery": delivery}]}
    answer = program.call("PATCH", PATH, json=body)
    assert answer.status_code == 409
    assert "This site sends no emails." in answer.get_data(as_text=True)


def test_where_there_is_nothing_to_choose_it_says_so(program_of, ana, mail_server):
    body = {"kinds": [{"name": "follow", "from_whom": "followed"}]}
    answer = program_of(ana).call("PATCH", PATH, json=body)
    assert answer.status_code == 409
    assert "kinds.0.from_whom" in answer.get_data(as_text=True)
