"""Short names for what tests ask of a text; each call parses it, unlike the product."""

from __future__ import annotations

from collections.abc import Mapping

from app.lib.html import ParsedText
from app.lib.markdown import Rules


def render_text(text: str, people: Mapping[str, str]) -> str:
    return ParsedText(text).html(people)


def render_markdown(text: str, people: Mapping[str, str]) -> str:
    return ParsedText(text, Rules.FULL).html(people)


def render_light(text: str, people: Mapping[str, str]) -> str:
    return ParsedText(text, Rules.LIGHT).html(people)


def markdown_to_text(text: str) -> str:
    return ParsedText(text, Rules.FULL).visible_text


def mentions_in(text: str, *, markdown: bool = False) -> list[str]:
    return ParsedText(text, Rules.FULL if markdown else None).mentions


def tags_in(text: str, *, markdown: bool = False) -> list[str]:
    return ParsedText(text, Rules.FULL if markdown else None).tags
