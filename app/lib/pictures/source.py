"""Opens a picture by what the file contains, and refuses too large ones before they are decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import (
    AvifImagePlugin,
    Image,
    WebPImagePlugin,  # noqa: F401 (it adds itself to what Pillow opens without looking around)
)

from app.lib.pictures import gif
from app.lib.pictures.failures import (
    PictureError,
    TooLargeError,
    TooManyFramesError,
    TooManyPixelsError,
    UnreadableError,
    UnsupportedFormatError,
)
from app.lib.pictures.limits import (
    ANIMATION_PIXELS_MAX,
    FILE_MAX_BYTES,
    FRAMES_MAX,
    PIXELS_MAX,
    SIDE_MAX,
)

# Pillow checks sizes too where it reads them, and refuses twice as many pixels.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX // 2
# Each would need memory of its own, and as many pictures as cores are converted at once anyway.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
AVIF_BRANDS = {b"avif", b"avis"}
# The formats whose pictures can move. Others with several pictures have another view or a preview.
ANIMATED_FORMATS = {"GIF", "PNG", "WEBP", "AVIF"}


@dataclass(frozen=True)
class Source:
    """An open picture, not decoded yet."""

    image: Image.Image
    # What is shown of each frame.
    size: tuple[int, int]
    frames: int = 1
    # An animated PNG may begin with a picture for programs that cannot show it moving.
    first: int = 0


@contextmanager
def decoding() -> Iterator[None]:
    """What goes wrong inside while decoding is the file's fault: Pillow raises any error there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise TooManyPixelsError from None
    except Exception as error:
        raise UnreadableError(type(error).__name__) from error


def open_source(file: Path) -> Source:
    """Open the picture in `file`. Raises a PictureError for one that is not accepted."""
    if file.stat().st_size > FILE_MAX_BYTES:
        raise TooLargeError
    content = file.read_bytes()
    kind = format_of(content)
    blocks = None
    if kind == "GIF":
        with decoding():
            blocks = gif.outline(content, FRAMES_MAX)
        _check_size(blocks.extent)
        _check_animation(blocks.extent, blocks.frames)
    elif kind == "HEIF":
        _load_heif()
    with decoding():
        image: Image.Image = Image.open(BytesIO(content), formats=[kind])
    if blocks is not None:
        return Source(image, blocks.screen, max(1, blocks.frames))
    _check_size(image.size)
    frames = getattr(image, "n_frames", 1) if image.format in ANIMATED_FORMATS else 1
    _check_animation(image.size, frames)
    first = int(getattr(image, "default_image", False))
    return Source(image, image.size, max(1, frames - first), first if frames > 1 else 0)


def format_of(content: bytes) -> str:
    """The only decoder that may try; whether it is right is for the decoder to say."""
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        length = min(int.from_bytes(content[:4], "big"), 256)
        brands = {content[at : at + 4] for at in range(8, length, 4)}
        if brands & AVIF_BRANDS:
            return "AVIF"
        if brands & HEIC_BRANDS:
            return "HEIF"
    raise UnsupportedFormatError


def _load_heif() -> None:
    # Large, and few pictures are of this format.
    from pillow_heif import register_heif_opener  # noqa: PLC0415

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def _check_size(size: tuple[int, int]) -> None:
    if not all(size):
        raise UnreadableError
    if size[0] * size[1] > PIXELS_MAX or max(size) > SIDE_MAX:
        raise TooManyPixelsError


def _check_animation(size: tuple[int, int], frames: int) -> None:
    is_too_long = frames > 1 and size[0] * size[1] * frames > ANIMATION_PIXELS_MAX
    if frames > FRAMES_MAX or is_too_long:
        raise TooManyFramesError
