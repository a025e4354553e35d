"""Who may call what: one table over all routes, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Post, Session, User
from app.services.data import exports
from app.services.posts import posts
from tests.support.factories import make_post, make_token, make_user
from tests.support.pages import get_page, log_in

pytestmark = pytest.mark.exhaustive

# V: answered · L: to the sign-in page · F: refused · N: as if it were not there
# U: to the page that asks to confirm the address first
ROLES = ("visitor", "unverified", "stranger", "owner")
MATRIX = {
    "GET static": "VVVV",
    "GET auth.login": "VVVV",
    "POST auth.login": "VVVV",
    "GET auth.logout": "VVVV",
    "POST auth.logout": "VVVV",
    "GET auth.register": "VVVV",
    "POST auth.register": "VVVV",
    "GET auth.reset_password_request": "VVVV",
    "POST auth.reset_password_request": "VVVV",
    "GET auth.reset_password": "NVVV",
    "POST auth.reset_password": "NVVV",
    "GET auth.resend_verification": "LVVV",
    "POST auth.resend_verification": "LVVV",
    "GET auth.verify": "NNVV",
    "POST auth.verify": "NNVV",
    "GET auth.change_email": "NNNN",
    "POST auth.change_email": "NNNN",
    "GET auth.revert_email": "NNNN",
    "POST auth.revert_email": "NNNN",
    "GET auth.reopen": "NNNN",
    "POST auth.reopen": "NNNN",
    "GET main.healthz": "VVVV",
    "GET main.readyz": "VVVV",
    "GET main.front": "VVVV",
    "POST main.front": "LUVV",
    "GET main.index": "LVVV",
    "POST main.index": "LUVV",
    "GET main.explore": "VVVV",
    "GET main.explore_feed": "VVVV",
    "GET main.search": "VVVV",
    "GET main.tag": "VVVV",
    "GET main.tag_feed": "VVVV",
    "POST main.set_language": "VVVV",
    "GET main.messages_page": "LVVV",
    "GET main.conversation": "LVVV",
    "POST main.read_conversation": "LVVV",
    "GET main.send_message": "LUVV",
    "POST main.send_message": "LUVV",
    "GET main.notifications": "LVVV",
    "GET main.notification_list": "LVVV",
    "POST main.read_notifications": "LVVV",
    "GET main.post": "VVVV",
    "GET main.post_history": "VVVV",
    "POST main.translate_post": "LNNN",
    "POST main.translate": "LVVV",
    "GET main.edit_post": "LUFV",
    "POST main.edit_post": "LUFV",
    "POST main.delete_post": "LFFV",
    "POST main.restore_post": "LNNV",
    "GET main.user": "VVVV",
    "GET main.user_feed": "VVVV",
    "GET main.user_popup": "VVVV",
    "GET main.followers": "VVVV",
    "GET main.following": "VVVV",
    "GET main.avatar": "VVVV",
    "POST main.follow": "LUVV",
    "POST main.unfollow": "LVVV",
    "GET main.settings": "LVVV",
    "GET main.edit_profile": "LVVV",
    "POST main.edit_profile": "LVVV",
    "GET main.edit_profile_settings": "LVVV",
    "POST main.edit_profile_settings": "LVVV",
    "GET main.account_settings": "LVVV",
    "GET main.account_forms": "LVVV",
    "POST main.change_username": "LVVV",
    "POST main.change_email": "LVVV",
    "POST main.cancel_email_change": "LVVV",
    "GET main.close_account": "LVVV",
    "POST main.close_account": "LVVV",
    "GET main.password_settings": "LVVV",
    "POST main.password_settings": "LVVV",
    "GET main.appearance_settings": "LVVV",
    "POST main.appearance_settings": "LVVV",
    "GET main.privacy_settings": "LVVV",
    "POST main.privacy_settings": "LVVV",
    "GET main.session_settings": "LVVV",
    "POST main.end_session": "LNNV",
    "POST main.end_other_sessions": "LVVV",
    "GET main.token_settings": "LVVV",
    "POST main.token_settings": "LUVV",
    "POST main.revoke_token": "LNNV",
    "GET main.export_settings": "LVVV",
    "POST main.export_settings": "LVVV",
    "GET main.export_posts": "LVVV",
    "POST main.export_posts": "LVVV",
    "POST main.retry_export": "LNNV",
    "GET main.download_export": "LNNV",
}
READABLE = {
    "main.front",
    "main.explore",
    "main.explore_feed",
    "main.search",
    "main.tag",
    "main.tag_feed",
    "main.post",
    "main.post_history",
    "main.user",
    "main.user_feed",
    "main.user_popup",
    "main.followers",
    "main.following",
}


@dataclass
class Scene:
    """ana owns a post and a device; what the addresses of the routes need."""

    owner: User
    arguments: dict[str, object]


@pytest.fixture
def scene(app: Flask) -> Scene:
    owner = make_user("ana")
    post = make_post(owner, "Mine alone to change. #riverside")
    device = app.test_client()
    log_in(device, owner)
    session_id = db.session.scalars(Session.open_of(owner)).one().id
    token_id = make_token(owner).id
    export_id = exports.start(owner).id
    db.session.commit()
    names = {
        "export_id": export_id,
        "username": "ana",
        "token_id": token_id,
        "post_id": post.id,
        "session_id": session_id,
    }
    names |= {"recipient": "ana", "name": "riverside", "token": "no-such-token"}
    names |= {"kind": "atom", "main.notification_list kind": "mentions"}
    names |= {"version": "1", "filename": "css/site.css"}
    return Scene(owner, names)


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        # What programs may call is in tests/api/test_access.py.
        if not rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(app: Flask) -> None:
    assert routes(app) == set(MATRIX)


def address(app: Flask, endpoint: str, scene: Scene) -> str:
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
    known = scene.arguments
    arguments = {n: known.get(f"{endpoint} {n}", known.get(n)) for n in rule.arguments}
    with app.test_request_context():
        return str(app.url_for(endpoint, **arguments))


def client_of(app: Flask, role: str, scene: Scene) -> FlaskClient:
    client = app.test_client()
    people: dict[str, Callable[[], User]] = {
        "unverified": lambda: make_user("una", email_verified_at=None),
        "stranger": lambda: make_user("cleo"),
        "owner": lambda: scene.owner,
    }
    if role in people:
        log_in(client, people[role]())
    return client


def token_for(client: FlaskClient) -> str:
    page = get_page(client, "/auth/logout")
    return page.fields("/auth/logout")["csrf_token"]


def outcome(status: int, location: str | None) -> str:
    if status in (404, 410):
        return "N"
    if status == 403:
        return "F"
    if status == 302 and location:
        if location.startswith("/auth/verify/resend"):
            return "U"
        if location.startswith("/auth/login?next=") or location == "/auth/login":
            return "L"
    # 415: answered, yet only to who sends JSON.
    assert status < 400 or status in (415, 422), status
    return "V"


@pytest.mark.parametrize("route", sorted(MATRIX))
def test_each_role_gets_what_the_table_says(app: Flask, scene: Scene, route: str) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    method, endpoint = route.split()
    url = address(app, endpoint, scene)
    if endpoint == "main.restore_post":
        posts.delete(db.session.get_one(Post, scene.arguments["post_id"]))
    db.session.commit()
    if endpoint == "main.download_export":
        app.test_cli_runner().invoke(args=["worker", "--drain"])
    # The owner comes last, and finds everything as it was.
    for role, expected in zip(ROLES, MATRIX[route], strict=True):
        client = client_of(app, role, scene)
        data = {"csrf_token": token_for(client), "language": "es"} if method == "POST" else None
        response = client.open(url, method=method, data=data)
        got = outcome(response.status_code, response.location)
        # The sign-in page is where reset requests and confirmed links lead everybody.
        if expected == "V" and endpoint.startswith("auth.") and got in "LU":
            got = "V"
        assert got == expected, (role, response.status, response.location)


@pytest.mark.parametrize("endpoint", sorted(READABLE))
def test_a_closed_site_shows_visitors_nothing(app: Flask, scene: Scene, endpoint: str) -> None:
    app.config["PUBLIC_READING"] = False
    response = app.test_client().get(address(app, endpoint, scene))
    assert response.status_code == 302
    assert response.location.startswith("/auth/login")
    assert "Mine alone" not in response.text


def test_a_closed_site_shows_strangers_no_pictures(app: Flask, scene: Scene) -> None:
    app.config["PUBLIC_READING"] = False
    url = address(app, "main.avatar", scene)
    assert app.test_client().get(url).status_code == 404
    answer = client_of(app, "stranger", scene).get(url)
    assert answer.status_code == 200
    assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("route", sorted(name for name in MATRIX if name.startswith("POST")))
def test_every_form_needs_its_token(app: Flask, scene: Scene, route: str) -> None:
    endpoint = route.split()[1]
    client = app.test_client()
    log_in(client, scene.owner)
    url = address(app, endpoint, scene)
    cross_site = client.post(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross_site.status_code == 403
    if endpoint == "main.set_language":
        # It stands on pages that all visitors share, and changes nobody's account.
        return
    for data in ({}, {"csrf_token": "forged.token"}):
        assert client.post(url, data=data).status_code == 400
    assert client.post(url, json={"csrf_token": "x"}).status_code == 400
