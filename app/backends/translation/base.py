"""The seam for translation: one text, from one known language to another."""

from __future__ import annotations

from typing import Protocol


class TranslationError(Exception):
    """The translation failed. The text is for the log: it contains no secret and no user text."""


class Translator(Protocol):
    """A translation service."""

    @property
    def is_available(self) -> bool:
        """Whether the operator has set up a service; buttons are shown only then."""

    def translate(self, text: str, source: str, target: str) -> str:
        """Translate `text`; languages are ISO 639-1 codes. Raises TranslationError.

        Returns within about five seconds. Hold no transaction meanwhile.
        """
