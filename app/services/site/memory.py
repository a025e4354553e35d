"""What each process remembers of what the owner wrote, until the site's version number changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from flask import current_app

from app.services.site import site_settings

Value = TypeVar("Value")
# In the extensions of the app: what is remembered, by name, with the number that it belongs to.
REMEMBERED = "site_memory"


class Memory(Generic[Value]):
    """What `read` returns, kept under `name`; pages take no statement for it."""

    def __init__(self, name: str, read: Callable[[], Value]) -> None:
        self._name = name
        self._read = read

    def get(self) -> Value:
        """The value that the settings' version of this process has."""
        number = current_app.config[site_settings.KNOWN]
        kept: dict[str, tuple[int, Value]] = current_app.extensions[REMEMBERED]
        known = kept.get(self._name)
        if known is not None and known[0] == number:
            return known[1]
        value = self._read()
        # What was read before another change, or in the transaction of one, may be gone again.
        if site_settings.version() == number:
            kept[self._name] = (number, value)
        return value
