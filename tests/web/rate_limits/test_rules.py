"""Counts of tries: they add up, end, and are kept where every process sees them."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import TooManyRequests

from app import db
from app.models import RateLimit
from app.services.site import rate_limits
from app.web.rate_limits.rules import (
    hit,
    hit_read,
    per_network,
    per_value,
    refund,
    reset,
    site_wide,
)
from tests.support.pages import check_page, counted_statements, get_page, log_in_by_form, send


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["RATELIMIT_ENABLED"] = True
    return app


def hits() -> list[int]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(RateLimit.hits).order_by(RateLimit.key)))


def test_a_rule_is_used_up_and_counted_on(app):
    rule = per_value("2/minute", "x")
    for _ in range(2):
        hit("test", rule)
    for _ in range(2):
        with pytest.raises(TooManyRequests) as refused:
            hit("test", rule)
    assert 1 <= refused.value.retry_after <= 61
    assert hits() == [4]


def test_what_one_rule_refuses_does_not_count_against_those_after_it(app):
    rules = site_wide("9/minute"), per_value("2/minute", "x"), per_value("5/minute", "y")
    for _ in range(2):
        hit("test", *rules)
    with pytest.raises(TooManyRequests):
        hit("test", *rules)
    assert sorted(hits()) == [2, 3, 3]


def test_the_longest_wait_is_told(app):
    rules = per_value("1/minute", "x"), per_value("1/hour", "y")
    hit("test", *rules)
    with pytest.raises(TooManyRequests) as refused:
        hit("test", *rules)
    assert refused.value.retry_after > 60


def test_scopes_and_values_have_counts_of_their_own(app):
    for scope in ("one", "two"):
        for value in ("x", "y"):
            hit(scope, per_value("1/minute", value))
    assert hits() == [1, 1, 1, 1]


def test_what_is_read_is_counted_without_a_write(app):
    rule = per_value("2/minute", "x")
    with counted_statements() as ran:
        for _ in range(2):
            hit_read("test", rule)
        with pytest.raises(TooManyRequests) as refused:
            hit_read("test", rule)
        hit_read("test", per_value("2/minute", "y"))
    assert 1 <= refused.value.retry_after <= 61
    assert ran == []


def test_a_window_in_memory_ends_too(app, monkeypatch):
    rule = per_value("1/minute", "x")
    hit_read("test", rule)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    hit_read("test", rule)
    with pytest.raises(TooManyRequests):
        hit_read("test", rule)


def test_a_window_that_is_over_starts_anew(app):
    rule = per_value("1/minute", "x")
    hit("test", rule)
    db.session.execute(sa.update(RateLimit).values(expires_at=time.time() - 1))
    db.session.commit()
    hit("test", rule)
    assert hits() == [1]


def test_a_try_is_taken_back_or_all_are_forgotten(app):
    rule = per_value("9/minute", "x")
    for _ in range(3):
        hit("test", rule)
    refund("test", rule)
    db.session.commit()
    assert hits() == [2]
    reset("test", rule)
    db.session.commit()
    assert hits() == []


def test_counts_name_nobody(app):
    hit("test", per_value("9/minute", "ana@example.com"))
    key = db.session.scalars(sa.select(RateLimit.key)).one()
    assert "ana" not in key


def test_counts_that_are_over_are_purged(app):
    hit("test", per_value("9/minute", "x"), per_value("9/hour", "y"))
    db.session.execute(sa.update(RateLimit).values(expires_at=RateLimit.expires_at - 61))
    db.session.commit()
    assert rate_limits.purge() == 1


def test_one_switch_turns_all_of_them_off(app):
    app.config["RATELIMIT_ENABLED"] = False
    for _ in range(3):
        hit("test", per_value("1/minute", "x"))
        hit_read("test", per_value("1/minute", "x"))
    assert hits() == []


def test_looking_at_a_form_is_not_counted(client):
    for _ in range(3):
        get_page(client, "/auth/register")
    assert hits() == []


def test_registering_has_a_limit_and_its_page_says_when_to_come_back(client):
    fields = get_page(client, "/auth/register").fields("/auth/register")
    statuses = [client.post("/auth/register", data=fields).status_code for _ in range(26)]
    assert statuses == [422] * 25 + [429]
    response = client.post("/auth/register", data=fields)
    assert int(response.headers["Retry-After"]) > 0
    assert "You can try again in" in check_page(response).text


def test_links_of_mails_cannot_be_tried_for_ever(client):
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    statuses = [
        client.post("/auth/verify/x.y.z", data={"csrf_token": token}).status_code for _ in range(61)
    ]
    assert statuses == [410] * 60 + [429]


def test_a_members_limit_follows_the_member(app, client, ana, ben):
    log_in_by_form(client, ana)
    page = get_page(client, "/settings/account/close")
    fields = page.fields("/settings/account/close") | {"password": "wrong"}
    statuses = [client.post("/settings/account/close", data=fields).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    other = app.test_client()
    log_in_by_form(other, ana)
    assert send(other, "/settings/account/close", password="wrong").status_code == 429
    third = app.test_client()
    log_in_by_form(third, ben)
    assert send(third, "/settings/account/close", password="wrong").status_code == 422


def test_networks_are_told_apart_outside_of_forms_too(app):
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "fe80::1%eth0"}):
        hit("test", per_network("1/minute"))
    assert hits() == [1]
