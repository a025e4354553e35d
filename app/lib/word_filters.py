"""Finding which of many words, phrases and #tags stand in a text, without regular expressions.

Texts and words are folded as search folds them, so case, accents and width make no difference. A
phrase is looked for only in texts that have its first word, so hundreds cost little. Where words
are not separated by spaces, as in Chinese, any part of a text is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from app.lib.entities import tag_key
from app.lib.html import words_of
from app.lib.search.folding import fold

_TAG_LINK = re.compile(r'<a class="tag" href="/tag/([^"]*)">')
# The start of an address, which only screen readers and copies have.
_SCHEME = re.compile(r'<span class="url__scheme">[^<]*</span>')
_HASHES = ("#", "\uff03")


class Word(NamedTuple):
    """What somebody does not want to read: a word, a phrase or a #tag."""

    text: str
    # Whether parts of longer words do not count.
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as filters read it."""

    text: str
    # Folded, with a space before and after each word.
    folded: str
    words: frozenset[str]
    tags: frozenset[str]

    @classmethod
    def of(cls, html: str, *lines: str | None) -> Reading:
        """What people read of safe `html`, and of plain `lines` such as a title."""
        body = words_of(_SCHEME.sub("", html))
        parts = [*filter(None, lines), body]
        # Two spaces, so that a title and a body have no phrase together.
        folded = "  ".join(map(fold, parts))
        tags = frozenset(unquote(key) for key in _TAG_LINK.findall(html))
        return cls("\n".join(parts), f" {folded} ", frozenset(folded.split()), tags)

    def __len__(self) -> int:
        return len(self.text) + len(self.folded)


class Matcher:
    """Finds words in texts; a word is known by its place among those given."""

    def __init__(self, words: Sequence[Word]) -> None:
        # By the first word of each, and what has to stand in a text besides.
        self._phrases: dict[str, list[tuple[str, int]]] = {}
        self._parts: list[tuple[str, int]] = []
        self._tags: dict[str, list[int]] = {}
        self._tag_parts: list[tuple[str, int]] = []
        # What folding would lose, such as the ++ of "C++".
        self._literals: dict[int, str] = {}
        for number, word in enumerate(words):
            self._add(number, word)
        self._first_words = frozenset(self._phrases)
        self._tag_keys = frozenset(self._tags)
        self._count = len(words)

    def __len__(self) -> int:
        return self._count

    def _add(self, number: int, word: Word) -> None:
        if tag := _tag_of(word.text):
            if word.is_whole:
                self._tags.setdefault(tag, []).append(number)
            else:
                self._tag_parts.append((tag, number))
            return
        folded = fold(word.text)
        if not folded:
            return
        if word.is_whole:
            first = folded.split(" ", 1)[0]
            self._phrases.setdefault(first, []).append((f" {folded} ", number))
        else:
            self._parts.append((folded, number))
        literal = _literal(word.text)
        if any(map(_is_symbol, literal)):
            self._literals[number] = literal

    def find(self, reading: Reading) -> list[int]:
        """The places of the words that are in `reading`, in order."""
        folded, found = reading.folded, set[int]()
        for first in self._first_words & reading.words:
            found.update(number for phrase, number in self._phrases[first] if phrase in folded)
        found.update(number for part, number in self._parts if part in folded)
        for tag in self._tag_keys & reading.tags:
            found.update(self._tags[tag])
        for part, number in self._tag_parts:
            if any(part in tag for tag in reading.tags):
                found.add(number)
        if not self._literals.keys().isdisjoint(found):
            text = _literal(reading.text)
            found = {number for number in found if self._literals.get(number, "") in text}
        return sorted(found)


def first_tag(html: str) -> str:
    """The first #tag in safe `html`, folded; empty if it has none."""
    found = _TAG_LINK.search(html)
    return f"#{unquote(found[1])}" if found else ""


def is_findable(text: str) -> bool:
    """Whether a word has anything that can be found: a letter, a digit or an emoji."""
    return bool(_tag_of(text) or fold(text))


def _tag_of(text: str) -> str:
    """The key of the #tag that `text` is, or nothing."""
    is_tag = text.startswith(_HASHES) and not any(map(str.isspace, text))
    key = tag_key(text[1:]) if is_tag else ""
    return key if any(map(str.isalpha, key)) else ""


def _literal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_symbol(char: str) -> bool:
    return char in "#&@%*" or unicodedata.category(char) in ("Sm", "Sc")
