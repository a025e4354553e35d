"""`flask user`: members from the command line."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.lib.dates import utcnow
from app.models import User
from tests.factories import PASSWORD


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
    assert dora.role == "member"


def test_an_administrator_is_made_by_a_flag(app: Flask) -> None:
    result = create(app, "dora", "--admin")
    assert "dora is an administrator now." in result.output
    dora = found("dora")
    assert dora is not None
    assert dora.role == "admin"


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
    for password, reason in (("short", "too_short"), ("password1", "common"), ("", "too_short")):
        result = create(app, typed=password)
        assert result.exit_code == 1
        assert f"this password is not safe ({reason})" in result.output
    assert "personal" in create(app, "dora", typed="dora2026").output
    assert people_count() == 0


def test_a_name_is_given_once_in_any_case(app: Flask, ana: User) -> None:
    result = create(app, "ANA")
    assert result.exit_code == 1
    assert "the name ANA is taken" in result.output
    assert people_count() == 1


def test_an_address_belongs_to_one_person(app: Flask, ana: User) -> None:
    words = ("create", "--username", "dora", "--email", "Ana@Example.com")
    result = user(app, *words, typed=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert "belongs to somebody" in result.output
    assert people_count() == 1


def test_reserved_and_impossible_names_are_refused(app: Flask) -> None:
    for name, reason in (("ad-min", "reserved"), ("d", "too_short"), ("do ra", "bad_characters")):
        result = user(app, "create", "--username", name, "--email", "d@example.com")
        assert result.exit_code == 2
        assert f"this name cannot be used ({reason})" in result.output
    assert people_count() == 0


def test_what_is_no_address_is_refused(app: Flask) -> None:
    result = user(app, "create", "--username", "dora", "--email", "dora")
    assert result.exit_code == 2
    assert "this is not an e-mail address" in result.output


def test_the_list_shows_everybody_oldest_first(app: Flask, ana: User, ben: User) -> None:
    ben.closed_at = utcnow()
    db.session.commit()
    create(app, "dora", "--admin")
    rows = [line.split() for line in user(app, "list").output.splitlines()]
    assert [row[1:] for row in rows] == [["ana", "member"], ["ben", "closed"], ["dora", "admin"]]
    assert int(rows[0][0]) == ana.id


def test_a_reset_link_opens_the_page_for_a_new_password(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    result = user(app, "reset-link", "ANA")
    assert result.exit_code == 0, result.output
    address = urlsplit(result.output.strip())
    assert f"{address.scheme}://{address.netloc}" == app.config["BASE_URL"]
    answer = client.get(address.path)
    assert answer.status_code == 200
    assert 'autocomplete="new-password"' in answer.text


def test_there_is_no_reset_link_for_nobody(app: Flask) -> None:
    result = user(app, "reset-link", "nobody-here")
    assert result.exit_code == 1
    assert "there is nobody called nobody-here" in result.output
