"""Text folding for indexing and querying alike, so that every engine compares the same words."""

import re
import unicodedata
from collections.abc import Iterator

# Longer runs are split, in texts and queries alike: databases limit the length of a word.
_WORD_MAX = 64
_CACHED_MAX = 20_000
# One letter may fold to many.
SORT_KEY_MAX = 100

# Scripts without spaces between words: each character is a word, and a word is a phrase.
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
# Letters that Unicode does not take apart, as people type them on another keyboard.
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŧ": "t",
        "ŋ": "n",
    }
)
_WORD = re.compile(rf"[{_SPACELESS}][{_MARKS}]*|[^\s{_SPACELESS}]{{1,{_WORD_MAX}}}")
_ASCII_WORD = re.compile(rf"[a-z0-9]{{1,{_WORD_MAX}}}")


class _Folder(dict[int, str]):
    """A table for str.translate that is filled on demand."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(self) < _CACHED_MAX:
            self[code] = folded
        return folded


_folder = _Folder()


def fold(text: str) -> str:
    """Return the words of `text` in the form that is compared, separated by spaces.

    Case, accents, width and punctuation make no difference; an emoji is a word.
    """
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    folded = unicodedata.normalize("NFKC", text).translate(_folder)
    return " ".join(_WORD.findall(folded))


def sort_key(*names: str) -> str:
    """Return what lists are sorted by for the first of `names` that has letters, in any script."""
    for name in names:
        # An emoji in front would move somebody to the end.
        letters = "".join(char for char in name if unicodedata.category(char) != "So")
        if key := fold(letters):
            return key[:SORT_KEY_MAX]
    return ""


def words_at(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the folded words of `text`, each with its start and end there."""
    folded: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        part = _folder[ord(char)]
        folded.append(part)
        offsets += [offset] * len(part)
    for word in _WORD.finditer("".join(folded)):
        end = offsets[word.end() - 1] + 1
        # An accent or a skin tone belongs to what it follows.
        while end < len(text) and not folded[end]:
            end += 1
        yield word.group(), offsets[word.start()], end


def _fold_char(char: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    plain = plain.translate(_LETTERS)
    letters = "".join(part for part in plain if not _is_diacritic(part))
    return "".join(map(_word_part, unicodedata.normalize("NFC", letters)))


def _is_diacritic(char: str) -> bool:
    """Accents and vowel points, not marks that make another letter (kana, Indic, Thai)."""
    kind = unicodedata.combining(char)
    is_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    is_variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    is_invisible = unicodedata.category(char) == "Cf"
    return 10 <= kind < 36 or kind >= 200 or is_tone or is_variation or is_invisible


def _word_part(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "LNM":
        return char
    # Databases treat an emoji as a separator, so it is indexed as a word.
    return f" zz{ord(char):x} " if category == "So" else " "
