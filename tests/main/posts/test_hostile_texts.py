"""What people write is text, whatever it looks like."""

from __future__ import annotations

import re

import pytest

from app import db
from tests.support.factories import make_post
from tests.support.pages import check_page, get_page, log_in, send

pytestmark = pytest.mark.slow

XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "![x](data:text/html,<script>)",
    'https://example.org/"onmouseover=alert(1)',
    "<a href='jav&#x61;script:alert(1)'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</textarea><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<b style='position:fixed'>x</b>",
    "{{ 1337*1337 }} {% raw %} %s %(x)s {0.__class__} ${1337*1337}",
    "<!-- --><iframe src=//evil.example>",
    "\u202egnp.exe\u202c <b>",
]


@pytest.mark.parametrize("payload", XSS)
def test_what_people_write_is_only_text_everywhere(client, ana, ben, payload):
    ana.display_name, ana.about_me = payload[:50], payload
    db.session.commit()
    post = make_post(ana, payload)
    titled = make_post(ana, payload, title=payload)
    log_in(client, ana)
    send(client, f"/post/{titled.id}/edit", post=payload + " again")
    urls = ["/index", "/explore", "/user/ana", "/settings/profile"]
    urls += [f"/post/{titled.id}{path}" for path in ("", "/edit", "/history")]
    for url in (*urls, f"/post/{post.id}"):
        page = get_page(client, url)
        scripts = [script.get("src") or "" for script in page.all("script")]
        assert all(src.startswith("/static/") for src in scripts)
        for picture in page.all("img"):
            assert re.match(r"/user/(ana|ben)/avatar\.svg", picture.get("src") or "")
        for link in page.all("a"):
            href = link.get("href") or ""
            assert re.match(r"(/|#|https?://example\.org)", href), href
        assert "1787569" not in page.text
    shown = payload.removeprefix("https://")
    assert shown in get_page(client, f"/post/{post.id}").text


def test_a_broken_form_is_given_back_as_text(client, ana):
    log_in(client, ana)
    payload = "</textarea><script>alert(1)</script>" * 10
    page = check_page(send(client, "/index", post=payload, title='"><b>'))
    fields = page.fields("/index")
    assert (fields["post"], fields["title"]) == (payload, '"><b>')
