"""Alerts below the front door: what they say of a failure, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.backends.mail import MailError
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import alerts

OPERATORS = ["ana@example.com", "ben@example.com"]
SECRET = "hunter2-in-an-error"


def fail(depth: int = 0, kind: type[Exception] = ValueError, text: str = SECRET) -> None:
    if depth:
        fail(depth - 1, kind, text)
    raise kind(text)


def failure(depth: int = 0, kind: type[Exception] = ValueError, text: str = SECRET) -> Exception:
    try:
        fail(depth, kind, text)
    except kind as error:
        return error
    raise AssertionError


def failure_elsewhere() -> Exception:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        return error


def queued() -> list[str]:
    rows = db.session.scalars(sa.select(Task).where(Task.name == "send_alert").order_by(Task.id))
    return [row.payload["to"] for row in rows]


def test_the_way_to_a_failure_ends_where_it_rose_and_never_says_its_text():
    kind, *frames = alerts.traceback_frames(failure(2))
    assert kind == "ValueError"
    assert [frame.split()[-1] for frame in frames] == ["failure", "fail", "fail", "fail"]
    assert all(frame.startswith("site/test_alerts.py:") for frame in frames)
    assert SECRET not in " ".join([kind, *frames])


def test_of_a_deep_failure_the_last_twelve_frames_are_shown():
    frames = alerts.traceback_frames(failure(40))[1:]
    assert len(frames) == alerts.FRAMES_MAX
    assert frames[-1].endswith(" fail")


def test_failures_are_the_same_when_their_kind_and_place_are():
    same = alerts.error_fingerprint(failure())
    assert alerts.error_fingerprint(failure(5, text="other words")) == same
    assert alerts.error_fingerprint(failure(kind=KeyError)) != same
    assert alerts.error_fingerprint(failure_elsewhere()) != same


def test_one_failure_is_queued_once_in_ten_minutes_for_each_operator(app):
    app.config["ADMINS"] = OPERATORS
    for minutes, is_news in ((0, True), (9, False), (11, True), (20, False)):
        with time_machine.travel(utcnow() + timedelta(minutes=minutes), tick=False):
            assert alerts.send(failure(), "main.home", "request 7") is is_news
    assert queued() == OPERATORS * 2
    assert alerts.send(failure_elsewhere(), "main.home", "request 8")


def test_an_alert_that_is_rolled_back_was_not_sent(app):
    app.config["ADMINS"] = OPERATORS
    assert alerts.send(failure(), "main.home", "request 7")
    db.session.rollback()
    assert queued() == []
    assert alerts.send(failure(), "main.home", "request 7")


@pytest.mark.parametrize(
    ("admins", "server", "expected"),
    [(OPERATORS, "mail.example.com", True), (OPERATORS, None, False), ([], "mail", False)],
)
def test_alerts_need_somebody_to_read_them_and_a_server(app, admins, server, expected):
    app.config.update(ADMINS=admins, MAIL_SERVER=server)
    assert alerts.are_enabled() is expected


def test_an_address_that_cannot_be_one_is_refused_when_the_mail_is_written(app):
    app.config["ADMINS"] = ["ana@example.com\nBcc: cleo@example.com"]
    alerts.send(failure(), "main.home", "request 7")
    payload = db.session.scalars(sa.select(Task.payload)).one()
    with pytest.raises(MailError):
        alerts.compose(payload).as_bytes()
