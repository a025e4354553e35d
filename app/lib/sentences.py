"""Splitting a text that is too long for one post, where a reader would pause."""

from __future__ import annotations

import regex

from app.lib.text import length

# From the best place to the worst: after a paragraph, a line, a sentence, a clause, a word.
_PLACES = (
    regex.compile(r"\n{2,}"),
    regex.compile(r"\n"),
    regex.compile(r"(?<=[.!?…][\"'”’»)\]]*)\s+|(?<=[。！？][”’」』）]*)"),
    regex.compile(r"(?<=[,;:])\s+|(?<=[，；：、])"),
    regex.compile(r"\s+"),
)
# A part is rather shorter than this than cut within a sentence.
_LEAST_SHARE = 0.3


def split_text(text: str, limit: int) -> list[str]:
    """Split `text` into parts of at most `limit` characters, as `lib.text.length` counts them.

    Nothing but the space between two parts is lost.
    """
    parts = []
    rest = text.strip()
    while length(rest) > limit:
        end, start = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[start:].lstrip()
    return [*parts, rest] if rest else parts


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Where the first part ends and the next one starts."""
    end = len(_prefix(text, limit))
    # The space itself may stand beyond the limit.
    window = _prefix(text, limit + 1)
    best = end, end
    for place in reversed(_PLACES):
        cuts = [found.span() for found in place.finditer(window) if 0 < found.start() <= end]
        if cuts and cuts[-1][0] >= end * _LEAST_SHARE:
            best = cuts[-1]
    return best


def _prefix(text: str, characters: int) -> str:
    """The first `characters` of `text`, as people see them."""
    end = 0
    for found in regex.finditer(r"\X", text):
        if characters == 0:
            break
        characters -= 1
        end = found.end()
    return text[:end]
