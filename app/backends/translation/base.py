"""The seam for translation: one text, from one known language to another."""

from __future__ import annotations

from typing import Protocol


class TranslationError(Exception):
    """There is no translation. The text is for the log: it holds no secret and nobody's words."""


class Translator(Protocol):
    """Somebody who translates."""

    @property
    def is_available(self) -> bool:
        """Whether the owner has set this up; buttons are shown only then."""

    def translate(self, text: str, source: str, target: str) -> str:
        """`text` in the language `target`, both by ISO 639-1 code. Raises TranslationError.

        Answers within about five seconds. Hold no transaction meanwhile.
        """
