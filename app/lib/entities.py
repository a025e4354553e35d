"""Finding links, @mentions and #tags in plain text, in one pass."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from linkify_it import LinkifyIt
from markdown_it.common.normalize_url import normalizeLink, validateLink

from app.lib.usernames import USERNAME_MAX, USERNAME_MIN, username_key

TAG_MAX = 50

# Limits on the work that one text can cause; anything beyond them stays plain text.
_URL_MAX = 1000
LINKS_MAX = 100

# After a word character an @ or # belongs to the word ("a#b", "ana@example.com"), except in
# scripts without spaces between words, such as Chinese, Japanese and Thai.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3100-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = rf"[^\W{_SPACELESS}]"
_START = re.compile(
    r"(?P<link>(?<![A-Za-z0-9_@/.:-])(?:https?://|www\.))"
    rf"|(?P<mention>(?<!{_WORD})(?<![+%@/$&=-])@(?=[A-Za-z0-9_]))"
    rf"|(?P<tag>(?<!{_WORD})(?<![&/#@=])[#\uff03])",
    re.IGNORECASE,
)
# Matched by lookahead, then consumed whole: "@bené" must not become a mention of "ben". (Like a
# possessive +, which has a bug in Python 3.11 before 3.11.4.)
_NAME = re.compile(rf"(?=([A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*))\1(?!{_WORD}|@\w)")
# Ideographic punctuation ends a URL, since no space comes before it.
_URL_RUN = re.compile(
    r"[^\s<>\"`\\\x00-\x1f\x7f-\x9f\u00ab\u00bb\u200b-\u200f\u2010-\u202e\u2060-\u2069"
    r"\u3000-\u3004\u3008-\u3020\u3030\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\ufeff]"
    rf"{{1,{_URL_MAX}}}"
)
_WWW = re.compile(r"www(?:\.[^.:]+){2}", re.IGNORECASE)
_JOINERS = "\u200c\u200d"


class EntityKind(StrEnum):
    """What an entity leads to."""

    LINK = "link"
    MENTION = "mention"
    TAG = "tag"


@dataclass(frozen=True)
class Entity:
    """A link, mention or tag at text[start:end].

    `value` is the full URL, the lowercase username or the tag's key.
    """

    kind: EntityKind
    start: int
    end: int
    value: str


def find_entities(text: str) -> Iterator[Entity]:
    """Yield the links, mentions and tags of `text` in order, none inside another."""
    position = links = 0
    while start := _START.search(text, position):
        entity = None
        if start["mention"]:
            entity = _mention_at(text, start.start())
        elif start["tag"]:
            entity = _tag_at(text, start.start())
        elif links < LINKS_MAX:
            links += 1
            entity = link_at(text, start.start())
        if entity:
            yield entity
        position = entity.end if entity else start.end()


def tag_key(tag: str) -> str:
    """Return the key of a tag: NFKC, case-folded, without # and invalid characters."""
    folded = unicodedata.normalize("NFKC", tag).casefold()
    # Twice: folding can undo composition, and the function must be idempotent.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    # A joiner only shapes letters: it makes no different tag.
    key = "".join(char for char in folded if _is_tag_char(char) and char not in _JOINERS)
    return unicodedata.normalize("NFKC", key)


def link_at(text: str, start: int) -> Entity | None:
    """Return the http, https or www link that begins exactly at `start`, or None."""
    run = _URL_RUN.match(text, start)
    url = run.group() if run else ""
    prefix = "http://" if url[:4].lower() == "www." else ""
    match = _linkifier().match_at_start(prefix + url)
    if match is None:
        return None
    host = re.split("[/?#]", match.url.partition("//")[2], maxsplit=1)[0]
    # "www.example" is incomplete, and https://bank.example@evil.example is deceptive.
    if "@" in host or (prefix and not _WWW.match(host)):
        return None
    href = normalizeLink(match.url)
    if not validateLink(href):
        return None
    return Entity(EntityKind.LINK, start, start + match.last_index - len(prefix), href)


def _mention_at(text: str, start: int) -> Entity | None:
    name = _NAME.match(text, start + 1)
    if name is None or not USERNAME_MIN <= len(name.group()) <= USERNAME_MAX:
        return None
    return Entity(EntityKind.MENTION, start, name.end(), username_key(name.group()))


def _tag_at(text: str, start: int) -> Entity | None:
    end = start + 1
    # A tag cannot begin with a mark: keycap emoji are a # and two marks.
    if end == len(text) or not (text[end].isalnum() or text[end] == "_"):
        return None
    while end < len(text) and _is_tag_char(text[end]):
        end += 1
    key = tag_key(text[start + 1 : end])
    is_tag = any(map(str.isalpha, key)) and max(len(key), end - start - 1) <= TAG_MAX
    return Entity(EntityKind.TAG, start, end, key) if is_tag else None


def _is_tag_char(char: str) -> bool:
    if char.isalnum() or char == "_" or char in _JOINERS:
        return True
    is_variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return unicodedata.category(char) in ("Mn", "Mc") and not is_variation


@cache
def _linkifier() -> LinkifyIt:
    linkifier = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    for schema in ("ftp:", "//", "mailto:"):
        linkifier.add(schema, None)
    return linkifier
