"""No translation: the default until the operator sets up a service."""

from __future__ import annotations

from app.backends.translation.base import TranslationError


class NoTranslator:
    """Translates nothing and sends nothing."""

    is_available = False

    def translate(self, text: str, source: str, target: str) -> str:
        raise TranslationError("no service is set up")
