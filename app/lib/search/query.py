"""What somebody typed into the search box, and what it means."""

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
    """What somebody looks for. Days are their own: `after` is included, `before` is not."""

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
        """Words and phrases, folded, each once; all of them must be found."""
        folded = (fold(part) for part in (*self.words, *self.phrases))
        return tuple(dict.fromkeys(term for term in folded if term))

    @property
    def marked(self) -> tuple[str, ...]:
        """What results show highlighted: the terms, and the words of the tags."""
        return tuple(dict.fromkeys((*self.terms, *map(fold, self.tags))))

    @property
    def has_filters(self) -> bool:
        filters = (self.author, self.language, self.before, self.after)
        return bool(self.tags) or any(value is not None for value in filters)


def parse_query(text: str) -> ParsedQuery:
    """Read a query; what is not an operator, or has an invalid value, is plain text."""
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
        elif part["name"] and (found := _filter_of(part["name"].lower(), part["value"])):
            filters[found[0]] = found[1]
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
