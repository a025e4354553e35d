"""The rules in the browser: for everyone, and for those who change them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app.lib.dates import utcnow
from app.services.site import rules
from tests.support.factories import PASSWORD
from tests.support.pages import check_page, get_page, send, visitor

PAGES, NEW = "/admin/pages", "/admin/pages/rule/new"


def public_rules(app) -> list[str]:
    page = get_page(visitor(app), "/about/rules")
    return ["".join(found.itertext()) for found in page.all("strong")]


def test_everyone_reads_the_rules_in_their_language(app, client):
    app.config["SITE_NAME"] = "Riverside"
    page = get_page(client, "/about/rules", headers={"Accept-Language": "zh"})
    assert "冒充他人" in page.text
    assert "Rules of Riverside" in get_page(visitor(app), "/about/rules").text
    assert get_page(visitor(app), "/about").all("a", href="/about/rules")


def test_the_owner_adds_a_rule_and_visitors_read_it(app, client, admin):
    answer = send(client, NEW, title_en="Be kind", text_en="Also on\nMondays.")
    assert answer.location == "/admin/pages#rules"
    assert "The rule applies from now on." in get_page(client, PAGES).text
    page = get_page(visitor(app), "/about/rules")
    assert "Be kind" in page.text and "Also on Mondays." in page.text


def test_a_rule_is_edited_in_each_language(app, client, admin):
    url = "/admin/pages/rule/1"
    assert "Advertising or spam" in get_page(client, url).text
    send(client, url, title_en="No ads", title_es="Sin anuncios")
    fields = get_page(client, url).fields(url)
    assert (fields["title_en"], fields["title_es"], fields["title_zh"]) == (
        *("No ads", "Sin anuncios"),
        "",
    )
    spanish = get_page(visitor(app), "/about/rules", headers={"Accept-Language": "es"})
    assert "Sin anuncios" in spanish.text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Give the rule a title"),
        ({"text_es": "Sin título."}, "Give the rule a title"),
        ({"title_zh": "x" * 81}, "1 character too long"),
        ({"title_en": "x", "text_en": "x" * 501}, "1 character too long"),
    ],
)
def test_what_is_missing_or_too_long_is_told_under_its_field(client, admin, values, message):
    answer = send(client, NEW, **values)
    assert answer.status_code == 422
    assert message in check_page(answer).text
    assert len(rules.entries()) == 4


def test_rules_are_moved_with_buttons(app, client, admin):
    send(client, PAGES, "/admin/pages/rule/4/up")
    send(client, PAGES, "/admin/pages/rule/1/down")
    assert public_rules(app)[:2] == ["Hatred or threats", "Advertising or spam"]
    assert public_rules(app)[2] == "Impersonation"
    page = get_page(client, PAGES)
    assert not [b for b in page.all("button") if b.get("formaction", "").endswith("/2/up")]


def test_a_removed_rule_comes_back_with_undo(app, client, admin):
    send(client, PAGES, "/admin/pages/rule/2/remove")
    assert "Hatred or threats" not in public_rules(app)
    page = get_page(client, PAGES)
    assert "The rule is removed." in page.text
    assert client.get("/admin/pages/rule/2").status_code == 404
    client.post("/admin/pages/rule/2/restore", data=page.fields("/admin/pages/rule/2/restore"))
    assert public_rules(app)[1] == "Hatred or threats"


def test_a_site_without_rules_says_so_and_links_nowhere(app, client, admin):
    for rule_id in (1, 2, 3, 4):
        send(client, PAGES, f"/admin/pages/rule/{rule_id}/remove")
    assert "no rules of its own" in get_page(client, PAGES).text
    assert "no rules of its own" in get_page(visitor(app), "/about/rules").text
    assert not get_page(visitor(app), "/about").all("a", href="/about/rules")
    assert "you agree" not in get_page(visitor(app), "/auth/register").text


@pytest.mark.parametrize("path", ["rule/99/up", "rule/99/remove", "rule/99/restore"])
def test_a_rule_that_never_was_is_missing(client, admin, path):
    fields = get_page(client, NEW).fields(NEW)
    assert client.post(f"/admin/pages/{path}", data=fields).status_code == 404


def test_what_was_typed_comes_back_after_the_password(client, admin):
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get("/index")
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        asked = send(client, NEW, title_en="Be kind")
        assert asked.status_code == 403
        fields = check_page(asked).fields("/auth/sudo") | {"password": PASSWORD}
        shown = check_page(client.post("/auth/sudo", data=fields)).fields(NEW)
        assert shown["title_en"] == "Be kind"
        assert client.post(NEW, data=shown).location == "/admin/pages#rules"


def test_whoever_joins_is_told_what_they_agree_to(app, client):
    page = get_page(client, "/auth/register")
    assert "By joining, you agree to the rules" in page.text
    assert page.all("a", href="/about/rules") and page.all("a", href="/about/privacy")


def test_a_private_site_shows_them_to_whoever_may_join(app, client):
    app.config.update(PUBLIC_READING=False, REGISTRATION="invite")
    assert "Impersonation" in get_page(client, "/about/rules").text
    app.config["REGISTRATION"] = "closed"
    assert client.get("/about/rules").location.startswith("/auth/login")
    assert not get_page(client, "/about").all("a", href="/about/rules")


def test_visitors_share_the_page(app, client):
    app.config["VISITOR_PAGE_SECONDS"] = 2
    first = get_page(client, "/about/rules")
    assert len(first.statements) == 0
    assert get_page(app.test_client(), "/about/rules").text == first.text
