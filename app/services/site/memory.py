"""What each process remembers of what the owner wrote, until the site's version number changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from flask import current_app

from app.services.site import site_settings

Value = TypeVar("Value")
# In the extensions of the app: what is remembered, by name, with the number that it belongs to.
REMEMBERED = "site_memory"


class Memory(Generic[Value]):
    """What `read` returns, kept under `name`, so that pages take no statement for it.

    Before the site's first change it is `initial`, and nothing is read.
    """

    def __init__(self, name: str, read: Callable[[], Value], initial: Value) -> None:
        self._name = name
        self._read = read
        self._initial = initial

    def get(self) -> Value:
        """The value that the settings' version of this process has."""
        number = current_app.config[site_settings.KNOWN]
        kept: dict[str, tuple[int, Value]] = current_app.extensions[REMEMBERED]
        known = kept.get(self._name)
        if known is not None and known[0] == number:
            return known[1]
        value = self._initial if site_settings.version() == 0 else self._read()
        # What was read before another change, or in the transaction of one, may be gone again.
        if site_settings.version() == number:
            kept[self._name] = (number, value)
        return value


def reading_order(locale: str, languages: Iterable[str]) -> list[str]:
    """The `languages` in which something is written, the best for a reader of `locale` first."""
    preferred = (locale, current_app.config["DEFAULT_LANGUAGE"])
    written = list(languages)
    return [*(code for code in preferred if code in written), *written]
