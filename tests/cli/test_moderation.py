"""Suspending and silencing from the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Decision, Post
from app.services.posts import reposts
from tests.support.factories import make_post
from tests.support.moderation import make_report


def run(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=words)
    db.session.rollback()
    return result


def test_somebody_is_suspended_and_let_go(app, ben):
    day = f"{utcnow() + timedelta(days=7):%Y-%m-%d}"
    result = run(app, "user", "suspend", "ben", "--until", day, "--rule", "1", "--message", "Hi")
    assert result.output == f"ben is suspended until {day}.\n"
    db.session.refresh(ben)
    assert ben.is_suspended
    decision = db.session.query(Decision).one()
    assert (decision.rule_id, decision.words, decision.moderator_id) == (1, "Hi", None)
    assert run(app, "user", "unsuspend", "ben").output == "ben is no longer suspended.\n"
    assert run(app, "user", "unsuspend", "ben").output == "ben was not suspended.\n"
    entries = db.session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [(one.action, one.actor_id) for one in entries] == [
        ("suspend", None),
        ("lift_decision", None),
    ]


def test_somebody_is_silenced_for_good(app, ben):
    assert run(app, "user", "silence", "ben").output == "ben is silenced for good.\n"
    db.session.refresh(ben)
    assert ben.is_silenced
    assert run(app, "user", "unsilence", "ben").output == "ben is no longer silenced.\n"


@pytest.mark.parametrize(
    "arguments",
    [["--until", "2020-01-01"], ["--rule", "99"], ["--message", "x" * 2001], ["--until", "soon"]],
)
def test_bad_options_are_refused(app, ben, arguments):
    assert run(app, "user", "suspend", "ben", *arguments).exit_code == 2
    db.session.refresh(ben)
    assert ben.suspended_until is None


def test_a_content_note_is_required_and_taken_off(app, ana, ben):
    post, other = make_post(ben), make_post(ana)
    arguments = ("--post", str(post.id), "--post", str(other.id))
    result = run(app, "user", "require-note", "ben", "food", *arguments)
    assert result.output == "ben is under a content note for good.\n"
    db.session.expire_all()
    assert (post.note, other.note) == ("food", None)
    result = run(app, "user", "unrequire-note", "ben")
    assert result.output == "ben is no longer under a content note.\n"
    db.session.expire_all()
    assert post.note is None
    for note in ("", "x" * 101):
        assert run(app, "user", "require-note", "ben", note, *arguments).exit_code == 2
    assert run(app, "user", "require-note", "ben", "food").exit_code == 2
    reposts.repost(ben, other)
    db.session.commit()
    own = db.session.scalar(sa.select(Post.id).where(Post.repost_of_id == other.id))
    for post_id in (other.id, own):
        result = run(app, "user", "require-note", "ben", "food", "--post", str(post_id))
        assert result.exit_code == 1
        assert "There's no post to hide." in result.output


def test_open_cases_are_listed(app, ana, ben):
    assert run(app, "moderation", "list").output == "No case is open.\n"
    case = make_report(ana, ben)
    (row,) = json.loads(run(app, "moderation", "list", "--json").output)
    assert (row["id"], row["person"], row["reports"]) == (case.id, "ben", 1)
    assert "ben" in run(app, "moderation", "list").output
