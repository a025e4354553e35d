"""The link that ends emails of one kind, for people and for mail programs."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from time_machine import travel

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import fingerprint
from app.models import User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.messages import notification_choices, subscriptions
from tests.support.factories import make_user
from tests.support.notifying import choose
from tests.support.pages import get_page

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mia(app) -> User:
    return make_user("mia", role="moderator")


def path_for(app, user: User, purpose: Purpose = Purpose.UNSUBSCRIBE, **claims: str) -> str:
    with app.test_request_context():
        url = links.address_of(purpose, user, **({"kind": "cases_waiting"} | claims))
    return url.removeprefix(app.config["BASE_URL"])


def unwanted(user: User) -> set[str]:
    db.session.expire_all()
    return set(subscriptions.unwanted_by(user))


def test_a_mail_program_ends_them_by_a_post_alone(app, client, mia):
    path = path_for(app, mia)
    for _ in range(2):
        answer = client.post(path, data=ONE_CLICK)
        assert answer.status_code == 200
    assert unwanted(mia) == {"cases_waiting"}


def test_opening_it_shows_a_button_and_changes_nothing(app, client, mia):
    path = path_for(app, mia)
    page = get_page(client, path)
    assert "You get these emails." in page.text
    assert unwanted(mia) == set()
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.response.headers["Cache-Control"]
    done = client.post(path)
    assert "get these emails anymore." in done.text
    # And back.
    assert 'name="again"' in done.text
    client.post(path, data={"again": "y"})
    assert unwanted(mia) == set()


def test_a_link_is_for_one_person_one_purpose_and_one_address(app, client, mia):
    assert client.post("/auth/unsubscribe/forged", data=ONE_CLICK).status_code == 410
    other = path_for(app, mia, Purpose.VERIFY).replace("/verify/", "/unsubscribe/")
    assert client.post(other, data=ONE_CLICK).status_code == 410
    mine = path_for(app, mia).replace("/unsubscribe/", "/verify/")
    assert client.post(mine).status_code in (400, 410)
    unknown = path_for(app, mia, kind="password_changed")
    assert client.post(unknown, data=ONE_CLICK).status_code == 410
    path = path_for(app, mia)
    mia.email = mia.email_key = "mia@example.net"
    db.session.commit()
    assert client.post(path, data=ONE_CLICK).status_code == 410
    assert unwanted(mia) == set()


def test_a_link_tells_nobody_the_address(app, mia):
    """Whoever finds it can read what it says, and could try addresses."""
    token = path_for(app, mia).rpartition("/")[2]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["fingerprint"] != fingerprint(mia.email)
    assert "mia" not in str(claims)


def test_it_outlives_a_change_of_the_key(app, client, mia):
    path, old = path_for(app, mia), app.config["SECRET_KEY"]
    app.config |= {"SECRET_KEY": "k" * 40, "SECRET_KEY_FALLBACKS": [old]}
    assert client.post(path, data=ONE_CLICK).status_code == 200


def test_it_works_for_a_year(app, client, mia):
    path = path_for(app, mia)
    for days, status in ((364, 200), (366, 410)):
        with travel(utcnow() + timedelta(days=days)):
            assert client.get(path).status_code == status


@pytest.fixture
def mail_server(app) -> None:
    app.config["MAIL_SERVER"] = "mail.example"


def delivery_of(user: User) -> dict[str, str]:
    db.session.expire_all()
    return {name: choice.delivery for name, choice in notification_choices.of(user).items()}


@pytest.mark.parametrize("kind", ["reply", "digest"])
def test_emails_about_notifications_end_by_a_post_alone_and_come_back(
    app, client, ana, mail_server, kind
):
    choose(ana, "mail", "reply")
    choose(ana, "digest", "mention", "like")
    before = delivery_of(ana)
    path = path_for(app, ana, kind=kind)
    page = get_page(client, path)
    assert "You get these emails." in page.text
    assert page.all("a", href="/settings/notifications")
    assert delivery_of(ana) == before
    for _ in range(2):
        assert client.post(path, data=ONE_CLICK).status_code == 200
    ended = {"reply": ("reply",), "digest": ("mention", "like")}[kind]
    assert delivery_of(ana) == before | dict.fromkeys(ended, "site")
    # The same link says so later, and is good for a way back.
    page = get_page(client, path)
    assert "get these emails anymore." in page.text
    assert page.fields(path)["again"]
    for _ in range(2):
        assert client.post(path, data={"again": "y"}).status_code == 200
    assert delivery_of(ana) == before


def test_a_link_ends_nothing_but_its_kind(app, client, mia, mail_server):
    choose(mia, "mail", "reply", "mention")
    client.post(path_for(app, mia, kind="reply"), data=ONE_CLICK)
    assert delivery_of(mia) == {
        "reply": "site",
        "mention": "mail",
        "like": "site",
        "repost": "site",
        "follow": "site",
        "follow_request": "site",
        "follow_accepted": "site",
    }
    assert unwanted(mia) == set()
    client.post(path_for(app, mia, kind="cases_waiting"), data=ONE_CLICK)
    assert unwanted(mia) == {"cases_waiting"}
    for kind in ("security", "decision", "export", ""):
        assert client.post(path_for(app, mia, kind=kind), data=ONE_CLICK).status_code == 410


def test_a_link_in_an_email_about_notifications_works_for_a_year(app, client, ana, mail_server):
    path = path_for(app, ana, kind="digest")
    for days, status in ((364, 200), (366, 410)):
        with travel(utcnow() + timedelta(days=days)):
            assert client.get(path).status_code == status
