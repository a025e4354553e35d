"""The page on which staff block what nobody may create an account with."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import BlocklistEntry
from app.services.accounts import blocklist
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import Page, check_page, get_page, log_in, send
from tests.support.roles import give_role, make_role

BLOCKED = "/admin/blocked"


def listed(page: Page) -> list[str]:
    return ["".join(cell.itertext()) for cell in page.all("th", scope="row")]


def press(client: FlaskClient, entry_id: int, action: str = "remove") -> Page:
    path = f"{BLOCKED}/{entry_id}/{action}"
    fields = get_page(client, BLOCKED).fields(path)
    assert client.post(path, data=fields).location == BLOCKED
    return get_page(client, BLOCKED)


def test_what_is_blocked_is_listed_with_why_by_whom_and_until_when(client, admin):
    assert "Nothing is blocked" in get_page(client, BLOCKED).text
    values = {"kind": "domain", "value": " @Junk.Example ", "note": "Throwaway  mail", "days": "7"}
    assert send(client, BLOCKED, **values).location == BLOCKED
    page = get_page(client, BLOCKED)
    assert "Blocked. No one can create an account with it." in page.text
    assert listed(page) == ["junk.example"]
    end = utcnow() + timedelta(days=7)
    for text in ("Email domain", "Throwaway mail", "@sam", f"until {end:%B} {end.day}, {end.year}"):
        assert text in page.text, text
    entry = db.session.query(BlocklistEntry).one()
    assert abs(entry.ends_at - end) < timedelta(minutes=1)


def test_an_address_is_not_shown_and_can_be_found(client, admin):
    send(client, BLOCKED, kind="address", value="Eva+x@fine.example", note="Ask Sam")
    page = get_page(client, BLOCKED)
    assert "eva" not in page.text.lower() and "Ask Sam" in page.text
    entry = db.session.query(BlocklistEntry).one()
    number = f"An address (no. {entry.id})"
    assert listed(get_page(client, f"{BLOCKED}?q=eva@fine.example")) == [number]
    found = get_page(client, f"{BLOCKED}?q=other@fine.example")
    assert listed(found) == [] and "Nothing on the list matches." in found.text


def test_the_list_is_of_one_kind_or_of_all_and_has_pages(app, client, admin):
    app.config["POSTS_PER_PAGE"] = 2
    domains = [f"junk{number}.example" for number in range(5)]
    blocklist.import_domains(domains, COMMAND_LINE)
    blocklist.add("username", "casino*", COMMAND_LINE)
    db.session.commit()
    assert listed(get_page(client, BLOCKED)) == ["casino*", "junk4.example"]
    assert listed(get_page(client, f"{BLOCKED}?show=username")) == ["casino*"]
    seen, url = [], f"{BLOCKED}?show=domain"
    while url:
        page = get_page(client, url)
        seen += listed(page)
        url = next((link.get("href") for link in page.all("a", rel="next")), None)
    assert seen == domains[::-1]


def test_a_removal_can_be_undone(app, client, admin):
    send(client, BLOCKED, kind="username", value="*casino*")
    entry = db.session.query(BlocklistEntry).one()
    page = press(client, entry.id)
    assert "Not blocked anymore." in page.text and listed(page) == []
    undo = f"{BLOCKED}/{entry.id}/restore"
    assert client.post(undo, data=page.fields(undo)).location == BLOCKED
    page = get_page(client, BLOCKED)
    assert "Blocked again." in page.text and listed(page) == ["*casino*"]


def test_a_second_click_is_told_that_it_is_done(client, admin):
    send(client, BLOCKED, kind="username", value="*casino*")
    entry = db.session.query(BlocklistEntry).one()
    path = f"{BLOCKED}/{entry.id}/remove"
    fields = get_page(client, BLOCKED).fields(path)
    assert [client.post(path, data=fields).status_code for _ in range(2)] == [302, 410]
    assert client.post(f"{BLOCKED}/99/remove", data=fields).status_code == 410


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("domain", "", "Please fill this in."),
        ("domain", "junk", "Write a domain such as example.org."),
        ("address", "junk.example", "This doesn't look like an email address."),
        ("network", "junk.example", "Write an address such as 192.0.2.7"),
        ("network", "0.0.0.0/0", "This network is too large."),
        ("username", "*", "Write a username of at least two characters."),
        ("planet", "mars.example", "Not a valid choice"),
    ],
)
def test_what_cannot_be_blocked_is_told_under_its_field(client, admin, kind, value, message):
    answer = send(client, BLOCKED, kind=kind, value=value, note="Why")
    assert answer.status_code == 422
    page = check_page(answer)
    assert message in page.text
    assert page.fields(BLOCKED)["note"] == "Why"


def test_what_is_blocked_already_is_told(client, admin):
    for status in (302, 422):
        answer = send(client, BLOCKED, kind="network", value="192.0.2.0/24")
        assert answer.status_code == status
    page = check_page(answer)
    assert "This is blocked already." in page.text
    assert page.all("input", name="value")[0].get("aria-invalid") == "true"


def test_what_was_typed_comes_back_after_the_password(client, admin):
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get("/index")
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        asked = send(client, BLOCKED, kind="username", value="*casino*", note="Junk")
        assert asked.status_code == 403
        fields = check_page(asked).fields("/auth/sudo") | {"password": PASSWORD}
        shown = check_page(client.post("/auth/sudo", data=fields)).fields(BLOCKED)
        assert (shown["kind"], shown["value"], shown["note"]) == ("username", "*casino*", "Junk")


@pytest.mark.parametrize("query", ["show=planet", "q=%00", "q=%F0%9F%99%82", "before=x"])
def test_an_odd_query_is_no_failure(client, admin, query):
    assert client.get(f"{BLOCKED}?{query}").status_code in (200, 400, 404, 422)


def test_each_act_is_in_the_log(client, admin):
    send(client, BLOCKED, kind="domain", value="junk.example")
    press(client, db.session.query(BlocklistEntry).one().id)
    log = get_page(client, "/admin/audit").text
    assert "Block added" in log and "Block removed" in log and "domain junk.example" in log


def test_whoever_manages_people_may_and_nobody_else(app: Flask, client: FlaskClient):
    helper, mona = make_user("helper"), make_user("mona", role="moderator")
    make_role("Helpers", "write", "manage_people", rank=30)
    give_role(helper, "helpers")
    log_in(client, helper)
    assert get_page(client, "/admin/people").all("a", href=BLOCKED)
    assert send(client, BLOCKED, kind="domain", value="junk.example").status_code == 302
    other = app.test_client()
    log_in(other, mona)
    assert other.get(BLOCKED).status_code == 404
