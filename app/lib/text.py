"""Cleaning, measuring and shortening text that people typed."""

import re
import unicodedata

import regex

# What is counted is what people see: grapheme clusters. A family of four is seven code points, so
# this many per cluster, on average, is more than any writing needs, and bounds what is stored.
CODE_POINTS_PER_CHARACTER = 10

# C0 and C1 controls but tab and newline, and lone surrogates, which no database can store.
_DROPPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NEWLINE = re.compile("\r\n|[\r\u2028\u2029]")
_GAP = re.compile(r"\n(?:[^\S\n]*\n){2,}")
# A name with these could reorder the text after it, or look empty.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Dashes, the ellipsis, and the ideographic and full-width forms of , . ; : ! ?
_TRAILING = " ,.;:!?-\u2013\u2014\u2026\u3001\u3002\uff0c\uff0e\uff1b\uff1a\uff01\uff1f"
_ELLIPSIS = "…"
_CLUSTER = regex.compile(r"\X")
# No writing has more marks on one letter; they are drawn above each other, over what others wrote.
_PILE = regex.compile(r"\p{M}{17}")
# Addresses, names and tags: they are in no language.
# Only one reading of each, or a thousand @ in a row take seconds.
NAMES = re.compile(
    r"(?:https?://|www\.)\S+|(?<!\S)\S[^\s@]*@\S[^\s.]*\.\S+|[@#\uff03\uff20][\w.-]+",
    re.IGNORECASE,
)
# Enough to find the first letter in.
_SAMPLE_MAX = 2000
# Letters and a sign that are drawn as nothing: fillers of Korean and Khmer, the empty Braille cell.
BLANK = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# How far back from the cut we look for the end of a word.
_WORD_MAX = 24


def clean(text: str) -> str:
    """Return `text` in NFC with LF newlines and no control characters; spaces are kept."""
    return unicodedata.normalize("NFC", _DROPPED.sub("", _NEWLINE.sub("\n", text)))


def is_visible(text: str) -> bool:
    """Return whether a reader would see anything: a letter, digit, sign or emoji."""
    return any(map(_is_visible, text))


def normalize(text: str) -> str:
    """Return `text` as it is stored: cleaned, stripped, and no two empty lines in a row.

    Text that shows nothing is empty.
    """
    stored = _GAP.sub("\n\n", clean(text).strip())
    return stored if is_visible(stored) else ""


def length(text: str) -> int:
    """Return how many characters a reader sees; a newline counts as one, however sent."""
    stored = unicodedata.normalize("NFC", _NEWLINE.sub("\n", text))
    if stored.isascii():
        return len(stored)
    return sum(1 for _ in _CLUSTER.finditer(stored))


def is_too_dense(text: str, maximum: int) -> bool:
    """Return whether `text` has more signs than `maximum` characters may be made of.

    Also if it piles too many of them up on one letter.
    """
    return len(text) > maximum * CODE_POINTS_PER_CHARACTER or _PILE.search(text) is not None


def direction(text: str) -> str:
    """Return "rtl" or "ltr", as the first letter of `text` is written, or "auto" without letters.

    Names, tags and addresses take no part: they may be Latin in a text that is not.
    """
    for char in NAMES.sub(" ", text[:_SAMPLE_MAX]):
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "auto"


def one_line(text: str) -> str:
    """Return `text` as a name or title: one line, single spaces, nothing that reorders it.

    Text that shows nothing is empty.
    """
    # NFC comes last: dropping a character can bring together what composes.
    words = _INVISIBLE.sub("", clean(text)).split()
    line = unicodedata.normalize("NFC", " ".join(words))
    return line if is_visible(line) else ""


def excerpt(text: str, limit: int) -> str:
    """Return one line of at most `limit` characters, cut at the end of a word with an ellipsis."""
    line = one_line(text)
    if len(line) <= limit:
        return line
    end = _safe_cut(line, max(limit - 1, 0))
    # Chinese and Japanese have no spaces: a cut between any two characters is fine there.
    space = line.rfind(" ", max(end - _WORD_MAX, 1), end + 1)
    if space > 0:
        end = space
    return line[:end].rstrip(_TRAILING) + _ELLIPSIS


def is_clean(text: str) -> bool:
    """Return whether every database can store `text`: it has no NUL and no lone surrogate."""
    return _UNSTORABLE.search(text) is None


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cn":
        # An emoji may be newer than this Python; the first plane is as good as full.
        return "\uffff" < char < "\U00040000" and ord(char) & 0xFFFF < 0xFFFE
    # Marks alone have nothing to stand on. Private characters look different on each device.
    return category[0] not in "CMZ" and char not in BLANK


def _safe_cut(line: str, end: int) -> int:
    """Move `end` back so that no accent or joined emoji is separated from its base."""
    cut = 0
    for cluster in _CLUSTER.finditer(line):
        if cluster.end() > end:
            break
        cut = cluster.end()
    # One that is longer than the whole excerpt is torn.
    return cut or end
