"""Pictures as files, most of them made to be trouble."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

from PIL import AvifImagePlugin, Image, ImageCms, WebPImagePlugin
from pillow_heif import register_heif_opener

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF")
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
PALETTE = (RED, GREEN, BLUE, WHITE)
# What must not be in anything that we give out.
SECRET = b"48.8583,2.2944 my camera"
SCRIPT = b"<script>alert(1)</script>"
LOADED = (AvifImagePlugin, WebPImagePlugin)
register_heif_opener()


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def quarters(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red and green above blue and white."""
    small = Image.new("RGB", (2, 2))
    for at, color in enumerate(PALETTE):
        small.putpixel((at % 2, at // 2), color)
    return small.resize(size, Image.Resampling.NEAREST)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colors in the middle of the four quarters."""
    shown = image.convert("RGB")
    width, height = shown.size
    places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [shown.getpixel(place) for place in places]


def is_near(one: Sequence[int], other: Sequence[int], most: int = 24) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def png_chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(size: tuple[int, int], depth: int, color: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG of its parts, whatever they say."""
    header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
    data = png_chunk(b"IDAT", zlib.compress(rows, 9))
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    return start + b"".join(chunks) + data + png_chunk(b"IEND", b"")


def gif(
    screen: tuple[int, int],
    frames: Sequence[tuple[int, int, int, int, int, int]],
    delay: int = 5,
    extra: bytes = b"",
) -> bytes:
    """A GIF of frames of one color each: x, y, width, height, index in PALETTE, disposal.

    What no frame covers is transparent.
    """
    colors = b"".join(map(bytes, PALETTE)) + bytes(3 * 124)
    parts = [b"GIF89a", struct.pack("<HHBBB", *screen, 0xF6, 0, 0), colors]
    parts += [b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00", extra]
    for x, y, width, height, color, disposal in frames:
        parts.append(b"!\xf9\x04" + struct.pack("<BHBB", disposal << 2 | 1, delay, 127, 0))
        parts.append(b"," + struct.pack("<HHHHB", x, y, width, height, 0) + b"\x07")
        parts.append(_solid(width * height, color))
    return b"".join(parts) + b";"


def _solid(pixels: int, color: int) -> bytes:
    """Pixels as LZW that does not compress: the table is emptied before codes get longer."""
    run = b"\x80" + bytes([color]) * 100
    codes = run * (pixels // 100) + run[: pixels % 100 + 1] + b"\x81"
    blocks = [codes[at : at + 255] for at in range(0, len(codes), 255)]
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def moving(kind: str, frames: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    """An animation: red, green, blue, white, red, …"""
    images = [Image.new("RGB", size, PALETTE[at % 4]) for at in range(frames)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:], duration=80)


def patched(content: bytes, before: bytes, after: bytes) -> bytes:
    assert before in content
    return content.replace(before, after)


def webp_of_frames(frames: int) -> bytes:
    """Tiny frames, as one chunk says them again and again."""
    content = moving("WEBP", 2, (16, 16))
    at = content.index(b"ANMF")
    length = 8 + struct.unpack("<I", content[at + 4 : at + 8])[0]
    body = content[12:at] + content[at : at + length + length % 2] * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@cache
def bombs() -> dict[str, tuple[bytes, str]]:
    """Small files that would need much memory or time, and what is to be said of each."""
    side = 20_000
    rows = bytes((side // 8 + 1) * side)
    dot = Image.new("RGB", (64, 64), RED)
    sof = struct.pack(">HH", 64, 64)
    ispe = b"ispe" + bytes(4) + struct.pack(">II", 64, 64)
    huge_ispe = b"ispe" + bytes(4) + struct.pack(">II", 16_000, 16_000)
    webp = encoded(dot, "WEBP", lossless=True)
    huge_webp = struct.pack("<I", 16_382 | 16_382 << 14)
    actl = struct.pack(">II", 3, 0)
    apng = moving("PNG")
    many = png_chunk(b"acTL", struct.pack(">II", 10_000, 0))
    return {
        "png": (png((side, side), 1, 0, rows), "too_many_pixels"),
        "png line": (encoded(Image.new("1", (1, 60_000))), "too_many_pixels"),
        "png profile": (
            png((1, 1), 8, 0, b"\0\0", png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(10**8)))),
            "unreadable",
        ),
        "png text": (
            png((1, 1), 8, 0, b"\0\0", png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10**8)))),
            "unreadable",
        ),
        "jpeg": (patched(encoded(dot, "JPEG"), sof, b"\xff\xdc" * 2), "too_many_pixels"),
        "webp": (webp[:21] + huge_webp + webp[25:], "too_many_pixels"),
        "avif": (patched(encoded(dot, "AVIF"), ispe, huge_ispe), "too_many_pixels"),
        "heif": (patched(encoded(dot, "HEIF"), ispe, huge_ispe), "too_many_pixels"),
        "gif": (gif((60_000, 60_000), [(0, 0, 1, 1, 0, 0)]), "too_many_pixels"),
        "gif frame": (
            patched(
                gif((9, 9), [(0, 0, 9, 9, 0, 0), (1, 1, 1, 1, 1, 0)]),
                b",\1\0\1\0\1\0",
                b",\1\0\1\0\0\xff",
            ),
            "too_many_pixels",
        ),
        "gif frames": (gif((1, 1), [(0, 0, 1, 1, 0, 0)] * 10_000), "too_many_frames"),
        "gif pixels": (gif((4000, 4000), [(0, 0, 1, 1, 0, 0)] * 7), "too_many_frames"),
        "apng frames": (patched(apng, png_chunk(b"acTL", actl), many), "too_many_frames"),
        "webp frames": (webp_of_frames(10_000), "too_many_frames"),
        "avif frames": (moving("AVIF", 301, (16, 16)), "too_many_frames"),
        "too large": (bytes(10 * 1024 * 1024 + 1), "too_large"),
    }


def damaged() -> dict[str, tuple[bytes, str]]:
    """What is no picture, or not all of one."""
    photo = quarters()
    cases = {
        f"half of a {kind}": (encoded(photo, kind)[: len(encoded(photo, kind)) // 2], "unreadable")
        for kind in FORMATS
    }
    for kind in ("PNG", "GIF", "WEBP"):
        whole = moving(kind)
        cases[f"half of a moving {kind}"] = (whole[: len(whole) * 2 // 3], "unreadable")
    cases |= {f"start of a {kind}": (encoded(photo, kind)[:20], "unreadable") for kind in FORMATS}
    others = {
        "nothing": b"",
        "a zero": b"\0",
        "html": b"<!doctype html>" + SCRIPT,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "bmp": encoded(photo, "BMP"),
        "tiff": encoded(photo, "TIFF"),
        "ico": encoded(photo, "ICO"),
        "eps": encoded(photo, "EPS"),
        "jpeg 2000": encoded(photo, "JPEG2000"),
        "pdf": encoded(photo, "PDF"),
        "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100),
    }
    return cases | {name: (content, "unsupported_format") for name, content in others.items()}


def profile_with_red_and_green_exchanged() -> bytes:
    """A profile that shows what is written as red in green: nobody overlooks it."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for number in range(struct.unpack(">I", content[128:132])[0]):
        at = 132 + number * 12
        tags[bytes(content[at : at + 4])] = at + 4
    red, green = (slice(tags[name], tags[name] + 8) for name in (b"rXYZ", b"gXYZ"))
    content[red], content[green] = content[green], content[red]
    return bytes(content)


def with_metadata(kind: str) -> bytes:
    """A picture with all the metadata that the format can carry."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    profile = profile_with_red_and_green_exchanged() + SECRET
    if kind == "GIF":
        comment = b"!\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
        return gif((8, 8), [(0, 0, 8, 8, 0, 0)] * 2, extra=comment) + SECRET
    content = encoded(quarters(), kind, exif=exif.tobytes(), xmp=xmp, icc_profile=profile)
    if kind == "PNG":
        text = b"".join(png_chunk(name, b"Comment\0" + SECRET) for name in (b"tEXt", b"prIv"))
        content = content[:33] + text + content[33:]
    if kind == "JPEG":
        comment = b"\xff\xfe" + struct.pack(">H", len(SECRET) + 2) + SECRET
        content = content[:2] + comment + content[2:]
    assert SECRET in content
    return content + SECRET
