"""Asking to follow, and answering, through the buttons."""

from __future__ import annotations

import pytest

from app import db
from app.models import User
from app.services.community import follows
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import get_page, log_in, send

LIST = "/follow-requests"


@pytest.fixture
def ben(ben: User) -> User:
    ben.approves_followers = True
    db.session.commit()
    return ben


def ask(follower: User, followed: User) -> None:
    follows.follow(follower, followed)
    db.session.commit()


def test_somebody_asks_and_takes_it_back(client, ana, ben):
    make_post(ben, "For few", visibility="followers")
    log_in(client, ana)
    page = get_page(client, "/user/ben")
    assert "Approves followers" in page.text and "For few" not in page.text
    (button,) = page.form("/follow/ben").findall("button")
    assert button.text == "Request"
    send(client, "/user/ben", "/follow/ben")
    page = get_page(client, "/user/ben")
    assert "You asked to follow Ben Ortega." in page.text
    assert "Posts for followers appear here once your request is accepted." in page.text
    assert "Cancel request" in page.text
    send(client, "/user/ben", "/unfollow/ben")
    page = get_page(client, "/user/ben")
    assert "You no longer ask to follow Ben Ortega." in page.text
    assert page.all("form", action="/follow/ben")


def test_requests_are_answered_and_undone(app, client, ana, ben, cleo):
    for person in (ana, cleo):
        ask(person, ben)
    make_post(ben, "For few", visibility="followers")
    log_in(client, ben)
    page = get_page(client, "/notifications/all")
    assert "2 follow requests" in page.text and "Ana Duarte wants to follow you" in page.text
    page = get_page(client, LIST)
    assert "2 people would like to follow you." in page.text
    send(client, LIST, f"{LIST}/ana/accept", next=LIST)
    fields = get_page(client, LIST).fields(f"{LIST}/cleo/accept")
    client.post(f"{LIST}/cleo/decline", data=fields)
    page = get_page(client, LIST)
    assert (
        "Nobody is waiting" in page.text
        and "You declined cleo. They won't be notified." in page.text
    )
    client.post(f"{LIST}/cleo/restore", data=page.fields(f"{LIST}/cleo/restore"))
    page = get_page(client, LIST)
    assert "1 person would like to follow you." in page.text
    other = app.test_client()
    log_in(other, ana)
    assert "For few" in get_page(other, "/index").text
    page = get_page(other, "/notifications/all")
    assert "You're following Ben Ortega now: they accepted your request" in page.text


def test_whoever_is_no_longer_asking_cannot_be_accepted(client, ana, ben):
    ask(ana, ben)
    log_in(client, ben)
    get_page(client, LIST)
    follows.unfollow(ana, ben)
    db.session.commit()
    answer = client.post(f"{LIST}/ana/accept", data={"csrf_token": token_of(client)})
    assert answer.status_code == 302
    assert "Ana Duarte is no longer asking." in get_page(client, LIST).text
    assert not ana.is_following(ben)


def token_of(client) -> str | None:
    (field, *_) = get_page(client, "/settings/privacy").all("input", name="csrf_token")
    return field.get("value")


def test_unfollowing_whoever_approves_offers_no_undo(client, ana, ben):
    make_follow(ana, ben)
    log_in(client, ana)
    send(client, "/user/ben", "/unfollow/ben")
    page = get_page(client, "/user/ben")
    assert "You unfollowed Ben Ortega." in page.text
    assert not [form for form in page.all("form") if "Undo" in "".join(form.itertext())]


def test_the_setting_lets_everybody_in_who_waits(client, ana, ben):
    ask(ana, ben)
    log_in(client, ben)
    fields = get_page(client, "/settings/privacy").fields("/settings/privacy")
    del fields["approves_followers"]
    client.post("/settings/privacy", data=fields | {"default_visibility": "followers"})
    db.session.refresh(ben)
    assert (ben.approves_followers, ben.default_visibility) == (False, "followers")
    assert ana.is_following(ben)
    assert "Anyone can follow you" in get_page(client, LIST).text
    send(
        client,
        "/settings/privacy",
        approves_followers="y",
        default_visibility="public",
        messages_from="everyone",
    )
    db.session.refresh(ben)
    assert ben.approves_followers and ana.is_following(ben)


def test_many_requests_take_pages(app, client, ben):
    app.config["POSTS_PER_PAGE"] = 2
    for number in range(3):
        ask(make_user(f"friend{number}"), ben)
    log_in(client, ben)
    page = get_page(client, LIST)
    assert "3 people" in page.text and "friend2" in page.text and "friend0" not in page.text
    (older,) = [link for link in page.all("a") if "".join(link.itertext()).strip() == "Older"]
    assert "friend0" in get_page(client, older.get("href")).text
