"""Feeds as Atom (RFC 4287) and as JSON Feed 1.1, from plain data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

ATOM_TYPE = "application/atom+xml; charset=utf-8"
JSON_TYPE = "application/feed+json; charset=utf-8"
JSON_FEED = "https://jsonfeed.org/version/1.1"
# Characters that XML cannot represent, even escaped.
_INVALID_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Only internal links begin with a slash, and in text the bracket would be escaped.
_INNER_LINK = re.compile(r'(<a (?:class="(?:mention|tag)" )?href=")(?=/)')


@dataclass(frozen=True)
class Author:
    """The author of an entry; URLs are absolute."""

    name: str
    url: str
    avatar: str


@dataclass(frozen=True)
class Entry:
    """One post. Its URL is also its permanent id."""

    url: str
    title: str
    html: str
    author: Author
    published: datetime
    updated: datetime
    language: str | None = None


@dataclass(frozen=True)
class Feed:
    """The newest entries of a page; `updated` changes with any of them."""

    title: str
    page_url: str
    url: str
    updated: datetime
    entries: Sequence[Entry]


def absolute_links(html: str, base_url: str) -> str:
    """Return our safe `html` with absolute links to people and tags."""
    return _INNER_LINK.sub(lambda match: match[1] + base_url, html)


def atom(feed: Feed) -> bytes:
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _add(root, "id", feed.url)
    _add(root, "title", feed.title)
    _add(root, "updated", _time(feed.updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.url)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page_url)
    for entry in feed.entries:
        _add_entry(root, entry)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_entry(root: ET.Element, entry: Entry) -> None:
    node = _add(root, "entry")
    if entry.language:
        node.set("xml:lang", entry.language)
    _add(node, "id", entry.url)
    _add(node, "title", entry.title)
    _add(node, "link", rel="alternate", type="text/html", href=entry.url)
    _add(node, "published", _time(entry.published))
    _add(node, "updated", _time(entry.updated))
    author = _add(node, "author")
    _add(author, "name", entry.author.name)
    _add(author, "uri", entry.author.url)
    _add(node, "content", entry.html, type="html")


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    node = ET.SubElement(parent, tag, attributes)
    node.text = _INVALID_IN_XML.sub("", text) if text else None
    return node


def json_feed(feed: Feed) -> bytes:
    document = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.url,
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _item(entry: Entry) -> dict[str, Any]:
    author = entry.author
    item: dict[str, Any] = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": _time(entry.published),
        "date_modified": _time(entry.updated),
        "authors": [{"name": author.name, "url": author.url, "avatar": author.avatar}],
    }
    return item | ({"language": entry.language} if entry.language else {})


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
