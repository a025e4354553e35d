"""Addresses that people type lead to ours."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import User
from tests.support.factories import make_post, make_token
from tests.support.pages import get_page, log_in


@pytest.mark.parametrize(
    ("typed", "ours"),
    [
        ("/login", "/auth/login"),
        ("/register", "/auth/register"),
        ("/.well-known/change-password", "/settings/password"),
    ],
)
def test_what_people_and_programs_type_leads_on(client: FlaskClient, typed: str, ours: str):
    assert client.get(typed).location == ours


def test_a_slash_at_the_end_leads_on(client: FlaskClient, ana: User):
    post = make_post(ana)
    pages = ["/explore", "/user/ana", f"/post/{post.id}", "/auth/login", "/login", "/tag/caf%C3%A9"]
    for path in pages:
        for slashes in ("/", "///"):
            response = client.get(path + slashes)
            assert (response.status_code, response.location) == (308, path), path
    assert client.get("/search/?q=a+b&x=%C3%A9").location == "/search?q=a+b&x=%C3%A9"


@pytest.mark.parametrize(
    "path",
    ["/nothing/", "/\\evil.example/", "//evil.example/", "//evil.example/index/"],
)
def test_a_slash_leads_nowhere_else(client: FlaskClient, path: str):
    # As a server passes it on: the test client would take //evil.example for a host.
    response = client.get("/", environ_overrides={"PATH_INFO": path})
    assert (response.status_code, response.location) == (404, None)


def test_programs_use_exact_addresses_and_forms_too(app: Flask, client: FlaskClient, ana: User):
    bearer = {"Authorization": f"Bearer {make_token(ana).secret}"}
    assert client.get("/api/me", headers=bearer).status_code == 200
    assert client.get("/api/me/", headers=bearer).status_code == 404
    assert client.post("/auth/login/").status_code == 404


def test_whoever_types_the_address_of_notifications_sees_them(client: FlaskClient, ana: User):
    log_in(client, ana)
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert client.get("/notifications", headers=browser).location == "/notifications/all"
    assert client.get("/notifications", headers={"Accept": "*/*"}).json == []


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("reset_password", "/auth/reset_password_request"),
        ("verify", "/auth/verify/resend"),
        ("change_email", "/settings/account"),
    ],
)
def test_a_link_that_is_over_offers_a_new_one(client: FlaskClient, path: str, leads_to: str):
    page = get_page(client, f"/auth/{path}/used", 410)
    assert page.all("a", class_="btn-primary")[0].get("href") == leads_to


@pytest.mark.parametrize(
    "path",
    ["/settings/password", "/settings/account/close", "/settings/account", "/settings/tokens"],
)
def test_a_password_manager_learns_whose_password_it_is(client: FlaskClient, ana: User, path: str):
    log_in(client, ana)
    fields = get_page(client, path).all("input", autocomplete="username")
    nameless = [field for field in fields if not field.get("name")]
    assert [field.get("value") for field in nameless] == ["ana"]
    assert nameless[0].get("type") == "text"
