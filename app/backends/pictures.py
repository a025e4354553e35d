"""Starts the process that converts a picture, waits for it, and takes what it made.

A decoder that crashes, hangs or needs all memory takes none of ours with it, and finds no secrets
in its environment.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from app.lib.pictures import limits
from app.lib.pictures.blurhash import DIGITS
from app.lib.pictures.failures import BY_CODE, BusyError, FailedError, TooLargeError
from app.lib.text import one_line

# As many as this machine converts at once, over all processes of the site.
PLACES = 2
WAIT_SECONDS = 10
# The process ends itself a little earlier. With the wait, less than nginx waits for an answer.
RUN_SECONDS = limits.CONVERSION_SECONDS + 2
LOOK_SECONDS = 0.02
CHUNK_BYTES = 256 * 1024
PROGRAM = Path(limits.__file__).with_name("__main__.py")
NAME = re.compile(rf"[0-9]{{1,4}}({limits.STILL})?")
COLOR = re.compile(r"#[0-9a-f]{6}")
BLURHASH = re.compile(rf"[{re.escape(DIGITS)}]{{6,40}}")
# A description, and nothing that would fill our memory.
ANSWER_MAX_BYTES = 64 * 1024

log = logging.getLogger(__name__)

Kind = Literal["post", "avatar", "banner"]


@dataclass(frozen=True)
class Size:
    """One size of a picture: a WebP file."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Converted:
    """A picture that is ready to be kept and shown."""

    # Upright, in pixels of the file; the largest size may have fewer.
    width: int
    height: int
    is_animated: bool
    # Average, as `#rrggbb`.
    color: str
    blurhash: str
    # By name: the longest side at most, and for animations also `<that>-still`.
    sizes: dict[str, Size]


def convert(
    upload: IO[bytes], folder: Path, kind: Kind = "post", focus: tuple[float, float] = (0.5, 0.5)
) -> Converted:
    """Convert an uploaded file, with places to work in below `folder`, the same for all processes.

    For an avatar or a banner, `focus` is the point to keep, from (0, 0), the top left, to (1, 1).
    Raises a PictureError, within WAIT_SECONDS and RUN_SECONDS. Hold no transaction meanwhile.
    """
    words = [kind] if kind == "post" else [kind, *map(str, focus)]
    try:
        with _place_in(folder) as (place, lock):
            file, made = place / "upload", place / "made"
            with file.open("xb") as target:
                _copy(upload, target)
            made.mkdir()
            return _converted(_run([str(file), str(made), *words], place, lock), made)
    except OSError as error:
        # Such as a full disk.
        log.warning("Converting a picture failed: %s", error)
        raise FailedError(type(error).__name__) from error


def _copy(upload: IO[bytes], target: IO[bytes]) -> None:
    size = 0
    while chunk := upload.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limits.FILE_MAX_BYTES:
            raise TooLargeError
        target.write(chunk)


@contextmanager
def _place_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """An empty folder that nobody else uses, and the lock that says so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock_one_of([folder / str(number) for number in range(PLACES)]) as (place, lock):
        # Whoever was killed here left something behind.
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        try:
            yield place, lock
        finally:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _lock_one_of(places: list[Path]) -> Iterator[tuple[Path, int]]:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        for place in places:
            with place.with_suffix(".lock").open("a") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                try:
                    yield place, file.fileno()
                finally:
                    # Whoever else has the file open by now has no part in it.
                    fcntl.flock(file, fcntl.LOCK_UN)
                return
        if time.monotonic() > deadline:
            raise BusyError
        time.sleep(LOOK_SECONDS)


def _run(words: list[str], place: Path, lock: int) -> dict[str, Any]:
    """What the process says. Raises the error that it names, or FailedError."""
    answer, complaints = place / "answer", place / "complaints"
    with answer.open("xb") as stdout, complaints.open("xb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-I", str(PROGRAM), *words],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=place,
            # No settings: a decoder that was taken over must not find keys.
            env={"LC_ALL": "C.UTF-8"},
            # If this process is killed, the place stays taken until the other one ends too.
            pass_fds=[lock],
            start_new_session=True,
        )
        try:
            process.wait(RUN_SECONDS)
        except BaseException as error:
            # Also when whoever waited was interrupted.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise FailedError("took too long") from None
            raise
    if process.returncode:
        said = one_line(_start_of(complaints)[-500:].decode(errors="replace"))
        log.warning("Converting a picture ended with %d: %s", process.returncode, said)
        raise FailedError(f"ended with {process.returncode}")
    return _answer_in(_start_of(answer))


def _start_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(ANSWER_MAX_BYTES)


def _answer_in(said: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        raise _unexpected() from None
    match answer:
        case {"error": str(code)} if code in BY_CODE:
            raise BY_CODE[code]
        case dict():
            return answer
    raise _unexpected()


def _converted(answer: dict[str, Any], made: Path) -> Converted:
    """What the process says, none of which is believed: it has read a stranger's file."""
    match answer:
        case {
            "width": int(width),
            "height": int(height),
            "is_animated": bool(is_animated),
            "color": str(color),
            "blurhash": str(blurhash),
            "sizes": dict(sizes),
        } if COLOR.fullmatch(color) and BLURHASH.fullmatch(blurhash) and sizes:
            kept = {name: _size(name, size, made) for name, size in sizes.items()}
            return Converted(width, height, is_animated, color, blurhash, kept)
    raise _unexpected()


def _size(name: str, size: object, made: Path) -> Size:
    match size:
        case {"width": int(width), "height": int(height)} if NAME.fullmatch(name):
            return Size(width, height, _content(made / f"{name}.webp"))
    raise _unexpected()


def _unexpected() -> FailedError:
    return FailedError("said something unexpected")


def _content(file: Path) -> bytes:
    """The file of a size, which is no link and nothing but a picture."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise FailedError("a size is missing") from None
    with os.fdopen(descriptor, "rb") as opened:
        content = opened.read(limits.WRITTEN_MAX_BYTES + 1)
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise FailedError("a size is no picture")
    return content
