"""The search syntax: words, phrases and filters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from app.lib.entities import tag_key
from app.lib.languages import is_language_code
from app.lib.search.folding import fold
from app.lib.text import one_line

QUERY_MAX = 200

_PART = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab\u00bb](?P<phrase>[^\"\u201c\u201d\u201e\u00ab\u00bb]*)"
    r"[\"\u201c\u201d\u201e\u00ab\u00bb]"
    r"|(?P<name>from|lang|before|after)[:\uff1a](?P<value>[^\s\"]*)"
    r"|[#\uff03](?P<tag>[^\s\"]+)"
    r"|(?P<word>[^\s\"]+)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"@?([A-Za-z0-9_.-]+)\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class Mistake(NamedTuple):
    """An operator that cannot be carried out as written, and is left out of the search."""

    kind: Literal["empty", "name", "language", "day", "repeated", "range"]
    # The operator's name, or the value that was not understood.
    text: str


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
    mistakes: tuple[Mistake, ...] = ()

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
    """Parse a query; unknown operators are plain text, invalid ones are `mistakes`."""
    text = one_line(text)[:QUERY_MAX].strip()
    words: list[str] = []
    phrases: list[str] = []
    tags: list[str] = []
    filters: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for part in _PART.finditer(text):
        if part["phrase"] is not None:
            phrases.append(part["phrase"])
        elif part["tag"] and _is_tag(part["tag"]):
            tags.append(tag_key(part["tag"]))
        elif part["name"]:
            mistakes += _add_filter(filters, part["name"].lower(), part["value"])
        else:
            words.append(part.group())
    if "after" in filters and "before" in filters and filters["after"] >= filters["before"]:
        mistakes.append(Mistake("range", ""))
    return ParsedQuery(
        text,
        tuple(words),
        tuple(phrases),
        tags=tuple(dict.fromkeys(tags)),
        mistakes=tuple(dict.fromkeys(mistakes)),
        **filters,
    )


def _is_tag(text: str) -> bool:
    key = tag_key(text)
    return any(map(str.isalpha, key)) and bool(fold(key))


def _add_filter(filters: dict[str, Any], name: str, value: str) -> list[Mistake]:
    """Add what the operator `name` says to `filters`, or return why that is impossible."""
    if not value:
        return [Mistake("empty", name)]
    field, kind, read = _OPERATORS[name]
    meant = read(value)
    if meant is None:
        return [Mistake(kind, value)]
    is_changed = filters.get(field, meant) != meant
    filters[field] = meant
    return [Mistake("repeated", name)] if is_changed else []


def _account(value: str) -> str | None:
    account = _ACCOUNT.match(value)
    return account[1] if account else None


def _language(value: str) -> str | None:
    code = value.lower()
    return code if is_language_code(code) else None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if _DAY.match(value) else None
    except ValueError:
        return None


# By name: the field of a query, the mistake that an unreadable value is, and how one is read.
_OPERATORS: dict[str, tuple[str, Any, Callable[[str], Any]]] = {
    "from": ("author", "name", _account),
    "lang": ("language", "language", _language),
    "before": ("before", "day", _day),
    "after": ("after", "day", _day),
}
