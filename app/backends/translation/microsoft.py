"""Microsoft Translator, version 3.0."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.backends.translation.base import TranslationError
from app.backends.translation.http import post_json

URL = "https://api.cognitive.microsofttranslator.com/translate"
# Language codes that differ for this service.
CODES = {"no": "nb", "sr": "sr-Cyrl", "zh": "zh-Hans"}


@dataclass(frozen=True)
class MicrosoftTranslator:
    """Translates with the operator's key."""

    key: str = field(repr=False)
    region: str
    url: str = URL
    is_available = True

    def translate(self, text: str, source: str, target: str) -> str:
        codes = {"from": CODES.get(source, source), "to": CODES.get(target, target)}
        address = f"{self.url}?{urlencode({'api-version': '3.0', **codes})}"
        headers = {
            "Ocp-Apim-Subscription-Key": self.key,
            "Ocp-Apim-Subscription-Region": self.region,
        }
        match post_json(address, [{"Text": text}], headers):
            case [{"translations": [{"text": str(translated)}, *_]}] if translated.strip():
                return translated
        raise TranslationError("unexpected response")
