"""What is searched: text folded once for indexing and for asking, and what a query means."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.lib.html import markdown_to_text, tag_key
from app.lib.text import one_line

QUERY_MAX = 200
# Longer runs are taken apart, here and there alike: databases bound the length of a word.
_WORD_MAX = 64
_CACHED_MAX = 20_000

# Scripts that put no spaces between words: each character is a word, and a word is a phrase.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3100-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "".join(
    chr(code)
    for block in ((0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3099, 0x309B))
    for code in range(*block)
    if unicodedata.category(chr(code)).startswith("M")
)
_WORD = re.compile(rf"[{_SPACELESS}][{_MARKS}]*|[^\s{_SPACELESS}]{{1,{_WORD_MAX}}}")
_ASCII_WORD = re.compile(rf"[a-z0-9]{{1,{_WORD_MAX}}}")
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


class _Folder(dict[int, str]):
    """A table for str.translate that is filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(self) < _CACHED_MAX:
            self[code] = folded
        return folded


_folder = _Folder()


@dataclass(frozen=True)
class Query:
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


def fold(text: str) -> str:
    """Return the words of `text`, a space between them, as they are compared.

    Case, accents, width and punctuation make no difference; an emoji is a word.
    """
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    folded = unicodedata.normalize("NFKC", text).translate(_folder)
    return " ".join(_WORD.findall(folded))


def post_text(
    author_id: int, title: str | None, body: str, language: str | None, tags: Iterable[str]
) -> str:
    """Return what a post is found by: its words, and keys for who, in which language, with what."""
    words = fold(f"{title}\n{markdown_to_text(body)}" if title else body)
    # In one order, since a database gives the tags in any.
    keys = [author_key(author_id), *sorted(map(tag_term, tags))]
    if language:
        keys.append(language_key(language))
    return " ".join([words, *keys])


def person_text(username: str, display_name: str, about_me: str) -> str:
    """Return what a person is found by, the names first."""
    return fold(f"{username}\n{display_name}\n{about_me}")


def author_key(author_id: int) -> str:
    return f"zzby{author_id}"


def language_key(language: str) -> str:
    return f"zzin{fold(language)}"


def tag_term(tag: str) -> str:
    """Return the key for a tag; several words stay a phrase."""
    return f"zzon{''.join(fold(tag).split())}"


def parse_query(text: str) -> Query:
    """Read a query; what is no operator, or one with a wrong value, is plain text."""
    text = one_line(text)[:QUERY_MAX].strip()
    words: list[str] = []
    phrases: list[str] = []
    tags: list[str] = []
    filters: dict[str, str | date] = {}
    for part in _PART.finditer(text):
        if part["phrase"] is not None:
            phrases.append(part["phrase"])
        elif part["tag"] and _is_tag(part["tag"]):
            tags.append(tag_key(part["tag"]))
        elif part["name"] and (found := _filter_of(part["name"].lower(), part["value"])):
            filters[found[0]] = found[1]
        else:
            words.append(part.group())
    return Query(text, tuple(words), tuple(phrases), tags=tuple(dict.fromkeys(tags)), **filters)  # type: ignore[arg-type]


def score(text: str, terms: Iterable[str]) -> float:
    """How well the folded `text` answers the `terms`: more often, earlier and in fewer words."""
    # Two spaces between words, so that neighbours share none.
    padded = f" {text.replace(' ', '  ')} "
    size = 1 + padded.count("  ") / 25
    total = 0.0
    for term in terms:
        part = f" {term.replace(' ', '  ')} "
        found = padded.count(part)
        first = max(padded.find(part), 0)
        total += 2 * found / (found + size) + 1 / (1 + first / 20)
    return total


def matches(text: str, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield where `text`, as it was written, has one of the folded `terms`: in order, apart."""
    wanted = sorted((term.split() for term in terms), key=len, reverse=True)
    words = list(_words_at(text))
    place = 0
    while place < len(words):
        for term in wanted:
            if [word for word, _, _ in words[place : place + len(term)]] == term and term:
                yield words[place][1], words[place + len(term) - 1][2]
                place += len(term)
                break
        else:
            place += 1


def _words_at(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the folded words of `text`, each with where it begins and ends there."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        part = _folder[ord(char)]
        folded.append(part)
        places += [place] * len(part)
    for word in _WORD.finditer("".join(folded)):
        end = places[word.end() - 1] + 1
        # An accent or a skin tone belongs to what it follows.
        while end < len(text) and not folded[end]:
            end += 1
        yield word.group(), places[word.start()], end


def _fold_char(char: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(part for part in plain if not _is_ornament(part))
    return "".join(map(_word_part, unicodedata.normalize("NFC", kept)))


def _is_ornament(char: str) -> bool:
    """Accents and vowel points; marks that make another letter (kana, Indic, Thai) are none."""
    kind = unicodedata.combining(char)
    is_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    is_variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    is_invisible = unicodedata.category(char) == "Cf"
    return 10 <= kind < 36 or kind >= 200 or is_tone or is_variation or is_invisible


def _word_part(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "LNM":
        return char
    # Databases take an emoji for a blank, so it is written as a word.
    return f" zz{ord(char):x} " if category == "So" else " "


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
