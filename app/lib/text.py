"""Cleaning, measuring and shortening text that people typed."""

import re
import unicodedata

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
# How far back from the cut we look for the end of a word, or for the start of a joined emoji.
_WORD_MAX = 24


def clean(text: str) -> str:
    """Return `text` in NFC with LF newlines and no control characters; spaces are kept."""
    return unicodedata.normalize("NFC", _DROPPED.sub("", _NEWLINE.sub("\n", text)))


def normalize(text: str) -> str:
    """Return `text` as it is stored: cleaned, stripped, and no two empty lines in a row."""
    return _GAP.sub("\n\n", clean(text).strip())


def length(text: str) -> int:
    """Return the number of code points after NFC; a newline counts as one, however sent."""
    return len(unicodedata.normalize("NFC", _NEWLINE.sub("\n", text)))


def one_line(text: str) -> str:
    """Return `text` as a name or title: one line, single spaces, nothing that reorders it."""
    # NFC comes last: dropping a character can bring together what composes.
    words = _INVISIBLE.sub("", clean(text)).split()
    return unicodedata.normalize("NFC", " ".join(words))


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


def _safe_cut(line: str, end: int) -> int:
    """Move `end` back so that no accent or joined emoji is separated from its base."""
    for cut in range(end, max(end - _WORD_MAX, 0), -1):
        if not _joins(line[cut]) and line[cut - 1] != "\u200d":
            return cut
    return end


def _joins(char: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return char == "\u200d" or is_skin_tone or unicodedata.category(char).startswith("M")
