"""Makes the sizes of a picture from a file, and describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.Image import Resampling

from app.lib.pictures import blurhash
from app.lib.pictures.limits import ANIMATED_SIZES, SIZES, STILL, fitted, sizes_for
from app.lib.pictures.rendering import SIDEWAYS, render, shrunk, turn_of
from app.lib.pictures.source import Source, decoding, open_source

# Of one picture, the methods 5 and 6 take longer for 1 and 3 % less; of animations 4 does.
QUALITY: dict[str, Any] = {"quality": 80, "method": 4}
ANIMATED_QUALITY: dict[str, Any] = {"quality": 70, "method": 2, "kmin": 0, "kmax": 0}
# Milliseconds. What claims to be faster than screens are is shown as browsers show it.
FRAME_MIN, FRAME_DEFAULT, FRAME_MAX = 11, 100, 60_000
LOOPS_MAX = 65_535
# In these formats a frame has to be decoded first.
KNOW_DURATION_LATE = {"WEBP", "AVIF"}
# Enough for what stands in while the picture loads.
SAMPLE = 32

Size = tuple[int, int]


@dataclass(frozen=True)
class Cut:
    """A part of the picture: `ratio` is its width for each pixel of height, around `focus`.

    The focus is between (0, 0), the top left, and (1, 1).
    """

    ratio: int
    sizes: tuple[int, ...]
    focus: tuple[float, float]

    def box(self, size: Size) -> tuple[int, int, int, int]:
        """The largest such part of a picture of this size, as near to the focus as there is one."""
        width = max(1, min(size[0], size[1] * self.ratio))
        height = max(1, round(width / self.ratio))
        x, y = (
            round(min(max(share * side - part / 2, 0), side - part))
            for share, side, part in zip(self.focus, size, (width, height), strict=True)
        )
        return x, y, x + width, y + height


def convert(file: Path, folder: Path, cut: Cut | None = None) -> dict[str, Any]:
    """Write the sizes of the picture in `file` into `folder`. Returns what is known about it.

    Without `cut` it is the whole picture, with `<size>-still.webp` beside each size of an
    animation; with it, that part of the first frame. Raises a PictureError for a picture that is
    not accepted.
    """
    source = open_source(file)
    with decoding():
        source.image.seek(source.first)
        turn = turn_of(source.image)
        largest, shown = _first_frame(source, turn, cut)
    is_animated = source.frames > 1 and cut is None
    sizes = cut.sizes if cut else ANIMATED_SIZES if is_animated else SIZES
    written = {}
    for size in sizes_for(max(shown), sizes):
        pixels = shrunk(largest, fitted(shown, size))
        written[f"{size}{STILL if is_animated else ''}"] = pixels.size
        pixels.save(folder / f"{size}{STILL if is_animated else ''}.webp", **QUALITY)
        if is_animated:
            written[f"{size}"] = pixels.size
            _save_animation(source, turn, pixels.size, folder / f"{size}.webp")
    return {
        "width": shown[0],
        "height": shown[1],
        "is_animated": is_animated,
        **_stand_ins(largest),
        "sizes": {
            name: {"width": width, "height": height, "bytes": _bytes_of(folder / f"{name}.webp")}
            for name, (width, height) in written.items()
        },
    }


def _bytes_of(file: Path) -> int:
    return file.stat().st_size


def _first_frame(source: Source, turn: int, cut: Cut | None) -> tuple[Image.Image, Size]:
    """What is shown, no larger than needed, and the size that it has in the file."""
    whole = shown = source.size[::-1] if turn >= SIDEWAYS else source.size
    scaled = fitted(whole, SIZES[-1])
    if cut is not None:
        left, top, right, bottom = cut.box(whole)
        shown = right - left, bottom - top
        scaled = fitted(whole, round(max(whole) * cut.sizes[-1] / shown[0]))
    # A JPEG can be decoded at a half, a quarter or an eighth of its size, which saves most of it.
    source.image.draft(None, scaled[::-1] if turn >= SIDEWAYS else scaled)
    pixels = render(_frame(source), scaled, turn)
    return (pixels if cut is None else pixels.crop(cut.box(scaled))), shown


def _frame(source: Source) -> Image.Image:
    """The current frame, without what a GIF paints beyond its own edges."""
    is_larger = source.image.format == "GIF" and source.image.size != source.size
    return source.image.crop((0, 0, *source.size)) if is_larger else source.image


class _Frames(Image.Image):
    """The frames of an animation, each made when the encoder asks for it: few fit into memory."""

    def __init__(self, source: Source, turn: int, size: Size) -> None:
        super().__init__()
        self.source, self.turn, self.shown_size = source, turn, size
        self.n_frames = source.frames
        self.seek(0)

    def seek(self, frame: int) -> None:
        with decoding():
            self.source.image.seek(self.source.first + frame)
            pixels = render(_frame(self.source), self.shown_size, self.turn)
        # As Pillow has it from those who write plug-ins for it.
        self.im, self._mode, self._size = pixels.im, pixels.mode, pixels.size


def _save_animation(source: Source, turn: int, size: Size, file: Path) -> None:
    durations = list(_durations(source))
    loops = _loops(source.image)
    frames = _Frames(source, turn, size)
    frames.save(file, save_all=True, duration=durations, loop=loops, **ANIMATED_QUALITY)


def _durations(source: Source) -> Iterator[int]:
    """For how many milliseconds each frame is shown."""
    for frame in range(source.frames):
        with decoding():
            source.image.seek(source.first + frame)
            if source.image.format in KNOW_DURATION_LATE:
                source.image.load()
        given = round(source.image.info.get("duration") or 0)
        yield min(given, FRAME_MAX) if given >= FRAME_MIN else FRAME_DEFAULT


def _loops(image: Image.Image) -> int:
    """How often it is played; 0 is for ever."""
    if image.format != "GIF":
        return int(image.info.get("loop", 0))
    # A GIF says how often it is repeated, or nothing.
    repeats = image.info.get("loop")
    return 1 if repeats is None else repeats and min(repeats + 1, LOOPS_MAX)


def _stand_ins(pixels: Image.Image) -> dict[str, str]:
    """What is shown while the picture loads: its average color, and its BlurHash for apps."""
    red, green, blue = _colors(pixels, (1, 1))[0]
    sample = pixels.resize(fitted(pixels.size, SAMPLE), Resampling.BOX)
    if sample.mode == "RGBA":
        ground = Image.new("RGBA", sample.size, (red, green, blue, 255))
        sample = Image.alpha_composite(ground, sample).convert("RGB")
    waves = (4, 3) if sample.width >= sample.height else (3, 4)
    colors = _colors(sample, sample.size)
    return {
        "color": f"#{red:02x}{green:02x}{blue:02x}",
        "blurhash": blurhash.encode(colors, sample.width, waves),
    }


def _colors(pixels: Image.Image, size: Size) -> list[tuple[int, int, int]]:
    """The color of each pixel at this size; what is transparent counts as far as it is visible."""
    red, green, blue, *_alpha = pixels.resize(size, Resampling.BOX).split()
    return list(zip(red.tobytes(), green.tobytes(), blue.tobytes(), strict=True))
