"""Finding links, @mentions and #tags in plain text, in one pass."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.lib.addresses import address_at
from app.lib.usernames import USERNAME_MAX, USERNAME_MIN, username_key

TAG_MAX = 50

# A limit on the work that one text can cause; anything beyond it stays plain text.
LINKS_MAX = 100
# Far more than anybody writes; each takes a while to be folded.
NAMES_MAX = 1000

# After a word character an @ or # belongs to the word ("a#b", "ana@example.com"), except in
# scripts without spaces between words, such as Chinese, Japanese and Thai.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3100-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = rf"[^\W{_SPACELESS}]"
_START = re.compile(
    r"(?P<link>(?<![A-Za-z0-9_@/.-])(?:https?://|www\.))"
    rf"|(?P<mention>(?<!{_WORD})(?<![+%@\uff20$&=])[@\uff20](?=[A-Za-z0-9_]))"
    rf"|(?P<tag>(?<!{_WORD})(?<![&#@=\uff20])[#\uff03])",
    re.IGNORECASE,
)
# Matched by lookahead, then consumed whole: "@bené" must not become a mention of "ben". (Like a
# possessive +, which has a bug in Python 3.11 before 3.11.4.)
_NAME = re.compile(rf"(?=([A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*))\1(?!{_WORD}|[@\uff20]\w)")
_JOINERS = "\u200c\u200d"
# The dots of names and the wave dash: part of a tag between two of its letters.
_INNER = "\u00b7\u30fb\u301c"
_INNER_FOLDS = str.maketrans({"\uff5e": "\u301c", "\uff65": "\u30fb"})
_STRAY = re.compile(rf"^[{_INNER}]+|[{_INNER}]+(?=[{_INNER}]|$)")
# What makes "example.com/" an address in "example.com/@ben", and how far before it we look.
_ADDRESS = re.compile(r"\w\.\w|/.")
_ADDRESS_MAX = 100
_SIGN = re.compile("[@#\uff03\uff20]")


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
    """Yield the links, mentions and tags of `text` in order, none inside another.

    No more than LINKS_MAX links and NAMES_MAX mentions and tags: the rest stays text.
    """
    position = links = names = 0
    while start := _START.search(text, position):
        entity = None
        if start["link"]:
            if links < LINKS_MAX:
                links += 1
                entity = link_at(text, start.start())
        elif names < NAMES_MAX and not _is_in_address(text, start.start()):
            names += 1
            find = _mention_at if start["mention"] else _tag_at
            entity = find(text, start.start())
        if entity:
            yield entity
        position = entity.end if entity else start.end()


def tag_key(tag: str) -> str:
    """Return the key of a tag: NFKC, case-folded, without # and invalid characters."""
    folded = tag.translate(_INNER_FOLDS)
    # Three times: folding can undo composition, and the function must be idempotent.
    for _ in range(3):
        folded = unicodedata.normalize("NFKC", folded).casefold()
    # A joiner only shapes letters: it makes no different tag.
    key = "".join(
        char for char in folded if char in _INNER or (_is_tag_char(char) and char not in _JOINERS)
    )
    return unicodedata.normalize("NFKC", _STRAY.sub("", key))


def link_at(text: str, start: int) -> Entity | None:
    """Return the http, https or www link that begins exactly at `start`, or None."""
    found = address_at(text, start)
    return Entity(EntityKind.LINK, start, *found) if found else None


def _is_in_address(text: str, start: int) -> bool:
    """Whether the slash before `start` is one of an address, as in "example.com/@ben"."""
    if start == 0 or text[start - 1] != "/":
        return False
    words = text[max(start - _ADDRESS_MAX, 0) : start].split()
    # "@ana.duarte/@ben" is two people.
    return _ADDRESS.search(_SIGN.split(words[-1], maxsplit=1)[0]) is not None


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
    while end < len(text) and (_is_tag_char(text[end]) or _is_inside(text, end)):
        end += 1
    key = tag_key(text[start + 1 : end])
    is_tag = any(map(str.isalpha, key)) and max(len(key), end - start - 1) <= TAG_MAX
    return Entity(EntityKind.TAG, start, end, key) if is_tag else None


def _is_tag_char(char: str) -> bool:
    if char.isalnum() or char == "_" or char in _JOINERS:
        return True
    is_variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return unicodedata.category(char) in ("Mn", "Mc") and not is_variation


def _is_inside(text: str, place: int) -> bool:
    """Whether the sign at `place` joins two letters of one tag."""
    char = text[place]
    is_joining = char in _INNER or ord(char) in _INNER_FOLDS
    return is_joining and place + 1 < len(text) and text[place + 1].isalnum()
