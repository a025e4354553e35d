"""LibreTranslate, which operators can host themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.backends.translation.base import TranslationError
from app.backends.translation.http import post_json

# Language codes that differ for this service.
CODES = {"no": "nb"}


@dataclass(frozen=True)
class LibreTranslator:
    """Translates at the operator's `url`, with a key if it requires one."""

    url: str
    key: str | None = field(default=None, repr=False)
    is_available = True

    def translate(self, text: str, source: str, target: str) -> str:
        body = {
            "q": text,
            "source": CODES.get(source, source),
            "target": CODES.get(target, target),
            "format": "text",
        }
        if self.key:
            body["api_key"] = self.key
        match post_json(f"{self.url}/translate", body):
            case {"translatedText": str(translated)} if translated.strip():
                return translated
        raise TranslationError("unexpected response")
