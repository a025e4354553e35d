"""Highlighting search terms, in plain text and in the safe HTML of a post."""

import re
from collections.abc import Collection
from html import escape, unescape

from app.lib.search.ranking import matches

_TAG = re.compile(r"(<[^>]*>)")


def highlight(text: str, terms: Collection[str]) -> str:
    """Return plain `text` as HTML with the folded `terms` marked."""
    parts, end = [], 0
    for start, stop in matches(text, terms):
        parts += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return "".join([*parts, escape(text[end:])])


def highlight_html(html: str, terms: Collection[str]) -> str:
    """Return safe `html` with the folded `terms` marked in its text, never inside a tag."""
    parts = _TAG.split(html)
    # Every second part is a tag.
    parts[::2] = [highlight(unescape(part), terms) if part else part for part in parts[::2]]
    return "".join(parts)
