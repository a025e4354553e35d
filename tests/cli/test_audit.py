"""`flask audit`: what the command line did, on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from flask import Flask

from app import db
from app.models import User


def flask(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=list(words))
    db.session.expire_all()
    return result


def test_what_is_done_to_accounts_is_recorded(app: Flask, ana: User) -> None:
    assert flask(app, "audit", "list").output == "No entries.\n"
    flask(app, "user", "role", "ana", "moderator")
    flask(app, "user", "sessions", "ana", "--end-all")
    flask(app, "user", "reset-link", "ana")
    ana.email_verified_at = None
    db.session.commit()
    flask(app, "user", "verify", "ana")
    rows = [line.split("  ")[1:] for line in flask(app, "audit", "list").output.splitlines()]
    assert rows == [
        ["command line", "verify_address", "ana"],
        ["command line", "make_reset_link", "ana"],
        ["command line", "end_sessions", "ana"],
        ["command line", "change_role", "ana", "moderator"],
    ]
    lines = flask(app, "audit", "export", "--action", "change_role").output.splitlines()
    assert [json.loads(line)["person_id"] for line in lines] == [ana.id]


def test_nothing_is_recorded_of_what_was_refused(app: Flask, ana: User) -> None:
    flask(app, "user", "role", "ana", "administrator")
    assert flask(app, "user", "role", "ana", "member").exit_code == 1
    assert len(flask(app, "audit", "list").output.splitlines()) == 1


def test_options_choose_entries(app: Flask, ana: User, ben: User) -> None:
    for name in ("ana", "ben"):
        flask(app, "user", "role", name, "moderator")
    for options, count in {
        ("--person", "ana"): 1,
        ("--actor", "#0"): 2,
        ("--since", "2020-01-01"): 2,
        ("--until", "2020-01-01"): 0,
        ("--limit", "1"): 1,
    }.items():
        output = flask(app, "audit", "list", *options).output
        assert output.count("change_role") == count, options


@pytest.mark.parametrize(
    "options", [("--person", "nobody"), ("--action", "dance"), ("--since", "yesterday")]
)
def test_a_wrong_call_ends_with_2(app: Flask, options: tuple[str, str]) -> None:
    assert flask(app, "audit", "list", *options).exit_code == 2
