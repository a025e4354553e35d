"""The language of the pages: chosen, or what the browser prefers."""

from __future__ import annotations

import pytest

from app import db
from app.lib.dates import utcnow
from tests.support.factories import make_post
from tests.support.pages import check_page, get_page, log_in

ACCEPTED = {
    "": "en",
    "es": "es",
    "es-MX,es;q=0.9,en;q=0.5": "es",
    "zh-TW": "zh",
    "zh-Hans-CN": "zh",
    "de,zh;q=0.5,en;q=0.1": "zh",
    "en-GB,es;q=0.9": "en",
    "en-GB,es": "en",
    "ES-mx": "es",
    "en;q=0.1,zh-CN;q=0.2": "zh",
    "fr,*": "en",
    "tlh": "en",
    "*": "en",
    "es;q=0": "en",
    "es;q=nonsense, \ud83d": "en",
    "," * 2000: "en",
}


@pytest.mark.parametrize(("accepted", "language"), ACCEPTED.items(), ids=range(len(ACCEPTED)))
def test_visitors_read_what_their_browser_prefers(client, accepted, language):
    headers = {"Accept-Language": accepted.encode("utf-8", "replace").decode("latin-1")}
    page = get_page(client, "/", headers=headers)
    assert page.root.get("lang") == language
    assert "Accept-Language" in page.response.headers["Vary"]


def test_a_visitor_chooses_a_language_and_keeps_it(client):
    fields = get_page(client, "/explore").fields("/language")
    assert fields == {"next": "/explore", "language": "en"}
    response = client.post("/language", data=fields | {"language": "es"})
    assert response.location == "/explore"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("language=es; ")
    for word in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"):
        assert word in cookie
    page = get_page(client, "/explore", headers={"Accept-Language": "zh"})
    assert page.root.get("lang") == "es"
    assert page.fields("/language")["language"] == "es"


@pytest.mark.parametrize("language", ["", "de", "EN", "es\r\nX: y", "es" * 999])
def test_an_unknown_language_is_refused(client, language):
    response = client.post("/language", data={"language": language})
    assert response.status_code == 400
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("cookie", ["de", "", "'", "e" * 4000, "%F0%9F%99%82"])
def test_a_broken_choice_is_as_good_as_none(client, cookie):
    client.set_cookie("language", cookie)
    assert get_page(client, "/", headers={"Accept-Language": "es"}).root.get("lang") == "es"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\x", "x", ""])
def test_choosing_a_language_never_leads_to_another_site(client, target):
    response = client.post("/language", data={"language": "es", "next": target})
    assert response.location == "/"


def test_the_choice_of_a_member_goes_before_cookie_and_browser(client, ana):
    ana.language = "zh"
    db.session.commit()
    log_in(client, ana)
    client.set_cookie("language", "es")
    for url, status in (("/index", 200), ("/user/ana", 200), ("/nothing", 404), ("/post/1", 404)):
        page = get_page(client, url, status, headers={"Accept-Language": "es"})
        assert page.root.get("lang") == "zh", url


def test_an_address_nobody_has_answers_in_the_visitors_language(client):
    response = client.get("/nothing", headers={"Accept-Language": "es"})
    assert check_page(response).root.get("lang") == "es"


def test_times_are_in_the_zone_of_the_reader(app, client, ana, ben):
    moment = utcnow().replace(2026, 3, 1, 23, 30, 0, 0)
    post = make_post(ben, created_at=moment)
    for zone, words in (
        ("Asia/Shanghai", "March 2, 2026"),
        ("America/Los_Angeles", "March 1, 2026"),
        (None, "March 1, 2026"),
    ):
        ana.time_zone = zone
        db.session.commit()
        browser = app.test_client()
        log_in(browser, ana)
        page = get_page(browser, f"/post/{post.id}")
        assert words in page.text
        assert page.all("time", datetime="2026-03-01T23:30:00+00:00")
    assert "11:30" in get_page(client, f"/post/{post.id}").text
