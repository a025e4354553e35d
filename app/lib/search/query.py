"""The search syntax: words, phrases and filters."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.lib.entities import tag_key
from app.lib.search.folding import fold
from app.lib.text import one_line

QUERY_MAX = 200

_PART = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab\u00bb](?P<phrase>[^\"\u201c\u201d\u201e\u00ab\u00bb]*)"
    r"[\"\u201c\u201d\u201e\u00ab\u00bb]"
    r"|(?P<name>from|lang|before|after)[:\uff1a](?P<value>[^\s\"]+)"
    r"|[#\uff03](?P<tag>[^\s\"]+)"
    r"|(?P<word>[^\s\"]+)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_ACCOUNT = re.compile(r"@?([A-Za-z0-9_.-]+)\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True)
class ParsedQuery:
    """A parsed query. Days are in the viewer's time zone; `after` is inclusive, `before` is not."""

    text: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    author: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    before: date | None = None
    after: date | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Words and phrases, folded, without duplicates; all of them must match."""
        folded = (fold(part) for part in (*self.words, *self.phrases))
        return tuple(dict.fromkeys(term for term in folded if term))

    @property
    def marked(self) -> tuple[str, ...]:
        """What to highlight in results: the terms, and the words of the tags."""
        return tuple(dict.fromkeys((*self.terms, *map(fold, self.tags))))

    @property
    def has_filters(self) -> bool:
        filters = (self.author, self.language, self.before, self.after)
        return bool(self.tags) or any(value is not None for value in filters)


def parse_query(text: str) -> ParsedQuery:
    """Parse a query; unknown operators and invalid values are plain text."""
    text = one_line(text)[:QUERY_MAX].strip()
    words: list[str] = []
    phrases: list[str] = []
    tags: list[str] = []
    filters: dict[str, Any] = {}
    for part in _PART.finditer(text):
        if part["phrase"] is not None:
            phrases.append(part["phrase"])
        elif part["tag"] and _is_tag(part["tag"]):
            tags.append(tag_key(part["tag"]))
        elif part["name"] and (item := _filter_of(part["name"].lower(), part["value"])):
            filters[item[0]] = item[1]
        else:
            words.append(part.group())
    return ParsedQuery(
        text, tuple(words), tuple(phrases), tags=tuple(dict.fromkeys(tags)), **filters
    )


def _is_tag(text: str) -> bool:
    key = tag_key(text)
    return any(map(str.isalpha, key)) and bool(fold(key))


def _filter_of(name: str, value: str) -> tuple[str, str | date] | None:
    if name == "from":
        account = _ACCOUNT.match(value)
        return ("author", account[1]) if account else None
    if name == "lang":
        return ("language", value.lower()) if _LANGUAGE.match(value.lower()) else None
    if not _DAY.match(value):
        return None
    try:
        return name, date.fromisoformat(value)
    except ValueError:
        return None
