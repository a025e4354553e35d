"""How many frames a GIF has and how large they are, read in one pass over its blocks.

Pillow would find out by parsing each frame, and let frames beyond the screen enlarge the picture;
of a file made to be slow, that takes many seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

EXTENSION, IMAGE, END = b"!,;"


@dataclass(frozen=True)
class Outline:
    """What the blocks of a GIF say."""

    # What is shown; frames may reach beyond it.
    screen: tuple[int, int]
    extent: tuple[int, int]
    frames: int


def outline(content: bytes, frames_max: int) -> Outline:
    """Read up to one frame more than `frames_max`. Ends where the file does, complete or not."""
    screen = width, height = _pair(content, 6)
    frames = 0
    position = 13 + _colors(content[10])
    while position < len(content) and frames <= frames_max:
        block = content[position]
        if block == IMAGE:
            frames += 1
            (x, y), (across, down) = _pair(content, position + 1), _pair(content, position + 5)
            width, height = max(width, x + across), max(height, y + down)
            flags = content[position + 9] if position + 9 < len(content) else 0
            # After the colors, a byte about the compression.
            position = _after_data(content, position + 11 + _colors(flags))
        elif block == EXTENSION:
            position = _after_data(content, position + 2)
        elif block == END:
            break
        else:
            position += 1
    return Outline(screen if all(screen) else (width, height), (width, height), frames)


def _pair(content: bytes, position: int) -> tuple[int, int]:
    low, high = content[position : position + 2], content[position + 2 : position + 4]
    return int.from_bytes(low, "little"), int.from_bytes(high, "little")


def _colors(flags: int) -> int:
    """The bytes of the table of colors that belongs to these flags."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_data(content: bytes, position: int) -> int:
    length, end = -1, len(content)
    while length and position < end:
        length = content[position]
        position += length + 1
    return position
