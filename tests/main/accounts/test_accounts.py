"""The account: another name, another password, leaving and coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.lib.dates import utcnow
from app.models import FormerUsername, Post, User
from app.services.accounts import accounts, blocklist
from app.services.errors import BlockedAddressError
from tests.support.factories import PASSWORD, exists, make_follow, make_post, make_user
from tests.support.mailbox import link_in, read, templates, waiting
from tests.support.moderation import decide
from tests.support.pages import check_page, get_page, log_in, log_in_by_form, send

ACCOUNT = "/settings/account"
CLOSE = f"{ACCOUNT}/close"
FRESH = "maple otter 12 violin"


def rename(client: FlaskClient, username: str) -> TestResponse:
    return send(client, ACCOUNT, f"{ACCOUNT}/username", username=username)


def change_password(client: FlaskClient, old: str = PASSWORD, new: str = FRESH) -> TestResponse:
    values = {"old_password": old, "password": new, "password2": new}
    return send(client, "/settings/password", **values)


def close(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    return send(client, CLOSE, password=password)


def counts(person: User) -> tuple[int, int]:
    db.session.expire_all()
    row = db.session.get(User, person.id)
    return row.followers_count, row.following_count


def test_an_old_name_leads_to_the_new_one(client, ana):
    log_in(client, ana)
    assert rename(client, "anabel").location == ACCOUNT
    visitor = client.application.test_client()
    assert visitor.get("/user/ana").location == "/user/anabel"
    assert visitor.get("/user/ANA/followers").location == "/user/anabel/followers"
    get_page(visitor, "/user/anabel")
    log_in(visitor, db.session.get(User, ana.id))
    assert templates()[0] == "username_changed"
    assert "anabel" in read(waiting()[0])


def test_nobody_else_gets_a_name_for_ninety_days(app, client, ana, ben):
    log_in(client, ana)
    rename(client, "anabel")
    other = app.test_client()
    log_in(other, ben)
    assert rename(other, "ANA").status_code == 422
    rest = db.session.get(FormerUsername, "ana")
    assert timedelta(days=89) < rest.released_at - utcnow() <= timedelta(days=90)
    rest.released_at = utcnow()
    db.session.commit()
    assert rename(other, "ana").status_code == 302
    assert app.test_client().get("/user/ana").status_code == 200
    assert "Ben Ortega" in get_page(app.test_client(), "/user/ana").text


def test_ones_own_name_can_be_taken_back(client, ana):
    log_in(client, ana)
    for name in ("anabel", "ana", "anabel", "ANA"):
        assert rename(client, name).status_code == 302
    names = db.session.scalars(sa.select(FormerUsername.username_key)).all()
    assert names == ["anabel"]
    assert client.get("/user/anabel").location == "/user/ANA"


def test_only_the_capitals_change(client, ana):
    log_in(client, ana)
    assert rename(client, "Ana").status_code == 302
    assert db.session.scalars(sa.select(FormerUsername)).all() == []


@pytest.mark.parametrize("name", ["ben", "BEN", "admin", "a", "a b", "", "x" * 31, "ana.json"])
def test_a_name_that_cannot_be_had_is_told_under_the_field(client, ana, ben, name):
    log_in(client, ana)
    response = rename(client, name)
    assert response.status_code == 422
    page = check_page(response)
    assert page.form(f"{ACCOUNT}/username").find(".//input[@aria-invalid='true']") is not None
    assert db.session.get(User, ana.id).username == "ana"


def test_three_new_names_a_month(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    statuses = [rename(client, f"ana{number}").status_code for number in range(4)]
    assert statuses == [302] * 3 + [429]


def test_a_name_that_cannot_be_had_does_not_count(app, client, ana, ben):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    statuses = [rename(client, "ben").status_code for _ in range(5)]
    assert statuses == [422] * 5
    assert rename(client, "anna").status_code == 302


@pytest.mark.parametrize("form", ["username", "email"])
def test_the_address_of_a_refused_form_leads_back_to_the_page(client, ana, form):
    log_in(client, ana)
    assert client.get(f"/settings/account/{form}").location == "/settings/account"


def test_a_new_password_signs_out_the_other_devices_and_is_told(app, client, ana):
    phone = app.test_client()
    log_in_by_form(phone, ana, remember_me="y")
    log_in(client, ana)
    assert change_password(client).location == "/settings/password"
    assert client.get("/index").status_code == 200
    assert phone.get("/index").status_code == 302
    mail = waiting("password_changed")[0]
    assert mail.payload["to"] == "ana@example.com"
    assert FRESH not in read(mail) and PASSWORD not in read(mail)
    log_in_by_form(phone, ana, FRESH)


@pytest.mark.parametrize(
    ("old", "new"),
    [("not it at all", FRESH), (PASSWORD, "short"), (PASSWORD, "ana duarte"), ("", FRESH)],
)
def test_a_password_is_not_changed_by_guessing_or_to_a_weak_one(client, ana, old, new):
    log_in(client, ana)
    assert change_password(client, old, new).status_code == 422
    send(client, "/auth/logout")
    log_in(client, ana)


def test_ten_tries_at_the_old_password_an_hour(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    statuses = [change_password(client, "wrong").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_leaving_takes_the_password(client, ana):
    log_in(client, ana)
    assert close(client, "wrong").status_code == 422
    assert db.session.get(User, ana.id).closed_at is None


def test_whoever_leaves_is_gone_from_everywhere_at_once(app, client, ana, ben):
    post = make_post(ana, "Soon gone #farewell")
    for pair in ((ana, ben), (ben, ana)):
        make_follow(*pair)
    assert counts(ben) == (1, 1)
    phone = app.test_client()
    log_in(phone, ana)
    log_in(client, ana)
    response = close(client)
    assert response.location == "/"
    assert "7 days" in get_page(client, "/").text
    assert counts(ben) == (0, 0)
    log_in(client, ben)
    for address in ("/user/ana", f"/post/{post.id}", "/user/ana/avatar.svg", "/user/ana/popup"):
        assert client.get(address).status_code == 404, address
    lists = (
        "/",
        "/explore",
        "/index",
        "/tag/farewell",
        "/user/ben/followers",
        "/user/ben/following",
    )
    for address in lists:
        text = client.get(address).get_data(as_text=True)
        assert "Soon gone" not in text and "Ana Duarte" not in text, address
    assert phone.get("/index").status_code == 302
    assert rename(client, "ana").status_code == 422


def test_whoever_left_comes_back_by_the_mail_and_everything_is_there(app, client, ana, ben):
    post = make_post(ana)
    make_follow(ana, ben)
    log_in(client, ana)
    close(client)
    path = link_in("account_closed")
    client.head(path)
    get_page(client, path)
    assert client.get("/user/ana").status_code == 404
    fields = get_page(client, path).fields(path)
    assert client.post(path, data=fields).location == "/auth/login"
    assert client.post(path, data=fields).status_code == 410
    assert counts(ben) == (1, 0)
    get_page(client, f"/post/{post.id}")
    log_in(client, ana)
    assert templates()[-1] == "account_reopened"


def test_two_who_follow_each_other_leave_and_come_back_and_are_counted_right(app, ana, ben):
    for pair in ((ana, ben), (ben, ana)):
        make_follow(*pair)
    first, second = app.test_client(), app.test_client()
    log_in(first, ana)
    log_in(second, ben)
    close(first)
    backs = [link_in("account_closed")]
    close(second)
    backs.append(link_in("account_closed"))
    for path in backs:
        send(app.test_client(), path)
    assert counts(ana) == counts(ben) == (1, 1)


def test_an_account_is_erased_after_seven_days_with_all_it_wrote(app, client, ana, ben):
    post = make_post(ana)
    make_follow(ana, ben)
    log_in(client, ana)
    close(client)
    back = link_in("account_closed")
    assert accounts.erase_closed() == 0
    db.session.get(User, ana.id).closed_at = utcnow() - timedelta(days=7, minutes=1)
    db.session.commit()
    assert accounts.erase_closed() == 1
    db.session.commit()
    assert not exists(post)
    left = {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in db.metadata.sorted_tables
    }
    assert left.pop("user") == 1 and left.pop("role") == 3 and left.pop("former_username") == 1
    assert left.pop("rule") == 4
    # For a day, a hash of the address counts the emails to it.
    assert left.pop("rate_limit") == 1
    assert not {name: number for name, number in left.items() if number}
    assert counts(ben) == (0, 0)
    assert client.get(back).status_code == 410
    other = app.test_client()
    log_in(other, ben)
    assert rename(other, "Ana").status_code == 422


def test_nobody_is_erased_who_came_back_in_time(ana):
    ana.closed_at = utcnow() - timedelta(days=6, hours=23)
    ben = make_user("ben")
    db.session.commit()
    assert accounts.erase_closed() == 0
    assert exists(ana) and exists(ben)


def test_names_that_rested_long_enough_are_let_go(ana):
    accounts.rename(ana, "anabel")
    db.session.commit()
    assert accounts.release_names() == 0
    db.session.get(FormerUsername, "ana").released_at = utcnow()
    db.session.commit()
    assert accounts.release_names() == 1


def test_closing_twice_counts_once(ana, ben):
    make_follow(ana, ben)
    accounts.close(ana)
    accounts.close(ana)
    db.session.commit()
    assert counts(ben) == (0, 0)
    assert db.session.scalars(sa.select(Post)).all() == []


def test_account_settings_show_what_is_set_and_open_the_form_with_an_error(
    client: FlaskClient, ana: User
) -> None:
    log_in(client, ana)
    page = get_page(client, ACCOUNT)
    assert "@ana" in page.text and ana.email in page.text
    assert [row.get("open") for row in page.all("details", class_="disclosure")] == [None, None]
    response = send(client, ACCOUNT, f"{ACCOUNT}/email", email="nothing", password="wrong")
    rows = check_page(response).all("details", class_="disclosure")
    assert [row.get("open") is not None for row in rows] == [False, True]


def test_no_account_closes_without_the_mail_that_reopens_it(app, client, ana):
    for _ in range(5):
        log_in(client, ana)
        assert close(client).status_code == 302
        send(app.test_client(), link_in("account_closed"))
    log_in(client, ana)
    response = close(client)
    assert response.status_code == 429
    assert "several times today" in check_page(response).text
    assert db.session.get(User, ana.id).closed_at is None


def test_leaving_while_suspended_keeps_the_address_out_for_a_year(app, ben):
    decide(ben, "suspend")
    accounts.close(ben)
    db.session.commit()
    with time_machine.travel(utcnow() + timedelta(days=8)):
        assert accounts.erase_closed() == 1
        db.session.commit()
        with pytest.raises(BlockedAddressError):
            blocklist.require_allowed(email_key="ben@example.com")
        blocklist.require_allowed(email_key="other@example.com")
    with time_machine.travel(utcnow() + timedelta(days=8 + 366)):
        blocklist.require_allowed(email_key="ben@example.com")
