"""`flask user`: members from the command line."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

import config
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Session, User
from app.services.accounts import accounts, applications
from app.services.posts import posts
from tests.support.factories import (
    PASSWORD,
    enroll,
    make_follow,
    make_passkey,
    make_post,
    make_user,
)
from tests.support.mailbox import templates
from tests.support.pages import get_page, log_in, log_in_by_form
from tests.support.roles import give_role, role_name


def user(app: Flask, *words: str, typed: str = "") -> Result:
    result = app.test_cli_runner().invoke(args=["user", *words], input=typed)
    db.session.rollback()
    db.session.expire_all()
    return result


def create(app: Flask, username: str = "dora", *more: str, typed: str = PASSWORD) -> Result:
    email = f"{username}@example.com"
    return user(app, "create", "--username", username, "--email", email, *more, typed=typed + "\n")


def found(username: str) -> User | None:
    return db.session.scalar(User.named(username))


def people_count() -> int:
    return db.session.scalars(sa.select(sa.func.count(User.id))).one()


def test_a_new_member_can_sign_in_at_once(app: Flask) -> None:
    result = create(app)
    assert result.exit_code == 0, result.output
    assert "dora is a member now." in result.output
    dora = found("dora")
    assert dora is not None
    assert dora.check_password(PASSWORD)
    assert dora.is_verified
    assert dora.role.name == "member"


@pytest.mark.server
@pytest.mark.slow
def test_on_a_terminal_the_password_alone_is_asked_for_again(app: Flask) -> None:
    master, terminal = pty.openpty()
    words = ["user", "create", "--username", "dora", "--email", "dora@example.com"]
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "microblog", *words],
        cwd=config.ROOT,
        env=os.environ | {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        read_until(master, "Password: ")
        os.write(master, b"password1\n")
        assert "Many people use this password" in read_until(master, "Password: ")
        os.write(master, f"{PASSWORD}\n".encode())
        assert PASSWORD not in read_until(master, "Repeat for confirmation: ")
        os.write(master, f"{PASSWORD}\n".encode())
        assert "dora is a member now." in read_until(master, "now.")
        assert process.wait(20) == 0
    finally:
        process.kill()
        os.close(master)


def read_until(terminal: int, end: str) -> str:
    """What the program writes, until it has written `end`."""
    shown, deadline = "", time.monotonic() + 30
    while end not in shown:
        assert time.monotonic() < deadline, shown
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 1000).decode()
    return shown


def test_an_administrator_is_made_by_a_flag(app: Flask) -> None:
    result = create(app, "dora", "--admin")
    assert "dora is an administrator now." in result.output
    dora = found("dora")
    assert dora is not None
    assert dora.role.name == "administrator"


def test_name_and_address_are_asked_for_when_not_given(app: Flask) -> None:
    result = user(app, "create", typed=f"dora\ndora@example.com\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert found("dora") is not None


def test_the_password_is_never_an_argument_and_never_shown(app: Flask) -> None:
    refused = create(app, "dora", "--password", PASSWORD)
    assert refused.exit_code == 2
    assert "No such option" in refused.output
    assert PASSWORD not in create(app).output


def test_an_unsafe_password_is_refused(app: Flask) -> None:
    too_short, common = "Use at least 8 characters.", "Many people use this password"
    for password, reason in (("short", too_short), ("password1", common), ("", too_short)):
        result = create(app, typed=password)
        assert result.exit_code == 1
        assert reason in result.output
    assert "This contains your name" in create(app, "dora", typed="dora2026").output
    assert people_count() == 0


def test_a_name_is_given_once_in_any_case(app: Flask, ana: User) -> None:
    result = create(app, "ANA")
    assert result.exit_code == 1
    assert "This username is taken" in result.output
    assert people_count() == 1


def test_an_address_belongs_to_one_person(app: Flask, ana: User) -> None:
    words = ("create", "--username", "dora", "--email", "Ana@Example.com")
    result = user(app, *words, typed=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert "is now used by another account" in result.output
    assert people_count() == 1


def test_reserved_and_impossible_names_are_refused(app: Flask) -> None:
    for name, reason in (
        ("ad-min", "This username is reserved. Try another."),
        ("d", "Use 2 to 30 characters."),
        ("do ra", "Use letters a to z, digits, and _."),
    ):
        result = user(app, "create", "--username", name, "--email", "d@example.com")
        assert result.exit_code == 2
        assert reason in result.output
    assert people_count() == 0


def test_what_is_no_address_is_refused(app: Flask) -> None:
    result = user(app, "create", "--username", "dora", "--email", "dora")
    assert result.exit_code == 2
    assert "this isn't an email address" in result.output


def test_the_list_shows_everybody_oldest_first(app: Flask, ana: User, ben: User) -> None:
    ben.closed_at = utcnow()
    db.session.commit()
    create(app, "dora", "--admin")
    rows = [line.split() for line in user(app, "list").output.splitlines()]
    assert [row[1:] for row in rows] == [
        ["ana", "member"],
        ["ben", "closed"],
        ["dora", "administrator"],
    ]
    assert int(rows[0][0]) == ana.id


def test_a_reset_link_opens_the_page_for_a_new_password(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    result = user(app, "reset-link", "ANA")
    assert result.exit_code == 0, result.output
    address = urlsplit(result.stdout.strip())
    assert f"{address.scheme}://{address.netloc}" == app.config["BASE_URL"]
    answer = client.get(address.path)
    assert answer.status_code == 200
    assert 'autocomplete="new-password"' in answer.text


def test_a_reset_link_says_when_only_this_machine_can_open_it(app: Flask, ana: User) -> None:
    app.config["IS_PRODUCTION"] = False
    assert "With BASE_URL, it works anywhere." in user(app, "reset-link", "ana").stderr
    app.config["IS_PRODUCTION"] = True
    assert not user(app, "reset-link", "ana").stderr


def test_there_is_no_reset_link_for_nobody(app: Flask) -> None:
    result = user(app, "reset-link", "nobody-here")
    assert result.exit_code == 1
    assert "there is no one called nobody-here" in result.output


def test_the_list_is_also_json(app: Flask, ana: User, ben: User) -> None:
    ana.email_verified_at, ben.closed_at = None, utcnow()
    db.session.commit()
    first, second = json.loads(user(app, "list", "--json").output)
    assert (first["id"], first["username"], first["role"]) == (ana.id, "ana", "member")
    assert (first["is_verified"], first["is_closed"]) == (False, False)
    assert (second["is_verified"], second["is_closed"]) == (True, True)


def test_a_confirmed_address_lets_somebody_write(app: Flask, ana: User) -> None:
    ana.email_verified_at = None
    db.session.commit()
    result = user(app, "verify", "ANA")
    assert (result.exit_code, result.output) == (0, "The address of ana is confirmed now.\n")
    assert ana.is_verified
    since = ana.email_verified_at
    assert "was already confirmed" in user(app, "verify", "ana").output
    assert ana.email_verified_at == since


def test_devices_are_listed_and_ended(app: Flask, client: FlaskClient, ana: User) -> None:
    assert user(app, "sessions", "ana").output == "ana is not signed in on any device.\n"
    log_in_by_form(client, ana)
    device = db.session.scalars(Session.open_of(ana)).one()
    assert device.device_name in user(app, "sessions", "ana").output
    [row] = json.loads(user(app, "sessions", "ana", "--json").output)
    assert (row["id"], row["device"]) == (device.id, device.device_name)
    assert "ana was signed out everywhere: 1." in user(app, "sessions", "ana", "--end-all").output
    assert client.get("/index").status_code == 302
    assert json.loads(user(app, "sessions", "ana", "--json").output) == []


def test_who_lost_their_app_gets_in_with_the_password_again(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    enroll(ana)
    make_passkey(ana)
    log_in(client, ana)
    assert user(app, "sessions", "ana").output.count("127.0.0.0/24") == 1
    result = user(app, "reset-two-factor", "ana")
    assert result.exit_code == 0
    assert "Removed from ana: 1 authenticator app, 1 passkeys." in result.output
    told = ["two_factor_removed", "passkey_removed"]
    assert templates() == told
    assert client.get("/index").status_code == 302
    assert log_in_by_form(client, ana).location == "/index"
    assert "has neither" in user(app, "reset-two-factor", "ana").output
    assert templates() == told


def test_a_new_role_means_signing_in_anew(app: Flask, client: FlaskClient, ana: User) -> None:
    log_in_by_form(client, ana)
    result = user(app, "role", "ana", "member")
    assert result.exit_code == 0
    get_page(client, "/index")
    result = user(app, "role", "ana", "moderator")
    assert (result.exit_code, result.output) == (0, "ana has the role moderator now.\n")
    assert role_name(ana) == "moderator"
    assert client.get("/index").status_code == 302


def test_the_last_administrator_stays_one(app: Flask, ana: User, ben: User) -> None:
    for name in ("ana", "ben"):
        assert user(app, "role", name, "admin").exit_code == 0
    assert user(app, "role", "ana", "member").exit_code == 0
    refused = user(app, "role", "ben", "moderator")
    assert refused.exit_code == 1
    assert "This is the last administrator." in refused.output
    assert (role_name(ana), role_name(ben)) == ("member", "administrator")
    assert user(app, "role", "ben", "admin").exit_code == 0


def test_an_administrator_who_left_does_not_count(app: Flask, ana: User, ben: User) -> None:
    give_role(ana, "admin")
    give_role(ben, "admin")
    ana.closed_at = utcnow()
    db.session.commit()
    assert user(app, "role", "ben", "member").exit_code == 1


def test_a_setup_link_is_for_a_site_without_an_administrator(app: Flask, ana: User) -> None:
    link = user(app, "setup-link").output.strip()
    assert link.startswith(f"{app.config['BASE_URL']}/auth/setup/")
    assert user(app, "setup-link").output.strip() != link
    assert user(app, "setup-link", "--first").output == ""
    assert user(app, "role", "ana", "administrator").exit_code == 0
    refused = user(app, "setup-link")
    assert refused.exit_code == 1
    assert "already has an administrator" in refused.output


def test_counts_are_put_right_from_the_rows(app: Flask, ana: User, ben: User, cleo: User) -> None:
    make_post(ana)
    posts.delete(make_post(ana, "Deleted"))
    make_follow(ana, ben)
    make_follow(cleo, ben)
    make_follow(ben, ana)
    accounts.close(cleo)
    db.session.commit()
    assert user(app, "recount", "--all").output == "All counts were correct.\n"
    ana.posts_count, ben.followers_count, ben.following_count = 7, 7, 0
    db.session.commit()
    assert user(app, "recount", "ana").output == "1 corrected.\n"
    assert (ana.posts_count, ben.followers_count) == (1, 7)
    assert user(app, "recount", "--all").output == "1 corrected.\n"
    assert (ben.followers_count, ben.following_count) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["verify"],
        ["role", "ana"],
        ["role", "ana", "owner"],
        ["recount"],
        ["recount", "ana", "--all"],
        ["sessions"],
    ],
)
def test_a_wrong_call_ends_with_2(app: Flask, ana: User, words: list[str]) -> None:
    assert user(app, *words).exit_code == 2


@pytest.mark.parametrize(
    "words", [["verify"], ["sessions"], ["role"], ["recount"], ["reset-two-factor"]]
)
def test_nothing_is_done_for_nobody(app: Flask, words: list[str]) -> None:
    role = ["admin"] if words == ["role"] else []
    result = user(app, *words, "nobody-here", *role)
    assert result.exit_code == 1
    assert "there is no one called nobody-here" in result.output


def apply(username: str) -> None:
    applications.apply(make_user(username), "I bake\nbread.", "")
    db.session.commit()


def test_applications_are_listed_and_decided_on(app: Flask) -> None:
    assert user(app, "applications").output == "No one is waiting.\n"
    apply("dora")
    apply("eva")
    assert "I bake bread." in user(app, "applications").output
    rows = json.loads(user(app, "applications", "--json").output)
    assert [row["username"] for row in rows] == ["dora", "eva"]
    assert user(app, "accept", "dora").output == "dora is a member now.\n"
    assert user(app, "refuse", "eva").output == "The account eva is gone.\n"
    assert user(app, "accept", "dora").exit_code == 1
    assert user(app, "refuse", "dora").exit_code == 1
    assert found("dora") is not None and found("eva") is None
