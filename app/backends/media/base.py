"""The seam for media: bytes under keys. The caller checks who may read them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# Whoever knows the address of a public file may have it; private ones are for the site alone.
Area = Literal["public", "private"]
AREAS: tuple[Area, ...] = ("public", "private")
CONTENT_TYPE = "image/webp"
KEY = re.compile(r"(?:public|private)/[0-9a-f]{32}/[0-9]{1,4}(?:-still)?\.webp")


class MediaUnavailableError(Exception):
    """The store cannot be reached or refuses. The text is for the log; it contains no secret."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the store."""

    key: str
    size: int
    stored_at: datetime


class Media(Protocol):
    """A store of files. Each method may raise MediaUnavailableError. Hold no transaction meanwhile.

    Keys come from `key_for`; any other is a ValueError.
    """

    def put(self, key: str, content: bytes) -> None:
        """Store a file, in place of another one of that key.

        When this returns, the file survives a crash. If it fails, nobody gets half of one.
        """

    def get(self, key: str) -> bytes | None:
        """The content, or None if there is no such file."""

    def move(self, key: str, new_key: str) -> None:
        """Store the file under another key, and no longer under this one.

        What was moved already, or never was there, changes nothing: a job may repeat it.
        """

    def delete(self, key: str) -> None:
        """Delete the file, if it is there."""

    def list(self) -> Iterator[StoredFile]:
        """All files, in any order. Files that come or go meanwhile may be missing."""


def new_name() -> str:
    """A name for a new picture, which nobody can guess."""
    return secrets.token_hex(16)


def key_for(area: Area, name: str, size: str) -> str:
    """The key of one size of the picture `name`. Raises ValueError for anything unusual."""
    return checked(f"{area}/{name}/{size}.webp")


def checked(key: str) -> str:
    """The key, which names nothing but a picture, whatever it is put together from."""
    if not KEY.fullmatch(key):
        raise ValueError("not a key of a picture")
    return key
