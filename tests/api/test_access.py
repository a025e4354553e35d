"""Who may call which operation: one table, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import db
from app.models import Post, User
from app.services.accounts import invitations
from app.services.moderation import appeals, decisions
from tests.api.conftest import Program
from tests.support.factories import (
    make_filter,
    make_follow,
    make_message,
    make_post,
    make_token,
    make_user,
)
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in
from tests.support.roles import make_role

# V: answered · L: 401 · F: 403 · N: 404
ROLES = ("nobody", "unverified", "reader", "stranger", "owner")
# With another scope than admin, a token gives staff no more than what strangers may do.
STAFF = ("moderator", "administrator")
# With the scope admin: a member is no staff, so theirs is dead.
STAFF_ROLES = (
    "member",
    "moderator",
    "log reader",
    "helper",
    "administrator",
    "writing administrator",
)
STAFF_MATRIX = {
    "GET api.list_people": "LNNVVF",
    "GET api.get_person": "LNNVVF",
    "POST api.verify_person": "LNNVVF",
    "POST api.send_reset_link": "LNNVVF",
    "POST api.end_sessions_of": "LNNVVF",
    "GET api.list_invitations": "LNNVVF",
    "POST api.create_invitation": "LNNFVF",
    "DELETE api.revoke_invitation": "LNNFVF",
    "GET api.list_audit_entries": "LNVNVF",
    "GET api.list_cases": "LVNNVF",
    "POST api.open_case": "LVNNVF",
    "GET api.get_case": "LVNNVF",
    "PUT api.take_case": "LVNNVF",
    "DELETE api.release_case": "LVNNVF",
    "POST api.add_note": "LVNNVF",
    "POST api.decide_case": "LVNNVF",
    "POST api.undo_decision": "LVNNVF",
    "POST api.lift_decision": "LVNNVF",
    "GET api.list_appeals": "LVNNVF",
    "POST api.answer_appeal": "LVNNVF",
}
MATRIX = {
    "GET api.docs": "VVVVV",
    "GET api.openapi": "VVVVV",
    "POST api.create_token": "LLLLL",
    "GET api.list_tokens": "LVVVV",
    "DELETE api.revoke_token": "LVVVV",
    "DELETE api.revoke_one_token": "LFFNV",
    "GET api.get_me": "LVVVV",
    "GET api.list_users": "LVVVV",
    "POST api.register_user": "VVVVV",
    "GET api.get_user": "LVVVV",
    "PUT api.change_user": "LFFFV",
    "GET api.list_followers": "LVVVV",
    "GET api.list_following": "LVVVV",
    "GET api.list_user_posts": "LVVVV",
    "PUT api.follow_user": "LFFVF",
    "DELETE api.unfollow_user": "LFFVF",
    "GET api.list_follow_requests": "LVVVV",
    "GET api.list_sent_follow_requests": "LVVVV",
    "PUT api.accept_follow_request": "LFFNN",
    "DELETE api.decline_follow_request": "LFFVV",
    "PATCH api.change_follow": "LFFVV",
    "GET api.list_followed_tags": "LVVVV",
    "PUT api.follow_tag": "LFFVV",
    "DELETE api.unfollow_tag": "LFFVV",
    "GET api.list_blocks": "LVVVV",
    "PUT api.block_user": "LFFVF",
    "DELETE api.unblock_user": "LFFVV",
    "GET api.list_mutes": "LVVVV",
    "PUT api.mute_user": "LFFVF",
    "DELETE api.unmute_user": "LFFVV",
    "GET api.list_filters": "LVVVV",
    "POST api.create_filter": "LFFVV",
    "GET api.get_filter": "LNVNV",
    "PUT api.change_filter": "LFFNV",
    "DELETE api.delete_filter": "LFFNV",
    "GET api.list_posts": "LVVVV",
    "POST api.publish_post": "LFFVV",
    "GET api.get_post": "LVVVV",
    "GET api.list_replies": "LVVVV",
    "PUT api.mute_conversation": "LFFVV",
    "DELETE api.unmute_conversation": "LFFVV",
    "PUT api.change_replies_from": "LFFFV",
    "PUT api.fold_post": "LFFFV",
    "DELETE api.unfold_post": "LFFFV",
    "PUT api.pin_post": "LFFFV",
    "DELETE api.unpin_post": "LFFFV",
    "GET api.list_notification_groups": "LVVVV",
    "PUT api.repost_post": "LFFVV",
    "DELETE api.unrepost_post": "LFFVV",
    "GET api.list_reposters": "LVVVV",
    "GET api.list_reposts": "LVVVV",
    "GET api.list_likes": "LVVVV",
    "PUT api.like_post": "LFFVF",
    "DELETE api.unlike_post": "LFFVV",
    "GET api.list_likers": "LVVVV",
    "GET api.list_bookmarks": "LVVVV",
    "PUT api.bookmark_post": "LFFVV",
    "DELETE api.remove_bookmark": "LFFVV",
    "GET api.list_ancestors": "LVVVV",
    "PUT api.edit_post": "LFFFV",
    "DELETE api.delete_post": "LFFFV",
    "GET api.list_conversations": "LVVVV",
    "POST api.send_message": "LFFVV",
    "GET api.list_messages": "LNVNV",
    "PUT api.read_messages": "LFFNV",
    "GET api.list_rules": "LVVVV",
    "POST api.report_user": "LFFVF",
    "GET api.list_notifications": "LVVVV",
    "PUT api.read_notifications": "LFFVV",
    "GET api.get_notification_choices": "LVVVV",
    "PATCH api.change_notification_choices": "LFFVV",
    "GET api.search": "LVVVV",
    "GET api.home_timeline": "LVVVV",
    "GET api.get_home_choices": "LVVVV",
    "PATCH api.change_home_choices": "LFFVV",
    "GET api.get_home_marker": "LVVVV",
    "PUT api.move_home_marker": "LFFVV",
    "GET api.public_timeline": "LVVVV",
}
BODIES = {
    "PUT api.move_home_marker": {"last_read_id": 1},
    "POST api.register_user": {
        "username": "newcomer",
        "email": "newcomer@example.com",
        "password": "correct horse 7 battery",
    },
    "PUT api.change_user": {"about_me": "Here."},
    "PATCH api.change_notification_choices": {"digest_hour": 9},
    "POST api.publish_post": {"body": "Said by a program."},
    "POST api.send_message": {"body": "Sent by a program."},
    "PATCH api.change_follow": {"shows_reposts": False},
    "PATCH api.change_home_choices": {"shows_replies": False},
    "PUT api.change_replies_from": {"replies_from": "nobody"},
    "POST api.create_filter": {"keywords": [{"keyword": "bread"}]},
    "PUT api.change_filter": {"title": "Carbs"},
    "PUT api.edit_post": {"body": "Said otherwise."},
    "POST api.report_user": {"rule_id": 1},
    "POST api.create_invitation": {},
    "POST api.add_note": {"text": "Not the first time."},
    "POST api.decide_case": {"action": "warn"},
    "POST api.answer_appeal": {"outcome": "upheld"},
}


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(app: Flask) -> None:
    assert routes(app) == set(MATRIX) | set(STAFF_MATRIX)


@pytest.fixture
def addresses(app: Flask, ana: User) -> dict[str, str]:
    """Where each route finds what belongs to ana."""
    values = {"user_id": ana.id, "post_id": make_post(ana).id, "token_id": make_token(ana).id}
    values["invitation_id"] = invitations.create(make_user("mod2", role="moderator"), 1, 7).id
    values["tag"] = "riverside"
    values["filter_id"] = make_filter(ana, "bread").id
    values["case_id"] = make_report(make_user("dora"), ana).id
    values["decision_id"] = decide(
        make_user("ezra"), "silence", by=make_user("mod3", role="moderator")
    ).id
    appeals.file(decisions.find(values["decision_id"]), "It wasn't me.")
    db.session.commit()
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            built = rule.build({name: values[name] for name in rule.arguments})
            assert built
            found[rule.endpoint] = built[1].removeprefix("/api")
    make_message(ana, ana)
    found["api.search"] += "?q=bakery"
    # In a thread that ana began.
    reply = make_post(make_user("guest"), reply_to=db.session.get_one(Post, values["post_id"]))
    found |= dict.fromkeys(("api.fold_post", "api.unfold_post"), f"/posts/{reply.id}/fold")
    # Of somebody whom everybody follows.
    found["api.change_follow"] = f"/users/{reply.author_id}/follow"
    return found


def body_of(route: str, ana: User) -> dict[str, Any]:
    """What to send to a route for staff, about ana."""
    if route == "POST api.open_case":
        return {"json": {"user_id": ana.id}}
    return {"json": BODIES[route]} if route in BODIES else {}


def follow_guest() -> None:
    """Have everybody follow whom ana's follow is of."""
    guest = db.session.scalars(User.named("guest")).one()
    for person in db.session.scalars(db.select(User).where(User.id != guest.id)).all():
        make_follow(person, guest)


def program_for(
    role: str, ana: User, program_of: Callable[..., Program], nobody: Program
) -> Program:
    match role:
        case "unverified":
            return program_of(make_user("una", email_verified_at=None))
        case "reader":
            return program_of(ana, "read")
        case "stranger":
            return program_of(make_user("cleo"))
        case "moderator" | "administrator":
            return program_of(make_user("boss", role=role))
        case "owner":
            return program_of(ana)
    return nobody


@pytest.mark.parametrize("role", [*ROLES, *STAFF])
@pytest.mark.parametrize("route", sorted(set(MATRIX) - {"GET api.docs"}))
def test_each_program_gets_what_the_table_says(
    app: Flask,
    addresses: dict[str, str],
    ana: User,
    program_of: Callable[..., Program],
    nobody: Program,
    route: str,
    role: str,
) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    method, endpoint = route.split()
    program = program_for(role, ana, program_of, nobody)
    body = dict(BODIES.get(route, {}))
    if endpoint == "api.change_follow":
        follow_guest()
    if endpoint == "api.send_message":
        body["recipient_id"] = ana.id
    elif endpoint == "api.report_user":
        body["user_id"] = ana.id
    response = program.call(method, addresses[endpoint], **({"json": body} if body else {}))
    got = {401: "L", 403: "F", 404: "N"}.get(response.status_code, "V")
    column = ROLES.index("stranger" if role in STAFF else role)
    assert got == MATRIX[route][column], response.get_data(as_text=True)
    assert got != "V" or response.status_code < 300


@pytest.mark.parametrize("role", [*ROLES, "moderator"])
@pytest.mark.parametrize("route", sorted(STAFF_MATRIX))
def test_what_staff_may_do_is_there_for_nobody_else(
    app: Flask,
    addresses: dict[str, str],
    ana: User,
    program_of: Callable[..., Program],
    nobody: Program,
    route: str,
    role: str,
) -> None:
    method, endpoint = route.split()
    program = program_for(role, ana, program_of, nobody)
    status = program.call(method, addresses[endpoint], **body_of(route, ana)).status_code
    is_permitted = role == "moderator" and STAFF_MATRIX[route][STAFF_ROLES.index(role)] == "V"
    assert status == (401 if role == "nobody" else 403 if is_permitted else 404)


def staff_for(role: str) -> User:
    match role:
        case "log reader":
            make_role("Readers", "write", "see_audit_log")
            return make_user("reader", role="readers")
        case "helper":
            make_role("Helpers", "manage_people", rank=30)
            return make_user("helper", role="helpers")
    return make_user("boss", role=role.rsplit(maxsplit=1)[-1])


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("route", sorted(STAFF_MATRIX))
def test_each_token_for_administration_gets_what_the_table_says(
    app: Flask,
    addresses: dict[str, str],
    ana: User,
    program_of: Callable[..., Program],
    route: str,
    role: str,
) -> None:
    method, endpoint = route.split()
    if endpoint == "api.verify_person":
        ana.email_verified_at = None
        db.session.commit()
    scope = "write" if role == "writing administrator" else "admin"
    program = program_of(staff_for(role), scope)
    response = program.call(method, addresses[endpoint], **body_of(route, ana))
    got = {401: "L", 403: "F", 404: "N"}.get(response.status_code, "V")
    expected = STAFF_MATRIX[route][STAFF_ROLES.index(role)]
    assert got == expected, response.get_data(as_text=True)
    assert got != "V" or response.status_code < 300
    if scope == "write":
        assert 'scope="admin"' in response.headers["WWW-Authenticate"]


def test_a_closed_site_asks_programs_for_a_token_as_ever(app, nobody, program_of, ana):
    app.config["PUBLIC_READING"] = False
    assert nobody.get("/posts").status_code == 401
    assert program_of(ana).get("/posts").status_code == 200


def test_a_cookie_opens_no_operation(app, client, ana):
    log_in(client, ana)
    for path in ("/api/me", "/api/users", "/api/timelines/home"):
        assert client.get(path).status_code == 401
    assert client.post("/api/posts", json={"body": "Hello"}).status_code == 401


def test_a_token_opens_no_page(client, ana):
    headers = {"Authorization": f"Bearer {make_token(ana).secret}"}
    for path in ("/index", "/settings", "/settings/tokens"):
        assert client.get(path, headers=headers).status_code == 302
    page = get_page(client, "/api/docs", headers=headers)
    assert "Sign out" not in page.text


def test_a_token_in_the_address_is_not_looked_at(nobody, ana):
    secret = make_token(ana).secret
    assert nobody.get(f"/me?access_token={secret}").status_code == 401


def test_the_refusal_says_what_is_missing(nobody, program_of, ana):
    assert nobody.get("/me").headers["WWW-Authenticate"] == 'Bearer realm="API"'
    nobody.secret = "mb_wrong"
    assert 'error="invalid_token"' in nobody.get("/me").headers["WWW-Authenticate"]
    nobody.secret = ""
    assert nobody.post("/tokens").headers["WWW-Authenticate"].startswith("Basic ")
    refusal = program_of(ana, "read").post("/posts", json={"body": "Hello"})
    assert 'error="insufficient_scope"' in refusal.headers["WWW-Authenticate"]


def test_closed_accounts_have_no_programs(ana, program_of):
    program = program_of(ana)
    ana.closed_at = ana.created_at
    db.session.commit()
    assert program.get("/me").status_code == 401
