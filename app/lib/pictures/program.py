"""The process that converts: limits itself, converts, and prints what it made as JSON."""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path

from app.lib.pictures import limits
from app.lib.pictures.conversion import Cut, convert
from app.lib.pictures.failures import FailedError, PictureError

CUTS = {
    "avatar": (limits.AVATAR_RATIO, limits.AVATAR_SIZES),
    "banner": (limits.BANNER_RATIO, limits.BANNER_SIZES),
}


def main(words: list[str]) -> None:
    """Convert the picture that `words` name; print its description, or `{"error": code}`."""
    limit_itself()
    file, folder, kind, *focus = words
    try:
        answer = convert(Path(file), Path(folder), cut_of(kind, focus))
    except PictureError as error:
        answer = {"error": error.code}
    except (MemoryError, OSError):
        # Not the picture's own fault: a file that cannot be decoded is another error by now.
        answer = {"error": FailedError.code}
    json.dump(answer, sys.stdout)


def cut_of(kind: str, focus: list[str]) -> Cut | None:
    """What to cut out, or None for the whole picture."""
    if kind == "post":
        return None
    ratio, sizes = CUTS[kind]
    x, y = map(float, focus)
    return Cut(ratio, sizes, (x, y))


def limit_itself() -> None:
    """End by itself when this takes too much, also when nobody is left to end this process.

    Set here and not between fork and exec, where Python code is not safe in a parent with threads.
    """
    seconds = limits.CONVERSION_SECONDS
    for kind, most in (
        (resource.RLIMIT_AS, limits.MEMORY_MAX_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.WRITTEN_MAX_BYTES),
        (resource.RLIMIT_NOFILE, limits.OPEN_FILES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    signal.alarm(seconds)
