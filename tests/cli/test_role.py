"""`flask role`: roles from the command line."""

from __future__ import annotations

import json

import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import db
from app.models import AuditEntry
from tests.support.factories import make_user
from tests.support.roles import give_role, named_role, role_name


def role(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["role", *words])
    db.session.rollback()
    db.session.expire_all()
    return result


def test_a_role_is_made_changed_listed_and_deleted(app: Flask) -> None:
    ana = make_user("ana")
    assert role(app, "create", "Watch", "--rank", "20", "--may", "write").exit_code == 0
    give_role(ana, "watch")
    changes = ("--may", "silence", "--may-not", "write", "--rename", "Night watch", "--rank", "21")
    assert role(app, "edit", "watch", *changes).exit_code == 0
    (row,) = (one for one in json.loads(role(app, "list", "--json").output) if one["rank"] == 21)
    assert row == {"name": "Night watch", "rank": 21, "people": 1, "permissions": ["silence"]}
    assert "Night watch" in role(app, "list").output
    assert role(app, "delete", "night watch").output.endswith("members now: 1.\n")
    assert role_name(ana) == "member"
    entries = db.session.scalars(sa.select(AuditEntry)).all()
    assert {entry.actor_id for entry in entries} == {None}
    assert [entry.action for entry in entries][-1] == "delete_role"


def test_what_cannot_be_is_said(app: Flask) -> None:
    assert "administrator, moderator, member" in role(app, "delete", "nobody").output
    for words in (
        ("edit", "admin", "--may-not", "write"),
        ("edit", "member", "--may", "suspend"),
        ("delete", "moderator"),
    ):
        result = role(app, *words)
        assert (result.exit_code, "Every site needs this role." in result.output) == (1, True)
    assert "Another role has this name." in role(app, "create", "Member").output
    assert role(app, "create", "Watch", "--rank", "100").exit_code == 2
    assert role(app, "create", "Watch", "--may", "fly").exit_code == 2
    assert named_role("member").permissions == {"write", "message", "report"}
