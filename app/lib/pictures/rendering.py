"""One frame as it is shown: upright, in sRGB, at some size, and nothing but pixels."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms
from PIL.ExifTags import Base
from PIL.Image import Resampling, Transpose

TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# From here on width and height change places.
SIDEWAYS = 5
# Where a profile describes other colors than those of the file, it is not applied.
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# Pixels are averaged in blocks down to three times the size, which nobody sees and saves time.
REDUCING_GAP = 3.0


def turn_of(image: Image.Image) -> int:
    """How EXIF says the picture is to be turned; 1 is not at all."""
    try:
        turn = image.getexif().get(Base.Orientation, 1)
    except Exception:  # noqa: BLE001 (damaged metadata raises anything, and is not the picture)
        return 1
    return turn if turn in TURNS else 1


def render(image: Image.Image, size: tuple[int, int], turn: int) -> Image.Image:
    """The current frame of `image`, turned, with `size` after that."""
    pixels = _resizable(image)
    stored = size[::-1] if turn >= SIDEWAYS else size
    if pixels.size != stored:
        pixels = pixels.resize(stored, Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    pixels = _to_srgb(pixels, image.info.get("icc_profile"))
    if turn in TURNS:
        pixels = pixels.transpose(TURNS[turn])
    if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
        pixels = pixels.convert("RGB")
    pixels.info = {}
    return pixels


def shrunk(pixels: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Rendered `pixels` at a smaller size, or as they are."""
    return pixels if pixels.size == size else pixels.resize(size, Resampling.LANCZOS)


def _resizable(image: Image.Image) -> Image.Image:
    """The picture as RGB, RGBA, L or CMYK: in others, mixing two pixels would mean nothing."""
    if image.mode.startswith("I"):
        # 16 bits of gray, of which Pillow would only keep the darkest 256 levels.
        return image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in MODES.values() else image.convert("RGB")


def _to_srgb(pixels: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if pixels.mode == "RGBA" else "RGB"
    if not profile:
        return pixels.convert(mode)
    try:
        read = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = MODES[read.profile.xcolor_space.strip()]
        if (space == "CMYK") != (pixels.mode == "CMYK"):
            return pixels.convert(mode)
        change = ImageCms.buildTransform(read, SRGB, space, "RGB")
        shown = change.apply(pixels.convert(space))
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
        # A damaged profile; the picture is there all the same.
        return pixels.convert(mode)
    if mode == "RGBA":
        shown.putalpha(pixels.getchannel("A"))
    return shown
