"""Feeds from plain data: escaping, links, and what XML cannot say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from app.lib.feeds import Author, Entry, Feed, absolute_links, atom, json_feed

NS = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def feed_of(**values: object) -> Feed:
    ana = Author("Ana", "https://x.example/user/ana", "https://x.example/user/ana/avatar.svg")
    base = {"url": "https://x.example/post/1", "title": "Bread", "html": "<p>Bread</p>"}
    base |= {"author": ana, "published": NOON, "updated": NOON}
    entry = Entry(**{**base, **values})
    page = "https://x.example/user/ana"
    return Feed("Ana", page, page + "/feed.atom", NOON, [entry])


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_cannot_say_is_left_out(char: str) -> None:
    root = ET.fromstring(atom(feed_of(title=f"a{char}b", html=f"<p>{char}</p>")))
    assert root.findtext(f"{NS}entry/{NS}title") == "ab"
    assert root.findtext(f"{NS}entry/{NS}content") == "<p></p>"


def test_times_are_in_utc_to_the_second() -> None:
    root = ET.fromstring(atom(feed_of(published=NOON.replace(microsecond=5))))
    assert root.findtext(f"{NS}entry/{NS}published") == "2026-11-21T12:00:00Z"


def test_a_language_is_named_only_where_it_is_known() -> None:
    assert b"xml:lang" not in atom(feed_of())
    assert b'<entry xml:lang="es">' in atom(feed_of(language="es"))
    assert "language" not in json.loads(json_feed(feed_of()))["items"][0]


def test_only_links_become_absolute() -> None:
    html = '<p><a class="tag" href="/tag/a">#a</a> href="/tag/b" <a href="https://c/">c</a></p>'
    expected = html.replace('="/tag/a"', '="https://x.example/tag/a"')
    assert absolute_links(html, "https://x.example") == expected
