"""Translation: the configured service."""

from flask import current_app

from app.backends.translation.base import TranslationError, Translator
from app.backends.translation.libretranslate import LibreTranslator
from app.backends.translation.microsoft import MicrosoftTranslator
from app.backends.translation.none import NoTranslator

__all__ = ["TranslationError", "Translator", "get_translator"]


def get_translator() -> Translator:
    """The translator of the current app: Microsoft, LibreTranslate, or none."""
    config = current_app.config
    if config["MS_TRANSLATOR_KEY"]:
        return MicrosoftTranslator(config["MS_TRANSLATOR_KEY"], config["MS_TRANSLATOR_REGION"])
    if config["LIBRETRANSLATE_URL"]:
        return LibreTranslator(config["LIBRETRANSLATE_URL"], config["LIBRETRANSLATE_KEY"])
    return NoTranslator()
