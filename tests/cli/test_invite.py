"""`flask invite`: invitations from the command line."""

from __future__ import annotations

import json

from click.testing import Result
from flask import Flask

from app.extensions import db
from app.services.accounts import invitations
from tests.support.factories import make_user


def invite(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["invite", *words])
    db.session.rollback()
    return result


def test_a_link_is_printed_listed_and_revoked(app: Flask) -> None:
    url = invite(app, "create", "--uses", "3").output.strip()
    code = url.rpartition("=")[2]
    assert invitations.find(code) is not None
    (row,) = json.loads(invite(app, "list", "--json").output)
    assert (row["maker"], row["uses_left"], row["uses_max"]) == (None, 3, 3)
    table = invite(app, "list").output
    assert "3 of 3" in table and code not in table
    assert invite(app, "revoke", str(row["id"])).exit_code == 0
    assert invitations.find(code) is None
    assert invite(app, "list").output == "There are no invitations.\n"
    assert invite(app, "revoke", str(row["id"])).exit_code == 1


def test_it_says_who_invited_whom(app: Flask) -> None:
    sam, ana = make_user("sam", role="admin"), make_user("ana")
    invitations.record_invitee(ana, invitations.create(sam, 1, 7))
    db.session.commit()
    assert invite(app, "who", "ana").output == "invited by: sam\nhas invited: -\n"
    assert invite(app, "who", "sam").output == "invited by: -\nhas invited: ana\n"
    assert invite(app, "who", "nobody").exit_code == 1


def test_nonsense_is_refused(app: Flask) -> None:
    assert invite(app, "create", "--uses", "0").exit_code == 2
    assert invite(app, "create", "--days", "1000").exit_code == 2
