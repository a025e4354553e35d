"""Which passwords are too easy to guess, and why."""

import gzip
import re
import string
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

PASSWORD_MAX = 1024

_COMMON_FILE = Path(__file__).parent / "data" / "common_passwords.txt.gz"

# What people append or prepend to reuse a password: "!", "123", "2024!".
_ENDINGS = string.digits + string.punctuation + " "
_ENDING_MAX = 6
_BASE_MIN = 4
_PERSONAL_MIN = 3
_LEFTOVER_MIN = 4
_DISTINCT_MIN = 4
# A password is a sequence if its runs ("abcd", "4321", "qwert") are this long on average.
_RUN_AVERAGE = 3
_LEET = str.maketrans("@4310$57!", "aaeiossti")

_ROWS = (
    "1234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
)
_NEIGHBORS = {pair for row in _ROWS for pair in pairwise(row)}


class PasswordProblem(StrEnum):
    """Why a password is rejected."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    PERSONAL = "personal"
    REPEATED = "repeated"
    SEQUENCE = "sequence"


def password_problem(
    password: str, *, minimum: int, personal: Iterable[str]
) -> PasswordProblem | None:
    """Return why `password` is rejected, or None.

    Lengths are in code points; `personal` is what an attacker knows: names, address, site name.
    """
    if len(password) > PASSWORD_MAX:
        return PasswordProblem.TOO_LONG
    if len(password) < minimum:
        return PasswordProblem.TOO_SHORT
    folded = _fold(password)
    bases = _bases(folded)
    if _is_personal(folded, personal):
        return PasswordProblem.PERSONAL
    if any(map(_is_common, bases)):
        return PasswordProblem.COMMON
    if len(set(folded)) < _DISTINCT_MIN or any(_unit(base) != base for base in bases):
        return PasswordProblem.REPEATED
    if _is_sequence(folded):
        return PasswordProblem.SEQUENCE
    return None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _bases(folded: str) -> list[str]:
    """Return the password with and without what was appended or prepended."""
    stripped = (folded.rstrip(_ENDINGS), folded.lstrip(_ENDINGS), folded.strip(_ENDINGS))
    shortest = max(len(folded) - _ENDING_MAX, _BASE_MIN)
    return [folded, *(base for base in stripped if len(base) >= shortest)]


def _is_common(base: str) -> bool:
    unit = _unit(base)
    forms = {base, unit, base.translate(_LEET), unit.translate(_LEET), unit[::-1]}
    return not forms.isdisjoint(_common_passwords())


def _unit(text: str) -> str:
    """Return the unit that `text` repeats two or more times, the last one perhaps cut off."""
    borders = [0] * len(text)
    for index in range(1, len(text)):
        border = borders[index - 1]
        while border and text[border] != text[index]:
            border = borders[border - 1]
        borders[index] = border + (text[border] == text[index])
    period = len(text) - borders[-1]
    return text[:period] if period * 2 <= len(text) else text


def _is_personal(folded: str, personal: Iterable[str]) -> bool:
    """Return whether little is left of the password once personal names are removed."""
    left = _letters(folded)
    values = [_fold(value) for value in personal]
    names = {_letters(part) for value in values for part in (value, *re.split(r"[\W_]+", value))}
    known = sorted((name for name in names if len(name) >= _PERSONAL_MIN), key=len, reverse=True)
    for name in known:
        left = left.replace(name, " ")
    rest = left.replace(" ", "")
    return " " in left and (len(rest) < _LEFTOVER_MIN or rest.isdecimal())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _is_sequence(folded: str) -> bool:
    runs, direction = 1, ""
    for pair in pairwise(folded):
        step = _step(*pair)
        if step and direction in ("", step):
            direction = step
        else:
            runs, direction = runs + 1, ""
    return len(folded) >= _RUN_AVERAGE * runs


def _step(first: str, second: str) -> str:
    """Return the direction from one character to the next, by alphabet or keyboard, or ""."""
    if first == second:
        return "="
    distance = ord(second) - ord(first) if first.isalnum() and second.isalnum() else 0
    if distance == 1 or (first, second) in _NEIGHBORS:
        return "+"
    if distance == -1 or (second, first) in _NEIGHBORS:
        return "-"
    return ""


@cache
def _common_passwords() -> frozenset[str]:
    # 60,000 short strings: 5 MB, read when the first password is set.
    return frozenset(gzip.decompress(_COMMON_FILE.read_bytes()).decode().splitlines())
