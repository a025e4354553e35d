"""What the owner writes about the site, and who reads it."""

from __future__ import annotations

import pytest

from app.services.site import site_pages
from tests.support.factories import make_user
from tests.support.pages import check_page, get_page, log_in, send, visitor

PAGES, TERMS = "/admin/pages", "/admin/pages/terms/en"


def test_the_owner_writes_terms_and_everyone_finds_them(app, client, admin):
    assert visitor(app).get("/about/terms").status_code == 404
    assert not get_page(visitor(app), "/about").all("a", href="/about/terms")
    assert send(client, TERMS, body="# Who may join\n\nAnyone over **16**.").location == TERMS
    assert "Changes saved." in get_page(client, TERMS).text
    page = get_page(visitor(app), "/about/terms")
    assert "Anyone over 16." in page.text and page.all("h2")
    assert get_page(visitor(app), "/about").all("a", href="/about/terms")
    registering = get_page(visitor(app), "/auth/register")
    assert "By joining, you agree to the rules and the terms of use" in registering.text


def test_about_has_the_owners_words_in_their_language(app, client, admin):
    send(client, "/admin/pages/about/es", body="Somos del barrio.")
    page = get_page(visitor(app), "/about")
    (prose,) = page.all("div", class_="prose")
    assert (prose.get("lang"), "".join(prose.itertext())) == ("es", "Somos del barrio.")


def test_privacy_has_a_text_until_the_owner_writes_one(app, client, admin):
    assert "Your password as a hash" in get_page(visitor(app), "/about/privacy").text
    edit = "/admin/pages/privacy/en"
    assert get_page(client, edit).fields(edit)["body"] == ""
    started = get_page(client, edit + "?default=1").fields(edit)["body"]
    assert started.startswith("## What is stored")
    send(client, edit, body="We keep nothing.")
    assert "We keep nothing." in get_page(visitor(app), "/about/privacy").text
    assert "Start from it" not in get_page(client, edit).text


def test_a_preview_saves_nothing_and_keeps_what_was_typed(client, admin):
    answer = send(client, TERMS, body="# Hello\n\n<b>raw</b>", preview="1")
    page = check_page(answer)
    assert answer.status_code == 200
    assert "".join(page.all("div", class_="preview")[0].itertext()).split() == [
        "Hello",
        "<b>raw</b>",
    ]
    assert page.fields(TERMS)["body"] == "# Hello\n\n<b>raw</b>"
    assert site_pages.bodies() == {}


def test_a_text_that_is_too_long_is_told_under_its_field(client, admin):
    answer = send(client, TERMS, body="x" * 20_001)
    assert answer.status_code == 422
    assert "1 character too long" in check_page(answer).text


def test_the_longest_text_in_chinese_fits_into_a_request(client, admin):
    page = get_page(client, TERMS)
    data = page.fields(TERMS) | {"body": "字" * 20_000}
    answer = client.post(TERMS, data=data, content_type="multipart/form-data")
    assert answer.status_code == 302


def test_the_list_says_what_is_written(client, admin):
    send(client, "/admin/pages/about/es", body="Somos del barrio.")
    text = get_page(client, PAGES).text
    assert "Español" in text and "The text that comes with Microblog" in text
    assert "Not written yet" in text


@pytest.mark.parametrize("path", ["terms/fr", "rules/en", "imprint/en"])
def test_there_are_no_other_pages_or_languages(client, admin, path):
    assert client.get(f"{PAGES}/{path}").status_code == 404


def test_a_private_closed_site_shows_visitors_nothing(app, client):
    app.config.update(PUBLIC_READING=False, REGISTRATION="closed")
    assert client.get("/about/privacy").location.startswith("/auth/login")
    member = app.test_client()
    log_in(member, make_user("ana"))
    assert "What is stored" in get_page(member, "/about/privacy").text


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_nobody_else_edits(client, role):
    log_in(client, make_user("mona", role=role))
    for path in (PAGES, TERMS, f"{PAGES}/rule/1"):
        assert client.get(path).status_code == 404
