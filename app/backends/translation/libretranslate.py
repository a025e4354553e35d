"""LibreTranslate, which an owner can run on a machine of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.backends.translation.base import TranslationError
from app.backends.translation.http import ask

# What this service calls some languages.
CODES = {"no": "nb"}


@dataclass(frozen=True)
class LibreTranslator:
    """Translates at the owner's `url`, with a key where it asks for one."""

    url: str
    key: str | None = field(default=None, repr=False)
    is_available = True

    def translate(self, text: str, source: str, target: str) -> str:
        question = {
            "q": text,
            "source": CODES.get(source, source),
            "target": CODES.get(target, target),
            "format": "text",
        }
        if self.key:
            question["api_key"] = self.key
        match ask(f"{self.url}/translate", question):
            case {"translatedText": str(translated)} if translated.strip():
                return translated
        raise TranslationError("the answer has another shape")
